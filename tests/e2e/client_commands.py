"""Goal: what Decree adds to Doozer's command line does what its help says, and whatever goes wrong
is said in one line, with the right status; nothing hangs.

Method: the program against a server of its own, then against `decree local 3`, whose nodes are
killed one after the other while a watch, a lock and writes go on. Its standard streams are closed,
full, or cannot be read.
"""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from _decree import DECREE, PATIENCE, Connection, Server

CLEAN = {k: v for k, v in os.environ.items() if not k.startswith("DOOZER_")}


class Words:
    """Runs the program with the address of a cluster, and notes what is not as it should be."""

    def __init__(self, uri, problems):
        self.env = CLEAN | {"DOOZER_URI": uri}
        self.problems = problems

    def run(self, *words, given=""):
        done = subprocess.run([DECREE, *words], env=self.env, input=given, capture_output=True,
                              text=True, check=False, timeout=PATIENCE)
        return done.returncode, done.stdout, done.stderr

    def expect(self, *words, status=0, out=None, said=None, given=""):
        got = self.run(*words, given=given)
        fine = got[0] == status and (out is None or re.fullmatch(out, got[1])) and \
            (said in got[2] if said else (status != 0 or not got[2]))
        if not fine:
            self.problems.append(f"{' '.join(words)}: {got}, not {(status, out, said)}")
        return got[1]

    def begin(self, *words):
        return subprocess.Popen([DECREE, *words], env=self.env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def check_values(words):
    words.expect("set", "/v/a", "0", "hello", out=r"\d+\n")
    words.expect("set", "/v/a", "0", "again", status=1, said="REV_MISMATCH")
    words.expect("set", "/v/b/c", "0", given="from stdin", out=r"\d+\n")
    old = json.loads(words.expect("get", "/v/a", "--json"))
    words.expect("set", "/v/a", str(old["rev"]), "new", out=r"\d+\n")
    words.expect("get", "/v/a", out="new")
    words.expect("get", "/v/a", "--rev", str(old["rev"]), out="hello")
    words.expect("get", "/v/a", "--local", out="new")
    words.expect("ls", "/v", out="a\nb/\n")
    words.expect("ls", "/v/a", status=2, said="NOTDIR")
    words.expect("ls", "/none", status=2, said="NOENT")
    words.expect("set", "/v/raw", "0", given="\x00", out=r"\d+\n")
    listed = [json.loads(line) for line in words.expect("ls", "/v", "--json").splitlines()]
    if [(one["path"], one["kind"]) for one in listed] != [
            ("/v/a", "file"), ("/v/b", "directory"), ("/v/raw", "file")]:
        words.problems.append(f"ls --json: {listed}")
    words.expect("stat", "/v/b", "--json",
                 out=r'{"path":"/v/b","kind":"directory","entries":1}\n')
    words.expect("get", "/v/a", "--timeout", "soon", status=2, said="a time with its unit")
    words.expect("-zzz", status=2, said="unknown option -zzz")


def check_input(words):
    """What cannot be read whole is not stored, and what no server takes is not sent."""
    for verb in ("set /in/a -1", "add /in/b", "transact"):
        for given, why in (("</tmp", "Is a directory"), ("</proc/self/mem", "Input/output error"),
                           ("<&-", "it is closed")):
            done = subprocess.run(f"{shlex.quote(str(DECREE))} {verb} {given}", shell=True,
                                  env=words.env, capture_output=True, text=True, check=False,
                                  timeout=PATIENCE)
            if (done.returncode, done.stdout) != (2, "") or \
                    done.stderr != f"Error: cannot read standard input: {why}\n":
                words.problems.append(f"what is not to be read: {done}")
    most = (1 << 20) + 65536
    for text, said in (("x" * (1 << 20) + "x", f"value exceeds {1 << 20} bytes"),
                       ("x" * (most - 10), f"OTHER: request exceeds {most} bytes"),
                       ("x" * 1_200_000, f"standard input exceeds {most} bytes")):
        for rev in ("0", "-1"):
            words.expect("set", "/in/a", rev, status=2, said=said, given=text)
        # Asked for a revision first, the client has a second address to go on at.
        several = Words(words.env["DOOZER_URI"] + "&ca=127.0.0.1:1", words.problems)
        several.expect("set", "/in/a", "0", status=2, said=said, given=text)
        words.expect("transact", status=2, said=said, given="set /in/a " + text)
    words.expect("ls", "/in", status=2, said="NOENT")
    words.expect("set", "/in/most", "0", out=r"\d+\n", given="x" * (1 << 20))


def check_unsaid(words, verbs):
    """Nobody takes what they would print: a full disk, a closed stream, a reader that left."""
    script = "trap '' PIPE; sleep 0.2; exec " + shlex.quote(str(DECREE))
    for verb in verbs:
        for where, why in ((">/dev/full", "No space left on device"), (">&-", "it is closed"),
                           ("", "Broken pipe")):
            process = subprocess.Popen(["sh", "-c", f"{script} {verb} {where}"], env=words.env,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
            process.stdout.close()
            said = process.communicate(timeout=PATIENCE)[1]
            if process.returncode != 2 or \
                    said != f"decree: cannot write to standard output: {why}\n":
                words.problems.append(f"{verb} {where}: {process.returncode} {said}")


def check_output(words):
    """Who cannot say what was asked for has not succeeded."""
    words.expect("set", "/out/a", "0", "x" * 10_000, out=r"\d+\n")
    verbs = ["get /out/a", "set /out/b -1 x", "ls /out", "find /out", "stat /out/a", "rev", "self",
             "wait /out/a -r 1", "watch /out/a -r 1", "status", "status --json", "members",
             "members --json", "configure", "transact set /out/b y", "help", "help serve", "--help",
             "--version", "bench --time 100ms --warm-up 0s --keys 1"]
    check_unsaid(words, verbs)
    # And nobody can be told.
    dead = subprocess.run(f"{shlex.quote(str(DECREE))} get >/dev/full 2>/dev/full",
                          shell=True, env=words.env, check=False, timeout=PATIENCE)
    if dead.returncode != 127:
        words.problems.append(f"without stdout and stderr: {dead.returncode}")


def check_words(words):
    """What is not a revision, or not a command, is not taken for another one."""
    for bad in ("99999999999999999999", "", "1x", "-99999999999999999999"):
        for verb in (["get", "/v/a", "--rev"], ["ls", "/v", "-r"], ["watch", "/v/*", "-r"]):
            words.expect(*verb, bad, status=2, said=f'parsing "{bad}": a revision is a number')
    words.expect("get", "/v/a", "-r", "-1", out="new")
    words.expect("help", "bogus", status=2, out="", said="no command is called 'bogus'")
    words.expect("help", "set", out=r"(?s)Use: decree \[options\] set .*")
    words.expect("help", "check-data", out=r"(?s).*Look into a node's folder.*")


def check_transact(words):
    rev = int(words.expect("set", "/t/a", "0", "1"))
    words.expect("transact", "if", "/t/a", str(rev), "set", "/t/b", "2", "del", "/t/a",
                 out=f"{rev + 2}\n")
    words.expect("transact", "if", "/t/b", "0", "set", "/t/c", "x", status=1,
                 said="REV_MISMATCH: if /t/b 0")
    lines = f"# two\nif /t/b {rev + 1}\nif-below /t {rev + 2}\nset /t/d two words\n"
    words.expect("transact", given=lines, out=r"\d+\n")
    words.expect("get", "/t/d", out="two words")
    words.expect("transact", given=lines, status=1, said=f"if-below /t {rev + 2}")
    for bad in (["put", "/t/a"], ["set", "/t/a"], ["if", "/t/a", "now"]):
        words.expect("transact", *bad, status=2, said="")
    words.expect("transact", given="set /t/a x\nnonsense\n", status=2, said="line 2")


def check_configure(words):
    words.expect("configure", out=r"history=2000\n(.*=\d+\n)+")
    words.expect("configure", "value-bytes=600", "watches=7", out="")
    words.expect("set", "/s/a", "0", "x" * 601, status=2, said="value exceeds 600 bytes")
    now = json.loads(words.expect("configure", "--json"))
    if (now.get("value-bytes"), now.get("watches")) != (600, 7):
        words.problems.append(f"configure --json: {now}")
    words.expect("configure", "history=0", status=2, said="history must be 1 to")
    words.expect("configure", "files=9", status=2, said="files must be at least 1000")
    words.expect("configure", "height=1", status=2, said="no setting is called so; there are")
    words.expect("configure", "history=8", "history=9", status=2, said="history is given twice")
    words.expect("configure", "files", status=2, said="write NAME=N")
    words.expect("configure", f"value-bytes={1 << 20}", "watches=131072", out="")


def check_lock(words):
    show = 'echo "$DECREE_LOCK_TOKEN $DECREE_LOCK_PATH"; exit 7'
    first = words.expect("lock", "/l", "--", "sh", "-c", show, status=7, out=r"\d+ /l\n")
    second = words.expect("lock", "/l", "--", "sh", "-c", show, status=7, out=r"\d+ /l\n")
    if not first or not second or int(first.split()[0]) >= int(second.split()[0]):
        words.problems.append(f"tokens do not grow: {first!r}, {second!r}")
    words.expect("lock", "/l", status=127, said="wrong number of arguments")
    words.expect("set", "/plain", "0", "x", out=r"\d+\n")
    words.expect("get", "/l", "--timeout", "1s", "--timeout", "2s", status=2,
                 said="--timeout is given more than once")
    words.expect("lock", "/plain", "--", "true", status=2, said="/plain is a file, and no lock")
    words.expect("lock", "/l", "--ttl", "100ms", "--", "true", status=2,
                 said="Error: --ttl 100ms: a session of this cluster lasts 1s to 24h\n")
    words.expect("lock", "/l", "--", "/no/such/program", status=127, said="No such file")
    words.expect("lock", "/l", "--", "sh", "-c", "kill -9 $$", status=128 + 9)
    holder = words.begin("lock", "/l", "--", "sh", "-c", "echo held; read x; sleep 60")
    if holder.stdout.readline() != "held\n":
        words.problems.append("the holder does not begin")
    words.expect("lock", "/l", "-t", "1s", "--", "true", status=1, said="/l is held")
    waiter = words.begin("lock", "/l", "--", "echo", "mine")
    time.sleep(0.5)
    if waiter.poll() is not None:
        words.problems.append("two hold the lock")
    holder.send_signal(signal.SIGTERM)  # Passed on to the command.
    if holder.wait(PATIENCE) != 128 + signal.SIGTERM:
        words.problems.append(f"a holder that is told to end: status {holder.returncode}")
    if waiter.communicate(timeout=PATIENCE)[0] != "mine\n":
        words.problems.append("who waits does not get the lock")


def check_lost_lock(words, server):
    """The command ends when the session may have ended, and the next holder comes only then."""
    since = words.expect("rev").strip()  # Far from 1: a load was measured here.
    holder = words.begin("lock", "/lost", "--ttl", "1s", "--", "sleep", "300")
    words.expect("wait", "/lost", "-r", since, out=r"/lost \d+ set 0\n\n")
    server.process.send_signal(signal.SIGSTOP)
    try:
        _, said = holder.communicate(timeout=PATIENCE)
        if holder.returncode != 2 or "/lost is lost" not in said:
            words.problems.append(f"a lost lock: status {holder.returncode}, {said}")
        words.expect("get", "/v/a", "--timeout", "500ms", status=2, said="no answer from")
    finally:
        server.process.send_signal(signal.SIGCONT)


def check_lock_lost_in_sleep(words):
    """A holder that stood still while its session ended says so, whatever the command did."""
    script = "echo held; for i in 1 2 3 4 5 6; do sleep 0.25; done; echo done"
    since = words.expect("rev").strip()
    holder = words.begin("lock", "/asleep", "--ttl", "1s", "--", "sh", "-c", script)
    held = words.expect("wait", "/asleep", "-r", since, out=r"/asleep \d+ set 0\n\n")
    if holder.stdout.readline() != "held\n":
        words.problems.append("the holder does not begin")
    holder.send_signal(signal.SIGSTOP)
    try:
        after = str(int(held.split()[1]) + 1)
        words.expect("wait", "/asleep", "-r", after, out=r"/asleep \d+ del 0\n\n")
        if holder.stdout.readline() != "done\n":
            words.problems.append("the command does not go on alone")
        time.sleep(0.2)
    finally:
        holder.send_signal(signal.SIGCONT)
    said = holder.communicate(timeout=PATIENCE)[1]
    if holder.returncode != 2 or "/asleep was lost while the command ran" not in said:
        words.problems.append(f"lost in its sleep: status {holder.returncode}, {said}")


def begin_holder(words, path, *options, ends):
    """A holder whose command tells its session, and ends with status 5 when there is that file."""
    script = f"echo $DECREE_LOCK_SESSION; until [ -e {ends} ]; do sleep 0.05; done; exit 5"
    holder = words.begin("lock", path, *options, "--", "sh", "-c", script)
    return holder, int(holder.stdout.readline())


def check_taken_lock(words):
    """Who deletes a lock, or writes its file, ends its holder, though the session goes on: at once,
    and where no node tells of it with the next sign of life."""
    for watches, ttl in ((131072, "1h"), (0, "1s")):
        words.expect("configure", f"watches={watches}", out="")
        for taking, why in (("del {} -1", "it was deleted"),
                            ("set {} -1 x", "somebody else wrote it")):
            path = f"/taken/{watches}/{taking[:3]}"
            holder, _ = begin_holder(words, path, "--ttl", ttl, ends="never")
            words.expect(*taking.format(path).split())
            said = holder.communicate(timeout=PATIENCE)[1]
            if (holder.returncode, said) != (
                    2, f"Error: {path} is lost, and the command was ended: {why}\n"):
                words.problems.append(f"{path} is taken: status {holder.returncode}, {said}")
    # Nobody tells, and no sign of life is due before the command ends.
    holder, _ = begin_holder(words, "/taken/late", "--ttl", "1h", ends="taken")
    words.expect("del", "/taken/late", "-1", out="")
    Path("taken").touch()
    said = holder.communicate(timeout=PATIENCE)[1]
    if (holder.returncode, said) != (
            2, "Error: /taken/late was lost while the command ran: it was deleted\n"):
        words.problems.append(f"taken before the end: status {holder.returncode}, {said}")
    words.expect("configure", "watches=131072", out="")


def check_own_lock_file(words, server):
    """What its session writes to the lock's file leaves the lock to its holder, however often."""
    holder, session = begin_holder(words, "/own", "--ttl", "2s", ends="written")
    connection = Connection(server.port)
    for times, pause in ((2, 1), (250, 0.01)):
        for _ in range(times):
            if not connection.call("SET", path="/own", rev=-1, session=session).get("rev"):
                words.problems.append("the holder's session cannot write the lock's file")
            time.sleep(pause)
    connection.close()
    words.expect("lock", "/own", "-t", "1s", "--", "true", status=1, said="/own is held")
    Path("written").touch()
    said = holder.communicate(timeout=PATIENCE)[1]
    if holder.returncode != 5 or said:
        words.problems.append(f"a lock that its holder writes: {holder.returncode}, {said}")


def runs(process):
    """Not as a zombie, which waits for a parent that cares."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").split()[2] != "Z"
    except OSError:
        return False


def ends(process):
    end = time.monotonic() + PATIENCE
    while runs(process) and time.monotonic() < end:
        time.sleep(0.02)
    return not runs(process)


def check_all_of_it_ends(words, server):
    """What a command has begun ends with it: its lock is lost, or its holder killed."""
    script = "trap '' TERM; sleep 300 & echo $!; wait; wait; echo never"
    for path, end in (("/all/lost", lambda _: server.process.send_signal(signal.SIGSTOP)),
                      ("/all/killed", lambda holder: holder.kill())):
        holder = words.begin("lock", path, "--ttl", "1s", "--", "sh", "-c", script)
        begun = int(holder.stdout.readline())
        shell = int(Path(f"/proc/{begun}/stat").read_text(encoding="ascii").split()[3])
        end(holder)
        try:
            if not ends(shell) or not ends(begun):
                words.problems.append(f"{path}: what the command has begun outlives the lock")
                os.kill(begun, signal.SIGKILL)
            if "never" in holder.communicate(timeout=PATIENCE)[0]:
                words.problems.append(f"{path}: the command goes on")
        finally:
            server.process.send_signal(signal.SIGCONT)


def check_nobody(problems):
    words = Words("doozer:?ca=127.0.0.1:1&ca=127.0.0.1:2", problems)
    for verb in (["get", "/a"], ["set", "/a", "0", "x"], ["watch", "/**", "--timeout", "500ms"],
                 ["lock", "/l", "--", "true"], ["transact", "set", "/a", "x"]):
        words.expect(*verb, status=2, said="127.0.0.1:2: connect: connection refused")


class Local:
    """`decree local N`, with the processes that it tells."""

    def __init__(self, folder, count):
        self.process = subprocess.Popen(
            [DECREE, "local", str(count), "--data", os.path.join(folder, "local")], env=CLEAN,
            stdout=subprocess.PIPE, text=True)
        self.nodes = []
        for line in self.process.stdout:
            node = re.match(r"node\d+: clients at (\S+), .* process (\d+),", line)
            if node:
                self.nodes.append((node[1], int(node[2])))
            ready = re.match(r"ready: export DOOZER_URI='(.*)'", line)
            if ready:
                self.uri = ready[1]
                return
        raise RuntimeError("decree local does not become ready")

    def end(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


def check_failover(local, problems):
    """A node dies: writes and a lock go on, and a watch misses nothing and repeats nothing."""
    words = Words(local.uri, problems)
    begin = int(words.expect("rev"))
    watch = words.begin("watch", "/f/*", "-r", str(begin), "--json", "--timeout", "2s")
    holder = words.begin("lock", "/lock", "--", "sh", "-c", "sleep 8; echo still")
    written = []
    victim = local.nodes[0][1]
    for number in range(40):
        if number == 10:
            os.kill(victim, signal.SIGKILL)
        out = words.expect("set", f"/f/{number}", "0", str(number), out=r"\d+\n")
        written.append((f"/f/{number}", int(out) if out else 0))
    seen = []
    reader = threading.Thread(target=lambda: seen.extend(
        (event["path"], event["rev"]) for event in map(json.loads, watch.stdout)), daemon=True)
    reader.start()
    end = time.monotonic() + PATIENCE
    while len(seen) < len(written) and time.monotonic() < end:
        time.sleep(0.05)
        if seen[-1:] == written[-1:]:
            break
        if watch.poll() is not None:
            break
    watch.terminate()
    reader.join(PATIENCE)
    if seen != written:
        problems.append(f"written {written}, seen {seen}: {watch.communicate()[1]}")
    if holder.communicate(timeout=PATIENCE)[0] != "still\n" or holder.returncode != 0:
        problems.append(f"a lock is lost with a node: status {holder.returncode}")


def check_without_quorum(local, problems):
    """One node of three is left: who asks is told what is missing, and local reads go on."""
    words = Words(local.uri, problems)
    _, (_, other), (address, _) = local.nodes
    os.kill(other, signal.SIGSTOP)
    time.sleep(3)  # A leader gives up, and whoever followed the other one does.
    alone = Words(f"doozer:?ca={address}", problems)
    asked = [alone.begin(*verb, "--timeout", "15s")
             for verb in (["get", "/f/1"], ["set", "/f/1", "-1", "x"], ["nop"])]
    alone.expect("get", "/f/1", "--local", out="1")
    for process in asked:
        said = process.communicate(timeout=PATIENCE)[1]
        if process.returncode != 2 or "OTHER: no quorum" not in said:
            problems.append(f"without a quorum: status {process.returncode}, {said}")
    os.kill(other, signal.SIGCONT)
    words.expect("get", "/f/1", out="1")


def main():
    problems = []
    with tempfile.TemporaryDirectory(prefix="decree-e2e-") as folder:
        os.chdir(folder)
        check_nobody(problems)
        with Server() as server:
            server.at_rest()
            words = Words(f"doozer:?ca=127.0.0.1:{server.port}", problems)
            for check in (check_values, check_words, check_input, check_transact,
                          check_configure, check_lock, check_lock_lost_in_sleep, check_taken_lock,
                          check_output):
                check(words)
            check_own_lock_file(words, server)
            check_lost_lock(words, server)
            check_all_of_it_ends(words, server)
            server.stop()
            check_unsaid(words, [f"check-data {server.data}", f"check-data {server.data} --json"])
        local = Local(folder, 3)
        try:
            check_failover(local, problems)
            check_without_quorum(local, problems)
            if local.end() != 0:
                problems.append(f"decree local ends with {local.process.returncode}")
        finally:
            local.process.kill()
        words = Words("doozer:", problems)
        words.expect("local", "2", "--data", "local", status=2, said="a cluster of 3 nodes")
        words.expect("local", "0", status=2, said="1 to 9")
        words.expect("local", "x", status=2,
                     said="decree local: 'x': write a whole number, digits only\n")
        words.expect("bench", "--keys", "1.5", status=2,
                     said="decree bench: --keys '1.5': write a whole number, digits only\n")
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

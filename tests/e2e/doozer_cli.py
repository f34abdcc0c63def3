"""Goal: scripts written for Doozer's command line go on working.

Method: tests/data/doozer/cli.jsonl holds what a real Doozer printed, and its exit statuses. Each
group of commands runs against a server of its own. Revisions are counted from the one at rest;
the help is compared by its status only; where Doozer printed what its language says of itself, any
complaint will do. One difference is meant: status 1 where compare-and-set is refused.
"""

import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import time

from _decree import DATA, DECREE, ID, PATIENCE, Connection, Server, free_port

BASE = 58
DEFAULT = "127.0.0.1:8046"
# What the server wrote at its start, by revision; a name that nobody knows ends in a crash there.
LEFT_OUT = {"wait-watch/1", "wait-watch/2", "stat-touch-find/1", "stat-touch-find/3",
            "stat-touch-find/14", "uri/8"}
FOREIGN = ("flag provided", "panic:", "invalid value")


def as_bytes(value):
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value.encode()


def load():
    groups = {}
    for line in (DATA / "cli.jsonl").read_text().splitlines():
        step = json.loads(line)
        groups.setdefault(step["group"], []).append(step)
    return groups


class Group:
    def __init__(self, steps):
        self.steps = steps
        self.server = None
        self.base = BASE
        self.problems = []
        before = steps[0]["preconditions"]
        if "no server" in before or "nothing listens" in before:
            self.address = f"127.0.0.1:{free_port()}"
            return
        env = dict(re.findall(r"(DOOZER_\w+)=(\w+)", before))
        history = re.search(r"history (\d+)", before)
        arguments = ["--hist", history.group(1)] if history else []
        self.server = Server(*arguments, env=env)
        self.address = f"127.0.0.1:{self.server.port}"
        _, self.base = self.server.at_rest(env.get("DOOZER_RWSECRET"))
        nops = re.search(r"(\d+) nops", before)
        if nops:
            connection = Connection(self.server.port)
            for _ in range(int(nops.group(1))):
                connection.call("NOP")
            connection.close()

    def revision(self, text):
        number = int(text)
        return str(number - BASE + self.base if BASE <= number < 1000 else number)

    def translated(self, step):
        """The words of the command line, with this server's address and revisions."""
        words = [word.replace(DEFAULT, self.address) for word in step["argv"][1:]]
        for i, word in enumerate(words):
            is_revision = i > 0 and (words[i - 1] == "-r" or words[0] in ("set", "del") and i == 2)
            if is_revision and re.fullmatch(r"\d+", word):
                words[i] = self.revision(word)
        return words

    def expected(self, step):
        """What must be printed: the revisions that follow the one at rest are the server's."""
        out = as_bytes(step["stdout"])
        verb = step["argv"][1] if len(step["argv"]) > 1 else ""
        if step["group"] in ("usage",) or "self" in step["argv"]:
            return None
        if verb in ("set", "add") or "rev" in step["argv"] or "add" in step["argv"]:
            return re.sub(rb"^\d+\n$", lambda m: self.revision(m[0]).encode() + b"\n", out)
        if verb == "stat":
            return re.sub(rb"^\d+", lambda m: self.revision(m[0]).encode(), out)
        if verb in ("wait", "watch"):
            return re.sub(rb"(?m)^(/\S* )(\d+)( \w* \d+)$",
                          lambda m: m[1] + self.revision(m[2]).encode() + m[3], out)
        return out

    def meanwhile(self, process, requests):
        """What another client does once the command waits: its connection is there then."""
        needle = f":{self.server.port:04X}"
        end = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < end:
            with open("/proc/net/tcp", encoding="ascii") as table:
                rows = [line.split() for line in table.readlines()[1:]]
            if any(row[2].endswith(needle) and row[3] == "01" for row in rows):
                break
            time.sleep(0.02)
        time.sleep(0.3)
        connection = Connection(self.server.port)
        for request in requests:
            fields = {k: request[k] for k in ("path", "value", "rev") if k in request}
            connection.call(request["verb_name"], **fields)
        connection.close()

    def run_step(self, step):
        env = {k: v for k, v in os.environ.items() if not k.startswith("DOOZER_")}
        env["DOOZER_URI"] = "doozer:?ca=" + self.address
        env |= {k: v.replace(DEFAULT, self.address) for k, v in (step.get("env") or {}).items()}
        process = subprocess.Popen([DECREE, *self.translated(step)], env=env,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        want = self.expected(step)
        if "ended" not in step and not step.get("meanwhile"):
            out, err = process.communicate(as_bytes(step["stdin"]), PATIENCE)
            return process.returncode, out, err
        process.stdin.close()
        process.stdin = None
        if step.get("meanwhile"):
            self.meanwhile(process, step["meanwhile"])
        if "ended" in step:
            out, end = b"", time.monotonic() + PATIENCE
            os.set_blocking(process.stdout.fileno(), False)
            while len(out) < len(want) and time.monotonic() < end:
                out += process.stdout.read() or b""
                time.sleep(0.02)
            process.send_signal(signal.SIGTERM)
            rest, err = process.communicate(timeout=PATIENCE)
            return None, out + (rest or b""), err
        out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out, err

    def judge(self, step):
        status, out, err = self.run_step(step)
        words = as_bytes(step["stderr"])
        allowed = {step.get("exit")}
        if b"REV_MISMATCH" in words:
            allowed = {1}
        if status not in allowed:
            yield f"status {status}, not {allowed}: {err.decode()}"
        want = self.expected(step)
        if want is not None and ID.sub(b"", out) != want:
            yield f"printed {out!r}, not {want!r}"
        loosely = step["group"] == "usage" or step["stderr"].startswith(FOREIGN)
        words = words.replace(DEFAULT.encode(), self.address.encode())
        if not loosely and words.strip() not in err:
            yield f"said {err!r}, not {words!r}"
        if bool(words) != bool(err) and step["group"] != "usage":
            yield f"said {err!r}, where Doozer said {words!r}"

    def run(self):
        try:
            for step in self.steps:
                if step["name"] not in LEFT_OUT:
                    self.problems += [f"{step['name']}: {bad}" for bad in self.judge(step)]
        finally:
            if self.server:
                self.server.__exit__()
        return self.problems


def main():
    only = sys.argv[1:]
    groups = {name: steps for name, steps in load().items() if not only or name in only}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        problems = [line for lines in pool.map(lambda steps: Group(steps).run(), groups.values())
                    for line in lines]
    print("\n".join(problems))
    print(f"{len(groups)} groups, {len(problems)} problems")
    sys.exit(1 if problems or not groups else 0)


if __name__ == "__main__":
    main()

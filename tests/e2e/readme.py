"""Goal: what the README says of a real cluster is so: one node, three, one of them killed and
replaced, a watch, a lock. And the commands of the simulator and of traces are what these take.

Method: each command that stands behind "$ " is pasted into a shell on an empty machine: an empty
folder with the programs below build/bin, and a network of its own that has only a loopback. The
next one follows when all is there that is printed below it; a command that only looks (LOOKS) is
pasted again until then, as a reader would. VARIES says what may differ from what is printed.
Commands of other programs stand there without what they print: each is run, SHORTER, and ends well.
"""

import fcntl
import os
import re
import select
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _decree import DECREE, PATIENCE, SKIPPED

README = Path(os.environ["DECREE_SOURCE"]) / "README.md"
PORTS = (8046, 8047, *range(8101, 8105), *range(9101, 9105))
# Who looks for leaks looks for its threads, among processes of another number space.
NO_LEAKS = "detect_leaks=0"
LOOKS = ("decree status", "decree members\n", "decree check-data", "cat ")

# What may be different in the README and here. What has a name in capitals is one thing each time:
# it is called by its own name everywhere, later commands included. Spaces only align.
ID = "[0-9a-z]{16}"
VARIES = {
    "leader": rf"leader {ID}|leading|following",
    "ballot": rf"\b\d+[.]{ID}\b",
    "change": rf"\b{ID}: change {ID}[.]\d+[.]\d+\b",
    "NODE": rf"\b{ID}\b",
    "CLUSTER": r"\b[0-9A-F]{16}\b",
    "REVISION": r"(?<=token )\d+|(?<=/config/port )\d+|(?m:^\d{1,3}$)",
    "counts": r"\d+ +\d+ +\d+ +\d+ kB +\d+ [MG]B",
    "slots": r"\d+ slots, the last is \d+; chosen is known through \d+",
}
# What runs for minutes there runs for a moment here.
SHORTER = {"--seeds 10000": "--seeds 300", "--time 60s": "--time 1s"}
# A history that is kept since it is wrong; and what measures for half a minute, and nothing else.
STATUS = {"check-history": 1}
LEFT_OUT = ("decree-sim bench",)
SPLIT = re.compile("|".join(f"(?P<{kind}>{form})" for kind, form in VARIES.items()) + "| {2,}")


def commands(text):
    """[(a command, what is printed below it)], of the blocks that begin with a command."""
    found = []
    for block in re.findall(r"(?m)^    \$ (?:.*\n    )*.*\n", text):
        for line in re.findall("(?m)^    (.*\n)", block):
            if line.startswith("$ "):
                found.append([line[2:], ""])
            else:
                found[-1][whole(found[-1][0])] += line
    return found


def whole(command):
    checked = subprocess.run(["bash", "-n", "-c", command], capture_output=True, check=False)
    return checked.returncode == 0 and not command.endswith("\\\n")


class Names:
    """What is called otherwise here than in the README."""

    def __init__(self):
        self.known = {}  # (kind, name in the README): name here

    def fits(self, printed, shown):
        """Whether this is what is printed, but for names; new names are remembered if so."""
        pattern, places, at = "", [], 0
        for found in SPLIT.finditer(printed):
            pattern += re.escape(printed[at:found.start()])
            at, kind = found.end(), found.lastgroup
            pattern += f"({VARIES[kind]})" if kind else " +"
            if kind:
                places.append((kind, found[0]))
        match = re.fullmatch(pattern + re.escape(printed[at:]), shown)
        if not match:
            return False
        known = dict(self.known)
        for place, name in zip(places, match.groups()):
            if place[0].isupper() and known.setdefault(place, name) != name:
                return False
        if len(set(known.values())) < len(known) or not in_order(known):
            return False
        self.known = known
        return True

    def here(self, command):
        for (_, name), mine in self.known.items():
            command = re.sub(rf"(?<!\S){name}(?!\S)", mine, command)
        return command


def in_order(known):
    """Of two revisions the one that is greater in the README is greater here."""
    pairs = sorted((int(name), int(mine)) for (kind, name), mine in known.items()
                   if kind == "REVISION")
    return all(one[1] < other[1] for one, other in zip(pairs, pairs[1:]))


class Shell:
    """With job control, as people have it; what it says itself of its jobs is left out."""

    OWN = re.compile(r"(?m)^(bash: line \d+: |\[\d+\]).*\n")

    def __init__(self, folder):
        self.process = subprocess.Popen(
            ["bash", "--norc", "--noprofile"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, cwd=folder,
            env={"HOME": folder, "PATH": "/usr/bin:/bin", "ASAN_OPTIONS": NO_LEAKS})
        self.text = ""
        self.pasted = 0
        self.paste("set -m\n")
        while self.shown() is None:
            pass

    def mark(self):
        return f"-- that was command {self.pasted} --\n"

    def paste(self, command):
        self.text = ""
        self.pasted += 1
        self.process.stdin.write(f"{command}echo; echo '{self.mark()[:-1]}'\n".encode())
        self.process.stdin.flush()

    def shown(self):
        """What there is so far; None while the command runs."""
        if select.select([self.process.stdout], [], [], 0.1)[0]:
            self.text += os.read(self.process.stdout.fileno(), 1 << 16).decode()
        if self.mark() not in self.text:
            return None
        lines = self.OWN.sub("", self.text).replace(self.mark(), "").splitlines()
        return "".join(line + "\n" for line in lines if line)

    def end(self):
        self.process.stdin.write(b"\nkill -9 $(jobs -p) 2>&-; exit\n")
        self.process.stdin.close()
        self.process.wait(PATIENCE)


def follow(shell, names, command, printed):
    """Pastes it; a sentence if what is printed does not come."""
    end = time.monotonic() + PATIENCE
    shell.paste(names.here(command))
    while True:
        shown = shell.shown()
        if shown is not None and names.fits(printed, shown):
            return None
        if time.monotonic() > end:
            return f"$ {command}{shell.text}--- where README.md prints\n{printed}"
        if shown is not None and command.startswith(LOOKS):
            time.sleep(0.2)
            shell.paste(names.here(command))


def walk(folder):
    os.makedirs(os.path.join(folder, "build"))
    os.symlink(DECREE.parent, os.path.join(folder, "build", "bin"))
    steps = commands(README.read_text(encoding="utf-8"))
    if len(steps) < 20:
        return f"only {len(steps)} commands are found in README.md"
    shell, names = Shell(folder), Names()
    try:
        for command, printed in steps:
            wrong = follow(shell, names, command, printed)
            if wrong:
                logs = Path(folder).glob("*.log")
                return wrong + "".join(f"--- {log.name}\n{log.read_text()}" for log in logs)
    finally:
        shell.end()
    print(f"{len(steps)} commands do what is printed")
    return None


def run_tools(folder):
    """A sentence if one of them does not end as it should."""
    source = README.parent
    for name in ("traces", "tests"):
        os.symlink(source / name, os.path.join(folder, name))
    found = re.findall(r"(?m)^    (build/bin/decree-(?:sim|trace) .*)$",
                       README.read_text(encoding="utf-8"))
    if len(found) < 5:
        return f"only {len(found)} commands of tools are found in README.md"
    for command in found:
        for long, short in SHORTER.items():
            command = command.replace(long, short)
        program, verb = command.split()[:2]
        if command.endswith(LEFT_OUT) or not os.path.exists(os.path.join(folder, program)):
            print(f"left out: {command}")
            continue
        done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True,
                              timeout=10 * PATIENCE, check=False)
        if done.returncode != STATUS.get(verb, 0) or not done.stdout:
            return f"$ {command}\n{done.returncode} {done.stdout}{done.stderr}"
    print(f"{len(found)} commands of tools do what they should")
    return None


def begin_alone():
    """Starts this program again where nobody else is, if this system lets it; then ends with it."""
    away = ["unshare", "--net", "--pid", "--fork", "--kill-child"]
    away += [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    tried = subprocess.run(" ".join(away) + " true", shell=True, capture_output=True, check=False)
    if tried.returncode == 0:
        os.environ["README_ALONE"] = "yes"
        os.environ["ASAN_OPTIONS"] = NO_LEAKS
        os.execvp(away[0], [*away, sys.executable, "-B", __file__])


def loopback_up():
    with socket.socket() as any_socket:
        name_and_flags = fcntl.ioctl(any_socket, 0x8913, struct.pack("16sh", b"lo", 0))
        flags = struct.unpack("16sh", name_and_flags)[1]
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", flags | 1))  # SIOCSIFFLAGS, UP


def taken():
    """Those of the README's ports at which somebody listens already."""
    found = []
    for port in PORTS:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                found.append(port)
    return found


def main():
    if "README_ALONE" in os.environ:
        loopback_up()
    else:
        begin_alone()
    if taken():
        print(f"skipped: no namespaces here, and the README's ports {taken()} are in use")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory(prefix="decree-e2e-") as folder:
        wrong = walk(folder) or run_tools(folder)
    print(wrong or "")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

"""Goal: three real nodes are one store. With one killed, writes go on; nothing that was
acknowledged is lost; and what clients saw, through all of that, is linearizable.

Method: clients at all three nodes read, write and compare-and-set one file, and write files of
their own, while each node in turn is killed with SIGKILL, and started again. The history of the one
file is checked by decree-trace; the files are read back at each node. At the end a node that has
another secret tries to join in, and is refused.
"""

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from _decree import DECREE, PATIENCE, VERBS, Connection, decode, encode, free_port

TRACE = Path(os.environ["DECREE_BIN"]) / "decree-trace"
REGISTER = "/register"
OPERATIONS = 60  # Of each client, at least; they go on while nodes are killed.


class Cluster:
    def __init__(self, folder):
        self.folder = folder
        self.ports = [(free_port(), free_port()) for _ in range(3)]
        self.processes = [None] * 3

    def command(self, index, data, secret):
        peer, client = self.ports[index]
        founders = ",".join(f"127.0.0.1:{port}" for port, _ in self.ports)
        return [DECREE, "serve", "--data", os.path.join(self.folder, data), "--peers", founders,
                "--peer", f"127.0.0.1:{peer}", "--client", f"127.0.0.1:{client}",
                "--peer-secret", secret]

    def start(self, index):
        log = open(os.path.join(self.folder, f"log{index}"), "a", encoding="utf-8")
        with log:
            self.processes[index] = subprocess.Popen(
                self.command(index, f"data{index}", "secret"), stderr=log,
                stdin=subprocess.DEVNULL)

    def kill(self, index):
        self.processes[index].kill()
        self.processes[index].wait()

    def log(self, index):
        return Path(self.folder, f"log{index}").read_text(encoding="utf-8")

    def port(self, index):
        return self.ports[index][1]


class History:
    """In the words of Jepsen's logs, which decree-trace reads."""

    def __init__(self):
        self.lines = []
        self.lock = threading.Lock()

    def note(self, process, kind, call, value):
        with self.lock:
            self.lines.append(f"INFO  jepsen.util - {process}\t:{kind}\t:{call}\t{value}")


class Client(threading.Thread):
    """Calls one after the other. After a call whose outcome it does not know it is another process,
    since that call may take effect at any later time."""

    numbers = iter(range(1, 10**9))
    lock = threading.Lock()

    def __init__(self, cluster, index, history, stop):
        super().__init__()
        self.cluster = cluster
        self.index = index
        self.history = history
        self.stop = stop
        self.chance = random.Random(index)
        self.connection = None
        self.done = 0
        self.acknowledged = {}
        self.value = None
        self.rev = 0

    def ask(self, verb, **request):
        """The answer; None when there is none: lost, refused connection, or not known."""
        try:
            if self.connection is None:
                self.connection = Connection(self.cluster.port(self.index % 3))
            self.connection.send(encode(tag=1, verb=VERBS[verb], **request))
            answer = self.connection.answer()
        except OSError:
            time.sleep(0.02)
            return None
        if answer is None:
            self.connection.close()
            self.connection = None
        elif answer.get("err_code") == 127:
            return None
        return answer

    def fresh(self):
        with Client.lock:
            return next(Client.numbers)

    def read(self, process):
        self.history.note(process, "invoke", "read", "nil")
        answer = self.ask("GET", path=REGISTER)
        if answer is None:
            self.history.note(process, "fail", "read", ":timed-out")
            return True
        self.rev = answer["rev"]
        self.value = answer["value"].decode() or "nil"
        self.history.note(process, "ok", "read", self.value)
        return True

    def change(self, process, compare):
        """A write, or a compare-and-set of what was read last: by revision, so also by value, since
        no value is written twice."""
        new = self.fresh()
        words = f"[{self.value} {new}]" if compare else str(new)
        call = "cas" if compare else "write"
        self.history.note(process, "invoke", call, words)
        answer = self.ask("SET", path=REGISTER, value=str(new), rev=self.rev if compare else -1)
        if answer is None:
            self.history.note(process, "info", call, ":timed-out")
            return False
        kind = "ok" if "rev" in answer else "fail"
        self.history.note(process, kind, call, words)
        if kind == "ok":
            self.rev, self.value = answer["rev"], str(new)
        return True

    def keep(self):
        path = f"/kept/{self.fresh()}"
        answer = self.ask("SET", path=path, value=path, rev=0)
        if answer is not None and "rev" in answer:
            self.acknowledged[path] = answer["rev"]

    def run(self):
        process = self.index
        while not (self.stop.is_set() and self.done >= OPERATIONS):
            what = self.chance.randrange(4)
            if what == 0:
                self.keep()
            elif what == 1:
                self.read(process)
            else:
                known = self.value not in (None, "nil")
                if not self.change(process, compare=what == 2 and known):
                    process += 100
            self.done += 1
            time.sleep(0.005)


def settled(cluster, index):
    """Waits until the node answers a linearizable read."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            connection = Connection(cluster.port(index))
            answer = connection.call("REV")
            connection.close()
            if answer and "rev" in answer:
                return True
        except OSError:
            time.sleep(0.05)
    return False


def run_clients(cluster, problems):
    history, stop = History(), threading.Event()
    clients = [Client(cluster, i, history, stop) for i in range(6)]
    for client in clients:
        client.start()
    for index in (0, 1, 2, 0):
        before = sum(client.done for client in clients)
        cluster.kill(index)
        time.sleep(1)
        others = [client for client in clients if client.index % 3 != index]
        end = time.monotonic() + PATIENCE
        reached = sum(len(client.acknowledged) for client in others) + 3
        while sum(len(client.acknowledged) for client in others) < reached:
            if time.monotonic() > end:
                problems.append(f"without node {index + 1} writes do not go on ({before})")
                break
            time.sleep(0.05)
        cluster.start(index)
        if not settled(cluster, index):
            problems.append(f"node {index + 1} does not come back")
    stop.set()
    for client in clients:
        client.join()
    return history, clients


def check_history(folder, history, problems):
    path = Path(folder, "history.log")
    path.write_text("\n".join(history.lines) + "\n", encoding="utf-8")
    checked = subprocess.run([TRACE, "check-history", "--model", "cas-register", path],
                             capture_output=True, text=True, check=False, timeout=120)
    if checked.returncode != 0:
        problems.append(f"the history: {checked.stdout}{checked.stderr}")


def check_files(cluster, clients, problems):
    kept = {path: rev for client in clients for path, rev in client.acknowledged.items()}
    for index in range(3):
        connection = Connection(cluster.port(index))
        for path, rev in kept.items():
            answer = connection.call("GET", path=path)
            if not answer or answer.get("rev") != rev or answer.get("value") != path.encode():
                problems.append(f"{path} of revision {rev} at node {index + 1}: {answer}")
        connection.close()
    return len(kept)


def check_secret(cluster, problems):
    """A node that does not know the secret is refused, and both sides say so."""
    cluster.kill(2)
    said = Path(cluster.folder, "stranger")
    with open(said, "w", encoding="utf-8") as log, subprocess.Popen(
            cluster.command(2, "stranger-data", "another"), stderr=log) as stranger:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if "secrets differ" in said.read_text(encoding="utf-8") and \
                    "secrets differ" in cluster.log(0):
                break
            time.sleep(0.05)
        else:
            problems.append("a stranger is not refused: " + said.read_text(encoding="utf-8"))
        stranger.kill()


def main():
    problems = []
    with tempfile.TemporaryDirectory(prefix="decree-e2e-") as folder:
        cluster = Cluster(folder)
        try:
            for index in range(3):
                cluster.start(index)
            problems += [f"node {i + 1} does not begin" for i in range(3)
                         if not settled(cluster, i)]
            history, clients = run_clients(cluster, problems)
            check_history(folder, history, problems)
            kept = check_files(cluster, clients, problems)
            check_secret(cluster, problems)
            for process in cluster.processes[:2]:
                process.terminate()
                if process.wait(PATIENCE) != 0:
                    problems.append("SIGTERM did not end a node well")
        finally:
            for process in cluster.processes:
                process.kill()
                process.wait()
            if problems:
                print("\n".join(cluster.log(i)[-2000:] for i in range(3)))
    print("\n".join(problems[:20]))
    print(f"{len(history.lines)} lines of history, {kept} files, {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

"""What the end-to-end tests of several nodes share."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _decree import DECREE, PATIENCE, Connection, free_port

CLEAN = {k: v for k, v in os.environ.items() if not k.startswith(("DOOZER_", "DECREE_PEER"))}


def until(what, seconds=PATIENCE):
    """The first true thing that `what` gives; None when it gives none in time."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found or time.monotonic() > end:
            return found or None
        time.sleep(0.03)


class Node:
    """`decree serve` with ports, a data folder and a log of its own."""

    def __init__(self, folder, name, *flags):
        self.data = os.path.join(folder, name)
        self.log = Path(folder, name + ".log")
        self.flags = list(flags)
        self.process = None
        self.move()

    def move(self):
        self.port, self.peer_port = free_port(), free_port()

    @property
    def peer(self):
        return f"127.0.0.1:{self.peer_port}"

    @property
    def client(self):
        return f"127.0.0.1:{self.port}"

    def start(self, *flags, before=()):
        """With these flags instead of those from before, if there are any. `before`: words of a
        program that becomes the node."""
        if flags:
            self.flags = list(flags)
        with open(self.log, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [*before, DECREE, "serve", "--data", self.data, "--client", self.client, "--peer",
                 self.peer, *self.flags], stderr=log, stdin=subprocess.DEVNULL, env=CLEAN)
        return self

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def wipe(self):
        shutil.rmtree(self.data)

    def said(self):
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    def says(self, text):
        return until(lambda: text in self.said())

    def id(self):
        return Path(self.data, "node").read_text(encoding="ascii").splitlines()[1]

    def call(self, verb, **request):
        """The answer; None when there is none."""
        try:
            connection = Connection(self.port)
            answer = connection.call(verb, **request)
            connection.close()
            return answer
        except OSError:
            return None

    def run(self, *words):
        """A command of the program, that asks this node."""
        return subprocess.run([DECREE, "-a", f"doozer:?ca={self.client}", *words], env=CLEAN,
                              capture_output=True, text=True, check=False, timeout=PATIENCE)

    def status(self):
        """What `decree status` knows, asked here; nothing when no node answers."""
        done = self.run("status", "--json", "--timeout", "2s")
        return json.loads(done.stdout) if done.stdout else None

    def standing(self):
        for node in (self.status() or {}).get("nodes", []):
            if node["node"] == self.id():
                return node.get("standing")
        return None


class Cluster:
    """Nodes in a folder that goes with them. Use as a context: no process stays."""

    def __init__(self, count, *flags):
        self.folder = tempfile.TemporaryDirectory(prefix="decree-e2e-")
        self.nodes = []
        for _ in range(count):
            self.new(*flags)

    def new(self, *flags):
        node = Node(self.folder.name, f"n{len(self.nodes) + 1}", *flags)
        self.nodes.append(node)
        return node

    def addresses(self):
        return ",".join(node.peer for node in self.nodes)

    def found(self, *flags):
        """Starts all as founders; true when there is a leader."""
        founders = self.addresses()
        for node in self.nodes:
            node.start("--peers", founders, *flags)
        return self.works()

    def works(self, nodes=None):
        """Waits until a majority follows a leader, and each of these nodes answers a read."""
        asked = nodes or [node for node in self.nodes if node.running()]
        return until(lambda: all((n.call("REV") or {}).get("rev") for n in asked)) and \
            until(lambda: (asked[0].status() or {}).get("works"))

    def leader(self):
        """The node that leads."""
        def look():
            for asked in self.nodes:
                name = (asked.status() or {}).get("leader") if asked.running() else None
                for node in self.nodes:
                    if name and node.running() and node.id() == name:
                        return node
            return None
        return until(look)

    def logs(self):
        return "\n".join(f"--- {node.log.name}\n{node.said()[-3000:]}" for node in self.nodes)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for node in self.nodes:
            node.kill()
        self.folder.cleanup()


class Problems(list):
    """What is wrong, in sentences."""

    def check(self, holds, sentence):
        if not holds:
            self.append(sentence)
        return bool(holds)


def run_checks(checks, *arguments):
    """Makes each, and says how long it took."""
    for check in checks:
        began = time.monotonic()
        check(*arguments)
        print(f"{check.__name__}: {time.monotonic() - began:.1f} s")


def finish(problems):
    """Tells what was found, and ends with the status for it."""
    print("\n".join(problems[:20]))
    sys.exit(1 if problems else 0)

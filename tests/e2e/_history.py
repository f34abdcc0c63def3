"""Clients at work while a test does something to the nodes, and what must be true of all they saw:
one file's history is linearizable, what was acknowledged is there, and a watcher misses nothing.
"""

import random
import subprocess
import threading
import time
from pathlib import Path

from _cluster import until
from _decree import DECREE, VERBS, Connection, encode

TRACE = DECREE.parent / "decree-trace"
REGISTER = "/register"
REST = 0.005  # Between two calls of a client.


class History:
    """In the words of Jepsen's logs, which decree-trace reads."""

    def __init__(self):
        self.lines = []
        self.lock = threading.Lock()

    def note(self, process, kind, call, value):
        with self.lock:
            self.lines.append(f"INFO  jepsen.util - {process}\t:{kind}\t:{call}\t{value}")

    def invoked_nothing(self, process):
        """The last call of this process was surely not done: that is no event of its own."""
        with self.lock:
            at = max(i for i, line in enumerate(self.lines) if f" {process}\t" in line)
            del self.lines[at]

    def judge(self, folder):
        """What is wrong with it, or nothing."""
        path = Path(folder, "history.log")
        path.write_text("\n".join(self.lines) + "\n", encoding="utf-8")
        checked = subprocess.run([TRACE, "check-history", "--model", "cas-register", path],
                                 capture_output=True, text=True, check=False, timeout=120)
        return "" if checked.returncode == 0 else checked.stdout + checked.stderr


class Client(threading.Thread):
    """Calls one after the other at one node. After a call whose outcome it does not know it is
    another process, since that call may take effect at any later time."""

    numbers = iter(range(1, 10**9))
    lock = threading.Lock()

    def __init__(self, node, index, history, stop):
        super().__init__(daemon=True)
        self.node = node
        self.process = index
        self.history = history
        self.stop = stop
        self.chance = random.Random(index)
        self.connection = None
        self.acknowledged = {}
        self.value = None
        self.rev = 0

    def ask(self, verb, **request):
        """(ok, the answer), ("fail", None) when it was not done, ("info", None): not known."""
        try:
            if self.connection is None:
                self.connection = Connection(self.node.port)
        except OSError:
            return "fail", None
        answer = self.connection.call(verb, **request)
        if answer is None:
            self.connection.close()
            self.connection = None
            return "info", None
        said = answer.get("err_detail", b"")
        if said.startswith(b"no quorum"):
            return "fail", None  # A promise that it will never be done.
        if said.startswith(b"outcome unknown"):
            return "info", None
        return "ok" if "err_code" not in answer else "fail", answer

    @classmethod
    def fresh(cls):
        with cls.lock:
            return next(cls.numbers)

    def read(self):
        self.history.note(self.process, "invoke", "read", "nil")
        kind, answer = self.ask("GET", path=REGISTER)
        if kind == "ok":
            self.rev, self.value = answer["rev"], answer["value"].decode() or "nil"
            self.history.note(self.process, "ok", "read", self.value)
        else:
            self.history.note(self.process, "fail", "read", ":timed-out")
        return kind

    def change(self, compare):
        """A write, or a compare-and-set of what was read last: by revision, so also by value, since
        no value is written twice."""
        new = self.fresh()
        words = f"[{self.value} {new}]" if compare else str(new)
        call = "cas" if compare else "write"
        self.history.note(self.process, "invoke", call, words)
        kind, answer = self.ask("SET", path=REGISTER, value=str(new),
                                rev=self.rev if compare else -1)
        if kind == "fail" and answer is None:
            self.history.invoked_nothing(self.process)
        else:
            self.history.note(self.process, kind, call, ":timed-out" if kind == "info" else words)
        if kind == "ok":
            self.rev, self.value = answer["rev"], str(new)
        elif kind == "info":
            self.process += 100
        return kind

    def keep(self):
        path = f"/kept/{self.fresh()}"
        kind, answer = self.ask("SET", path=path, value=path, rev=0)
        if kind == "ok":
            self.acknowledged[path] = answer["rev"]
        return kind

    def run(self):
        while not self.stop.is_set():
            what = self.chance.randrange(4)
            if what == 0:
                kind = self.keep()
            elif what == 1:
                kind = self.read()
            else:
                kind = self.change(what == 2 and self.value not in (None, "nil"))
            # Where nothing goes on, one call after the other would fail.
            time.sleep(REST if kind == "ok" else 10 * REST)


class Watcher(threading.Thread):
    """Streams all kept files, and goes on at the next node when one is gone, or is silent for
    two seconds: others may know more."""

    def __init__(self, nodes, begin, stop):
        super().__init__(daemon=True)
        self.nodes = nodes
        self.next = begin
        self.stop = stop
        self.events = []
        self.problems = []

    def run(self):
        at = 0
        while not self.stop.is_set():
            try:
                self.follow(Connection(self.nodes[at % len(self.nodes)].port))
            except OSError:
                time.sleep(REST)
            at += 1

    def follow(self, connection):
        connection.send(encode(tag=1, verb=VERBS["WATCH"], path="/kept/*", rev=self.next,
                               mark_every=20))
        silence = 0
        while not (self.stop.is_set() or connection.ended or silence == 20):
            event = connection.answer(0.1)
            silence = 0 if event else silence + 1
            if not event:
                continue
            if "err_code" in event:
                self.problems.append(f"the watch ends with {event}")
                break
            self.next = event.get("rev", event.get("through", 0)) + 1
            if "rev" in event:
                self.events.append((event["path"].decode(), event["rev"]))
        connection.close()


class Work:
    """Clients at all nodes, two at each, and a watcher."""

    def __init__(self, cluster, problems):
        self.cluster = cluster
        self.problems = problems
        self.stop, self.end = threading.Event(), threading.Event()
        self.history = History()
        nodes = cluster.nodes
        begin = nodes[0].call("REV")["rev"] + 1
        self.clients = [Client(node, i, self.history, self.stop)
                        for i, node in enumerate([*nodes, *nodes])]
        self.watcher = Watcher(nodes, begin, self.end)
        for thread in (*self.clients, self.watcher):
            thread.start()

    def done(self, nodes=None):
        return sum(len(client.acknowledged) for client in self.clients
                   if nodes is None or client.node in nodes)

    def goes_on(self, what, nodes=None, count=8):
        """Waits until so many more writes of clients at these nodes are acknowledged."""
        goal = self.done(nodes) + count
        return self.problems.check(until(lambda: self.done(nodes) >= goal),
                                   f"{what}: writes do not go on\n{self.cluster.logs()}")

    def rests(self, who, nodes=None):
        """Waits until clients at these nodes get nothing acknowledged for a while."""
        def quiet():
            before = self.done(nodes)
            time.sleep(1)
            return self.done(nodes) == before
        self.problems.check(until(quiet), f"{who} alone acknowledges writes")

    def finish(self):
        """Ends the work, and judges what came of it."""
        self.problems.check(self.cluster.works(), "it does not work at the end")
        self.goes_on("at the end", count=20)
        self.stop.set()
        for client in self.clients:
            client.join()
        kept = {path: rev for client in self.clients for path, rev in client.acknowledged.items()}
        last = max(kept.values())
        until(lambda: self.watcher.next > last)
        self.end.set()
        self.watcher.join()
        self.problems += self.watcher.problems
        wrong = self.history.judge(self.cluster.folder.name)
        self.problems.check(not wrong, f"the history: {wrong}")
        self.judge_events(kept)
        for node in self.cluster.nodes:
            self.judge_files(node, kept)
        print(f"  {len(self.history.lines)} lines of history, {len(kept)} writes,"
              f" {len(self.watcher.events)} events")

    def judge_events(self, kept):
        revisions = [rev for _, rev in self.watcher.events]
        self.problems.check(revisions == sorted(set(revisions)),
                            "the watch repeats events, or they are out of order")
        lost = set(kept.items()) - set(self.watcher.events)
        self.problems.check(not lost, f"the watch misses {len(lost)} events: {list(lost)[:3]}")

    def judge_files(self, node, kept):
        connection = Connection(node.port)
        lost = [path for path, rev in kept.items() if connection.call("GET", path=path) !=
                {"tag": 1, "rev": rev, "value": path.encode()}]
        connection.close()
        self.problems.check(not lost, f"{len(lost)} acknowledged writes are lost: {lost[:3]}")

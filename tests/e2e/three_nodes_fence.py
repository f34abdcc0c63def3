"""Goal: over kills of any node, transactions are whole, lock tokens grow from holder to holder and
are never given twice, and a stream of events misses and repeats nothing.

Method: clients move amounts between two files by transactions that compare both; others acquire
and release one lock, and note their tokens; a watcher streams the two files, and goes on at
the next node when one dies. Each node is killed in turn, and started again.
"""

import random
import threading
import time

from _cluster import Cluster, Problems, finish, until
from _decree import PATIENCE, VERBS, Connection, encode

TOTAL = 1000
FILES = ("/sum/a", "/sum/b")


class Worker(threading.Thread):
    """Asks one node after the other."""

    def __init__(self, cluster, index, stop):
        super().__init__(daemon=True)
        self.cluster = cluster
        self.at = index
        self.stop = stop
        self.chance = random.Random(index)
        self.connection = None

    def leave(self):
        if self.connection:
            self.connection.close()
        self.connection = None
        self.at += 1
        time.sleep(0.02)

    def ask(self, verb, **request):
        """The answer; None when the connection was lost, or the outcome is not known."""
        try:
            if self.connection is None:
                self.connection = Connection(self.cluster.nodes[self.at % 3].port)
            answer = self.connection.call(verb, **request)
        except OSError:
            answer = None
        if answer is None or answer.get("err_detail", b"").startswith((b"no q", b"outcome")):
            self.leave()
            return None
        return answer


class Mover(Worker):
    done = None  # Revisions of acknowledged transactions.

    def run(self):
        self.done = []
        while not self.stop.is_set():
            found = [self.ask("GET", path=path) for path in FILES]
            if not all(found):
                continue
            amount = self.chance.randrange(10)
            values = [int(one["value"]) for one in found]
            answer = self.ask(
                "TRANSACT",
                compares=[{"path": p, "rev": one["rev"]} for p, one in zip(FILES, found)],
                writes=[{"path": FILES[0], "value": str(values[0] - amount)},
                        {"path": FILES[1], "value": str(values[1] + amount)}])
            if answer and "rev" in answer:
                self.done.append(answer["rev"])


class Holder(Worker):
    lock = threading.Lock()
    order = []  # (token, session) as they were given, one behind the other.

    def run(self):
        session = None
        while not self.stop.is_set():
            if session is None:
                session = (self.ask("OPEN_SESSION", ttl_us=60_000_000) or {}).get("session")
                continue
            answer = self.ask("ACQUIRE", path="/lock", session=session)
            if answer and "rev" in answer:
                with Holder.lock:
                    Holder.order.append((answer["rev"], session))
                while self.ask("RELEASE", path="/lock", session=session) is None:
                    pass
            time.sleep(0.005)


class Watcher(Worker):
    def __init__(self, cluster, index, stop, begin):
        super().__init__(cluster, index, stop)
        self.next = begin
        self.events = []
        self.problems = []

    def run(self):
        while not self.stop.is_set():
            try:
                self.connection = Connection(self.cluster.nodes[self.at % 3].port)
                self.connection.send(encode(tag=1, verb=VERBS["WATCH"], path="/sum/*",
                                            rev=self.next, mark_every=50))
                self.follow()
            except OSError:
                pass
            self.leave()

    def follow(self):
        while not self.stop.is_set():
            event = self.connection.answer(1)
            if event is None and self.connection.ended:
                return
            if event is None:
                continue
            if "err_code" in event:
                self.problems.append(f"the stream ends with {event}")
                return
            self.next = event.get("rev", event.get("through", 0)) + 1
            if "rev" in event:
                self.events.append(event)


def judge(events, movers, problems):
    revisions = [event["rev"] for event in events]
    if revisions != sorted(set(revisions)):
        problems.append("the stream repeats events, or is out of order")
    known = set(revisions)
    for rev in (rev for mover in movers for rev in mover.done):
        if rev not in known or rev - 1 not in known:
            problems.append(f"the stream misses the transaction of revision {rev}")
    values = {}
    for event in events:
        values[event["path"]] = int(event["value"])
        if event["rev"] == event["group"] and sum(values.values()) != TOTAL:
            problems.append(f"half a transaction at revision {event['rev']}: {values}")
    tokens = {}
    for token, session in Holder.order:
        if tokens.setdefault(token, session) != session:
            problems.append(f"token {token} was given to two")
    fresh = [token for token, _ in Holder.order]
    if fresh != sorted(fresh):
        problems.append("tokens do not grow")


def run(cluster, problems):
    first = Connection(cluster.nodes[0].port)
    begin = first.call("TRANSACT", writes=[{"path": FILES[0], "value": str(TOTAL)},
                                           {"path": FILES[1], "value": "0"}])["rev"] - 1
    first.close()
    stop, last = threading.Event(), threading.Event()
    movers = [Mover(cluster, i, stop) for i in range(3)]
    watcher = Watcher(cluster, 1, last, begin)
    workers = [*movers, *(Holder(cluster, i, stop) for i in range(3)), watcher]
    for worker in workers:
        worker.start()
    for number, node in enumerate(cluster.nodes, 1):
        node.kill()
        reached = sum(len(mover.done) for mover in movers) + 5
        problems.check(until(lambda goal=reached: sum(len(m.done) for m in movers) >= goal),
                       f"without node {number} nothing goes on")
        node.start()
        problems.check(cluster.works([node]), f"node {number} does not come back")
    stop.set()
    for worker in workers[:-1]:
        worker.join(PATIENCE)
    goal = max(rev for mover in movers for rev in mover.done)
    until(lambda: watcher.next > goal)
    last.set()
    watcher.join(PATIENCE)
    problems += watcher.problems
    judge(watcher.events, movers, problems)
    return sum(len(mover.done) for mover in movers), len(Holder.order), len(watcher.events)


def main():
    problems = Problems()
    with Cluster(3) as cluster:
        problems.check(cluster.found(), "no cluster: " + cluster.logs())
        moved, held, seen = run(cluster, problems)
    print(f"{moved} transactions, {held} times the lock, {seen} events")
    problems.check(min(moved, held, seen) > 0, "nothing was done")
    finish(problems)


if __name__ == "__main__":
    main()

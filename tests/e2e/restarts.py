"""Goal: a rolling restart and nodes that move lose nothing that was acknowledged, and the cluster
stays the same one; and nobody waits for an election in a rolling restart.

Method: clients write at three real nodes. Each node in turn is ended with SIGTERM, which is status
0, and started again; then one after the other at another address, without being told where the
others are; then all at once, told where to look. All acknowledged writes are there, at each node.
At last one node starts again and again: what it leaves on its disk is bounded; and one loses its
terminal, and the reader of its log.
"""

import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from _cluster import Cluster, Node, Problems, finish, run_checks, until
from _decree import DECREE, PATIENCE, Connection


class Writer(threading.Thread):
    """Writes at whichever node answers."""

    def __init__(self, cluster, first, stop):
        super().__init__()
        self.cluster = cluster
        self.first = first
        self.stop = stop
        self.acknowledged = {}

    def connect(self, number):
        node = self.cluster.nodes[(self.first + number) % len(self.cluster.nodes)]
        return Connection(node.port)

    def run(self):
        connection, number = None, 0
        while not self.stop.is_set():
            number += 1
            path = f"/w{self.first}/{number}"
            try:
                connection = connection or self.connect(number)
                answer = connection.call("SET", path=path, value=path, rev=0)
            except OSError:
                answer = None
            if answer is None:
                connection = None
                time.sleep(0.01)
            elif "rev" in answer:
                self.acknowledged[path] = answer["rev"]


def written(writers):
    return sum(len(writer.acknowledged) for writer in writers)


def check_kept(cluster, writers, problems, what):
    for node in cluster.nodes:
        connection = Connection(node.port)
        lost = 0
        for writer in writers:
            for path, rev in writer.acknowledged.items():
                answer = connection.call("GET", path=path)
                lost += answer != {"tag": 1, "rev": rev, "value": path.encode()}
        connection.close()
        problems.check(lost == 0, f"{what}: {lost} acknowledged writes are lost")


def under_load(cluster, problems, what, act):
    """Does `act` to each node in turn, while clients write."""
    stop = threading.Event()
    writers = [Writer(cluster, i, stop) for i in range(3)]
    for writer in writers:
        writer.start()
    for node in cluster.nodes:
        before = written(writers)
        until(lambda count=before: written(writers) > count + 10)
        act(node)
        problems.check(cluster.works([node]), f"{what}: a node does not come back: {node.said()}")
        before = written(writers)
        problems.check(until(lambda count=before: written(writers) > count + 10),
                       f"{what}: writes do not go on")
    stop.set()
    for writer in writers:
        writer.join()
    check_kept(cluster, writers, problems, what)
    print(f"{what}: {written(writers)} writes")


def restart(node, problems):
    problems.check(node.stop() == 0, "SIGTERM ends a node with another status than 0")
    node.start()


def rolling(cluster, problems):
    """Who leads hands over: nobody has to miss a leader, which takes an election timeout."""
    before = [len(node.said()) for node in cluster.nodes]
    led = cluster.leader()
    under_load(cluster, problems, "rolling restart", lambda node: restart(node, problems))
    said = "".join(node.said()[at:] for node, at in zip(cluster.nodes, before))
    problems.check(f"takes over from {led.id()}, without asking" in said, "nobody takes over")
    problems.check("heard from a quorum that the leader is missed" not in said,
                   "a rolling restart costs an election timeout")
    leader = cluster.leader()
    leader.stop()
    taken = [node for node in cluster.nodes if node.running()]
    ballots = {n.status()["leader"] for n in taken}
    problems.check(leader.id() not in ballots, "a leader that ended is still followed")
    leader.start()


def moving(cluster, problems):
    """Each at a new address, told of nobody: it finds the others where they were, and they it."""
    def move(node):
        node.kill()
        node.move()
        node.start("--log", "info")
    under_load(cluster, problems, "moving", move)


def all_moved(cluster, problems):
    first = cluster.nodes[0].status()["id"]
    for node in cluster.nodes:
        node.kill()
        node.move()
    look = [flag for node in cluster.nodes for flag in ("--join", node.peer)]
    for node in cluster.nodes:
        node.start(*look)
    problems.check(cluster.works(), "all moved: no cluster\n" + cluster.logs())
    problems.check(cluster.nodes[0].status()["id"] == first, "all moved: another cluster")
    shown = {node.call("GET", path=f"/ctl/node/{node.id()}/peer")["value"].decode() == node.peer
             for node in cluster.nodes
             if until(lambda n=node: n.call("GET", path=f"/ctl/node/{n.id()}/peer").get(
                 "value", b"").decode() == n.peer)}
    problems.check(shown == {True}, "the new addresses are not shown")


def again_and_again(problems):
    """What a node that starts often has on its disk does not grow by what each start might need."""
    with Cluster(1) as cluster:
        node = cluster.nodes[0]
        for start in range(12):
            node.start()
            problems.check(cluster.works(), f"start {start}: {node.said()[-500:]}")
            problems.check(node.run("set", "/x", "-1", str(start)).returncode == 0, "no write")
            problems.check(node.run("get", "/x").stdout == str(start), "the last write is gone")
            if start % 3 == 0:
                node.kill()
            else:
                node.stop()
        sizes = [file.stat().st_size for file in Path(node.data, "journal").iterdir()]
        problems.check(sum(sizes) < 2 * (8 << 20), f"12 starts leave {sizes}")


def left_alone(problems):
    """A terminal that closes ends a node in order, unless it was told to ignore that; the end of
    whoever reads its log does not."""
    with tempfile.TemporaryDirectory(prefix="decree-e2e-") as folder:
        node = Node(folder, "n").start()
        problems.check(until(lambda: node.call("REV")), "no node: " + node.said())
        node.process.send_signal(signal.SIGHUP)
        problems.check(node.process.wait(PATIENCE) == 0 and "told to end" in node.said(),
                       f"a closed terminal: {node.process.returncode} {node.said()}")
        node.start(before=["nohup"])
        problems.check(until(lambda: node.call("REV")), "no node: " + node.said())
        node.process.send_signal(signal.SIGHUP)
        for _ in range(3):
            problems.check(node.call("REV"), "nohup does not help")
        node.stop()
        log = subprocess.Popen(["head", "-n", "1"], stdin=subprocess.PIPE,
                               stdout=subprocess.DEVNULL)
        node.process = subprocess.Popen(
            [DECREE, "serve", "--data", node.data, "--client", node.client, "--peer", node.peer,
             "--log", "debug"], stderr=log.stdin)
        log.stdin.close()
        problems.check(log.wait(PATIENCE) == 0 and until(lambda: node.call("REV")), "no node")
        for _ in range(20):
            problems.check((node.call("SET", path="/a", value="v", rev=-1) or {}).get("rev"),
                           f"it ends with who reads its log: {node.process.poll()}")
        node.stop()


def main():
    problems = Problems()
    with Cluster(3) as cluster:
        problems.check(cluster.found("--log", "debug"), "no cluster")
        run_checks((rolling, moving, all_moved), cluster, problems)
        if problems:
            print(cluster.logs())
    run_checks([again_and_again, left_alone], problems)
    finish(problems)


if __name__ == "__main__":
    main()

"""Goal: whatever happens to five nodes and the network between them, all at once, what clients saw
is right; and when it is over all goes on.

Method: five real nodes whose messages go through a proxy; clients at each and a watcher. Gusts of
what chance brings (kills, starts, pauses, cuts in one direction or both, any number of them), and
after each a calm in which all is whole, and each node must take writes. STORM_SECONDS=60 storms
longer, SEED=N brings the same chances again, though not at the same instants.
"""

import os
import random
import signal
import time

from _cluster import Cluster, Problems, finish
from _history import Work
from _proxy import Proxy

FLAGS = ("--request-timeout", "2s")
SECONDS = float(os.environ.get("STORM_SECONDS", "3"))
SEED = int(os.environ.get("SEED", random.randrange(10**6)))


class Storm:
    def __init__(self, cluster, proxy):
        self.cluster = cluster
        self.proxy = proxy
        self.chance = random.Random(SEED)

    def kill(self, node):
        node.kill()

    def start(self, node):
        if not node.running():
            node.start()

    def pause(self, node):
        if node.running():
            node.process.send_signal(signal.SIGSTOP)

    def resume(self, node):
        if node.running():
            node.process.send_signal(signal.SIGCONT)

    def cut(self, node):
        other = self.chance.randrange(len(self.cluster.nodes))
        self.proxy.cut((self.cluster.nodes.index(node), other))

    def isolate(self, node):
        self.proxy.isolate(self.cluster.nodes.index(node))

    def heal(self, _):
        self.proxy.heal()

    def gust(self):
        acts = (self.kill, self.start, self.pause, self.resume, self.cut, self.cut, self.isolate,
                self.heal)
        for _ in range(self.chance.randrange(2, 10)):
            self.chance.choice(acts)(self.chance.choice(self.cluster.nodes))
            time.sleep(self.chance.choice((0, 0.02, 0.1, 0.5)))

    def calm(self, work):
        self.proxy.heal()
        for node in self.cluster.nodes:
            self.resume(node)
            self.start(node)
        for number, node in enumerate(self.cluster.nodes, 1):
            work.goes_on(f"after a gust, at node {number}", [node], count=2)


def main():
    problems, gusts = Problems(), 0
    with Cluster(5) as cluster, Proxy([n.peer_port for n in cluster.nodes], SEED) as proxy:
        founders = ",".join(proxy.address(i) for i in range(5))
        for index, node in enumerate(cluster.nodes):
            node.start("--peers", founders, "--advertise-peer", proxy.address(index), *FLAGS)
        problems.check(cluster.works(), "no cluster: " + cluster.logs())
        work, storm = Work(cluster, problems), Storm(cluster, proxy)
        end = time.monotonic() + SECONDS
        while not problems and (time.monotonic() < end or gusts < 2):
            storm.gust()
            storm.calm(work)
            gusts += 1
        work.finish()
    print(f"{gusts} gusts, SEED={SEED}")
    finish(problems)


if __name__ == "__main__":
    main()

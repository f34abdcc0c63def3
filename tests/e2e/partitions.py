"""Goal: whatever part of the network is cut, those who are a majority go on, the others acknowledge
nothing, and when it is healed all is one again.

Method: three real nodes whose messages all go through a proxy that holds them back where it is told
to: around the leader, around a follower, in one direction only, between two of three, on and off.
Clients at each node and a watcher. What was held back comes late, or never.
"""

import time

from _cluster import Cluster, Problems, finish, run_checks
from _history import Work
from _proxy import Proxy

FLAGS = ("--request-timeout", "2s")


class Net:
    """The nodes as numbers, and the network between them."""

    def __init__(self, cluster, proxy, work):
        self.cluster = cluster
        self.proxy = proxy
        self.work = work

    def roles(self):
        """The leader's number, and the others'."""
        leader = self.cluster.nodes.index(self.cluster.leader())
        return leader, [i for i in range(len(self.cluster.nodes)) if i != leader]

    def nodes(self, *indices):
        return [self.cluster.nodes[i] for i in indices]

    def heal(self, *indices):
        """And those that were cut off go on."""
        self.proxy.heal()
        self.work.goes_on("after a cut", self.nodes(*indices))


def around_leader(net):
    leader, others = net.roles()
    net.proxy.isolate(leader)
    net.work.goes_on("a majority without its leader", net.nodes(*others))
    net.work.rests("the leader", net.nodes(leader))
    net.heal(leader)


def around_follower(net):
    leader, (follower, other) = net.roles()
    net.proxy.isolate(follower)
    net.work.goes_on("a majority with its leader", net.nodes(leader, other), count=30)
    net.heal(follower)


def deaf_leader(net):
    """It is heard, and hears nobody: so it must not go on for ever as if it led."""
    leader, others = net.roles()
    net.proxy.cut(*((other, leader) for other in others))
    net.work.goes_on("the others of a deaf leader", net.nodes(*others))
    net.heal(leader)


def mute_leader(net):
    leader, others = net.roles()
    net.proxy.cut(*((leader, other) for other in others))
    net.work.goes_on("the others of a mute leader", net.nodes(*others))
    net.heal(leader)


def deaf_follower(net):
    """It misses the leader, and asks for votes, which others hear: they need not follow."""
    leader, (follower, other) = net.roles()
    net.proxy.cut((leader, follower), (other, follower))
    net.work.goes_on("those beside a deaf follower", net.nodes(leader, other), count=30)
    net.heal(follower)


def leader_and_one(net):
    """The leader and one follower do not hear each other; both hear the third."""
    leader, (one, other) = net.roles()
    net.proxy.cut((leader, one), (one, leader))
    net.work.goes_on("where one of three links is cut", net.nodes(other))
    net.heal(leader, one)


def on_and_off(net):
    for turn in range(6):
        net.proxy.isolate(turn % 3)
        time.sleep(0.3)
        net.proxy.heal()
        time.sleep(0.1)
    net.heal(0, 1, 2)


CUTS = (around_leader, around_follower, deaf_leader, mute_leader, deaf_follower, leader_and_one,
        on_and_off)


def main():
    problems = Problems()
    with Cluster(3) as cluster, Proxy([node.peer_port for node in cluster.nodes]) as proxy:
        founders = ",".join(proxy.address(i) for i in range(3))
        for index, node in enumerate(cluster.nodes):
            node.start("--peers", founders, "--advertise-peer", proxy.address(index), *FLAGS)
        problems.check(cluster.works(), "no cluster: " + cluster.logs())
        work = Work(cluster, problems)
        run_checks(CUTS, Net(cluster, proxy, work))
        work.finish()
    finish(problems)


if __name__ == "__main__":
    main()

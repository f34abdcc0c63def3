"""Goal: a node that stands still for a while, as in a long pause of its machine, and goes on as
if nothing had been, harms nobody: not as the leader, not as a follower, and not when so many
stand still that nothing can go on.

Method: three real nodes, clients at each and a watcher. SIGSTOP and, when the others have gone on
without it, or cannot, SIGCONT: what was asked of it meanwhile it finds all at once, in an old
belief.
"""

import signal
import time

from _cluster import Cluster, Problems, finish, run_checks
from _history import Work

FLAGS = ("--request-timeout", "2s")


def stand_still(nodes):
    for node in nodes:
        node.process.send_signal(signal.SIGSTOP)


def go_on(nodes):
    for node in nodes:
        node.process.send_signal(signal.SIGCONT)


def leader_and_others(cluster):
    leader = cluster.leader()
    return leader, [node for node in cluster.nodes if node is not leader]


def paused_leader(cluster, work):
    """Twice: the second time it is another one's turn."""
    for _ in range(2):
        leader, others = leader_and_others(cluster)
        stand_still([leader])
        work.goes_on("without a leader that stands still", others)
        go_on([leader])
        work.goes_on("with the old leader again", [leader])


def paused_follower(cluster, work):
    leader, others = leader_and_others(cluster)
    stand_still(others[:1])
    work.goes_on("without a follower", [leader, others[1]], count=30)
    go_on(others[:1])
    work.goes_on("with the follower again", others[:1])


def paused_majority(cluster, work):
    """The leader finds that nobody answers; then they all are there again."""
    leader, others = leader_and_others(cluster)
    stand_still(others)
    work.rests("one of three")
    go_on(others)
    work.goes_on("with two followers again", [leader])


def paused_all(cluster, work):
    stand_still(cluster.nodes)
    time.sleep(1.5)
    go_on(cluster.nodes)
    work.goes_on("all again")


def main():
    problems = Problems()
    with Cluster(3) as cluster:
        problems.check(cluster.found(*FLAGS), "no cluster: " + cluster.logs())
        work = Work(cluster, problems)
        run_checks((paused_leader, paused_follower, paused_majority, paused_all), cluster, work)
        work.finish()
    finish(problems)


if __name__ == "__main__":
    main()

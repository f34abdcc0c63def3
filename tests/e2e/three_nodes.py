"""Goal: three real nodes are one store. With one killed, writes go on; nothing that was
acknowledged is lost; and what clients saw, through all of that, is linearizable.

Method: clients at all three nodes read, write and compare-and-set one file, and write files of
their own, while each node in turn is killed with SIGKILL, and started again. The history of the one
file is checked by decree-trace; the files are read back at each node. At the end a node that has
another secret tries to join in, and is refused.
"""

from _cluster import Cluster, Problems, finish, run_checks
from _history import Work


def killed_in_turn(cluster, work):
    for node in [*cluster.nodes, cluster.nodes[0]]:
        others = [other for other in cluster.nodes if other is not node]
        node.kill()
        work.goes_on("with one killed", others)
        node.start()
        work.goes_on("with the killed one again", [node])


def stranger_refused(cluster, problems):
    """A node that does not know the secret is refused, and both sides say so."""
    founders, first, last = cluster.addresses(), cluster.nodes[0], cluster.nodes[-1]
    last.kill()
    stranger = cluster.new()
    stranger.port, stranger.peer_port = last.port, last.peer_port
    stranger.start("--peers", founders, "--peer-secret", "another")
    problems.check(stranger.says("secrets differ") and first.says("secrets differ"),
                   "a stranger is not refused: " + cluster.logs())


def main():
    problems = Problems()
    with Cluster(3) as cluster:
        problems.check(cluster.found("--peer-secret", "secret"), "no cluster: " + cluster.logs())
        work = Work(cluster, problems)
        run_checks((killed_in_turn,), cluster, work)
        work.finish()
        run_checks((stranger_refused,), cluster, problems)
        for node in cluster.nodes[:2]:
            problems.check(node.stop() == 0, "SIGTERM did not end a node well")
    finish(problems)


if __name__ == "__main__":
    main()

"""Goal: a disk that is slow to sync stops no heartbeat, and one that hangs keeps no node from
ending.

Method: `strace` holds up each second fdatasync of the leader for longer than any election timeout,
while clients write: it is not missed. Then those of another node, for ever: SIGTERM ends it all the
same. (Not every one: a leader whose disk keeps nothing for two seconds steps down, as it should.)
"""

import shutil
import sys
import time

from _cluster import Cluster, Problems, finish, run_checks, until
from _decree import PATIENCE, SKIPPED
from _syncs import SlowSyncs, told_of

ELECTION = 1.0  # Seconds; the longest that a follower waits for a word of the leader.


def slow_leader(cluster, problems):
    leader = cluster.leader()
    others = [node for node in cluster.nodes if node is not leader]
    before = [len(node.said()) for node in others]
    with SlowSyncs(leader, round(1.5 * ELECTION * 1e6), "2+2") as slow:
        for number in range(4 if slow.works else 0):
            begun = slow.delayed()
            for node in cluster.nodes:
                answer = node.call("SET", path=f"/s/{number}", value="x", rev=-1) or {}
                problems.check("rev" in answer, f"beside a slow sync: {answer}")
            until(lambda count=begun: slow.delayed() > count)
        delayed = slow.delayed() if slow.works else 0
    if not slow.works:
        print("skipped: strace may not trace here")
        sys.exit(SKIPPED)
    problems.check(delayed >= 2, f"only {delayed} syncs were slow")
    said = "".join(node.said()[at:] for node, at in zip(others, before))
    problems.check("has heard no leader" not in said, "a slow sync stops heartbeats: " + said)
    problems.check(cluster.leader() is leader, "another node leads")


def hanging_disk(cluster, problems):
    leader = cluster.leader()
    node = next(node for node in cluster.nodes if node is not leader)
    with SlowSyncs(node, 600_000_000, "1+1"):
        answer = leader.call("SET", path="/hangs", value="x", rev=-1) or {}
        problems.check("rev" in answer, f"beside a disk that hangs: {answer}")
        time.sleep(0.2)  # The sync has begun; nothing says so before it ends.
        node.process.terminate()
        # It is a zombie as long as strace holds the thread.
        problems.check(until(lambda: "State:\tZ" in told_of(node)), "it does not end")
    if not problems:
        problems.check(node.process.wait(PATIENCE) == 0, "it ends with another status than 0")


def main():
    if not shutil.which("strace"):
        print("skipped: no strace here")
        sys.exit(SKIPPED)
    problems = Problems()
    with Cluster(3) as cluster:
        problems.check(cluster.found("--log", "debug"), "no cluster: " + cluster.logs())
        run_checks((slow_leader, hanging_disk), cluster, problems)
    finish(problems)


if __name__ == "__main__":
    main()

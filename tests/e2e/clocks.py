"""Goal: a node's clock means nothing to another node, and nothing to its own next life: machines
were started at different times, and one that is started again counts from nothing. Leases of
leaders and sessions of clients live through both.

Method: three nodes with a leader lease, each in a time namespace in which the machine has been up
for another time, from a minute to three years. A lock is held while the leader dies and comes back
with a clock that starts anew; then another node dies, so that the one that came back must vote.
(What the time of day is no node asks.)
"""

import subprocess
import sys
import time

from _cluster import Cluster, Problems, finish, run_checks, until
from _decree import PATIENCE, SKIPPED

UP = (60, 100_000, 100_000_000)  # Seconds.
FLAGS = ("--lease", "1s", "--dead-after", "never")


def machine(up):
    """The words that begin a program where the machine has been up so long more."""
    return ["unshare", "--time", f"--monotonic={up}", f"--boottime={up}"]


def old_and_new(problems):
    with Cluster(3) as cluster:
        founders = cluster.addresses()
        for node, up in zip(cluster.nodes, UP):
            node.start("--peers", founders, *FLAGS, before=machine(up))
        if not problems.check(cluster.works(), "no cluster: " + cluster.logs()):
            return
        first = cluster.leader()
        others = [node for node in cluster.nodes if node is not first]
        problems.check(first.run("set", "/x", "-1", "1").returncode == 0, "no write")
        session = others[0].call("OPEN_SESSION", ttl_us=60_000_000)["session"]
        held = others[0].call("ACQUIRE", path="/lock", session=session)
        problems.check(held and "err_code" not in held, f"no lock: {held}")
        first.kill()
        began = time.monotonic()
        problems.check(cluster.works(others), "nobody leads after it: " + cluster.logs())
        problems.check(time.monotonic() - began < 15, "it took as long as its clock was ahead")
        kept = others[0].call("KEEP_ALIVE", session=session)
        problems.check(kept and "err_code" not in kept, f"the session ended early: {kept}")
        first.start(before=machine(0))
        problems.check(cluster.works(), "a clock that starts anew: " + cluster.logs())
        others[1].kill()
        rest = [first, others[0]]
        problems.check(cluster.works(rest), "it is of no use: " + cluster.logs())
        problems.check(first.run("set", "/x", "-1", "2").returncode == 0, "no write at the end")
        problems.check(all(node.run("get", "/x").stdout == "2" for node in rest), "an old value")
        kept = others[0].call("KEEP_ALIVE", session=session)
        problems.check(kept and "err_code" not in kept, f"the session did not last: {kept}")


def sessions_end(problems):
    """Time that passes for nobody ends no session; time that passes does."""
    with Cluster(1) as cluster:
        node = cluster.nodes[0]
        node.start(before=machine(UP[2]))
        problems.check(cluster.works(), "no node")
        session = node.call("OPEN_SESSION", ttl_us=3_000_000)["session"]
        node.call("ACQUIRE", path="/lock", session=session)
        node.kill()
        node.start(before=machine(0))
        problems.check(cluster.works(), "it does not come back")
        problems.check(node.call("STAT", path="/lock").get("rev", 0) > 0, "no lock any more")
        problems.check(until(lambda: not node.call("STAT", path="/lock").get("rev"), PATIENCE),
                       "the session never ends")


def main():
    if subprocess.run([*machine(1), "true"], capture_output=True, check=False).returncode != 0:
        print("skipped: no time namespaces here")
        sys.exit(SKIPPED)
    problems = Problems()
    run_checks([old_and_new, sessions_end], problems)
    finish(problems)


if __name__ == "__main__":
    main()

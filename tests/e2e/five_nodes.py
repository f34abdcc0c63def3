"""Goal: of five nodes any two may die at once, and each may be restarted in turn: nothing that was
acknowledged is lost, whatever the clock of a node that comes back shows.

Method: five real nodes, clients at each and a watcher. SIGKILL of two that chance chooses, again
and again; then SIGTERM of one after the other. Where the system lets a process have a clock of its
own (`unshare --time`), a node comes back with another one, days ahead or behind, as after a reboot.
A clock that jumps under a running node is not tried here: nodes read only the monotonic clock,
which jumps ahead at most, as it seems to in tests/e2e/pauses.py.
"""

import os
import random
import subprocess

from _cluster import Cluster, Problems, finish, run_checks
from _history import Work

FLAGS = ("--request-timeout", "2s")
SECONDS_A_DAY = 86_400
CLOCKS = subprocess.run("unshare --time true", shell=True, capture_output=True,
                        check=False).returncode == 0


class Chance:
    def __init__(self):
        self.seed = int(os.environ.get("SEED", random.randrange(10**6)))
        self.random = random.Random(self.seed)

    def two(self, nodes):
        return self.random.sample(nodes, 2)

    def clock(self):
        """What to write before a command, so that it sees another clock."""
        if not CLOCKS:
            return []
        return ["unshare", "--time", "--monotonic", str(self.random.randrange(9) * SECONDS_A_DAY)]


def killed_by_twos(cluster, work, chance):
    for turn in range(4):
        dead = chance.two(cluster.nodes)
        others = [node for node in cluster.nodes if node not in dead]
        for node in dead:
            node.kill()
        work.goes_on(f"turn {turn}: three of five", others)
        for node in dead:
            node.start(before=chance.clock())
        work.goes_on(f"turn {turn}: two that came back", dead)


def restarted_in_turn(cluster, work, chance):
    for node in cluster.nodes:
        work.problems.check(node.stop() == 0, "SIGTERM ends a node with another status than 0")
        node.start(before=chance.clock())
        work.goes_on("one restarted", [node])


def main():
    problems, chance = Problems(), Chance()
    with Cluster(5) as cluster:
        problems.check(cluster.found(*FLAGS), "no cluster: " + cluster.logs())
        work = Work(cluster, problems)
        run_checks((killed_by_twos, restarted_in_turn), cluster, work, chance)
        work.finish()
    print(f"SEED={chance.seed}" + ("" if CLOCKS else "; no clocks of their own here"))
    finish(problems)


if __name__ == "__main__":
    main()

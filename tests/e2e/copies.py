"""Goal: a process on a copy of a node's folder harms nobody. While the node runs, the copy is
refused, and the node goes on, whatever it is; a start of the node afterwards is taken at once; and
no line tells people to empty the folder that is to be kept. Where the node was silent, and the copy
was taken, the node is refused when it goes on: one of the two is heard, never both.

Method: three real nodes. A folder is copied while its node runs, and a process is started on it
beside the node: when the node has written more since, and when it has not; beside the leader and
beside a follower; once it stands still, and goes on later. An old copy is started while the node is
away. A whole cluster, and one node of it, are killed and started again, as after a crash.
"""

import json
import shutil
import signal
import time
from pathlib import Path

from _cluster import Cluster, Problems, finish, run_checks, until

STOPS = "this node stops: "
ANOTHER = "another process runs as node "


class Copies(list):
    """Processes on copies of nodes' folders: none stays."""

    def of(self, cluster, node):
        """To be started; the folder may be in use."""
        copy = cluster.new(*node.flags)
        cluster.nodes.remove(copy)
        copy.data += f"-copy{len(self)}"
        copy.log = copy.log.with_suffix(f".copy{len(self)}.log")

        def copied():
            try:
                shutil.copytree(node.data, copy.data)
            except shutil.Error:  # A file was renamed meanwhile.
                copy.wipe()
                return False
            return True

        until(copied)
        Path(copy.data, "lock").unlink()
        self.append(copy)
        return copy

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for copy in self:
            copy.kill()


def write(node, problems, what):
    done = until(lambda: node.run("set", "/k", "-1", what).returncode == 0)
    problems.check(done, f"{what}: no write: {node.said()[-500:]}")


def votes(node):
    """Whether it follows or leads, recognized, by what it says itself."""
    status = node.run("status", "--json", "--timeout", "2s")
    for one in json.loads(status.stdout)["nodes"] if status.stdout else []:
        if one["node"] == node.id() and "log" in one:
            log = one["log"]
            return one["standing"] == "voter" and bool(log["leader"]) and not log["unrecognized"]
    return False


def is_well(cluster, problems, what, pids):
    """All go on as the processes that they were, recognized, and none was told to go."""
    problems.check(cluster.works(), f"{what}: the cluster does not work\n{cluster.logs()}")
    for node in cluster.nodes:
        problems.check(node.running() and node.process.pid in pids, f"{what}: a node has ended")
        problems.check(until(lambda n=node: votes(n)), f"{what}: {node.said()[-500:]}")
        problems.check(STOPS not in node.said(), f"{what}: told to stop: {node.said()[-500:]}")
        refusals = [line for line in node.said().splitlines() if "refused" in line]
        problems.check(not any("empty" in line for line in refusals),
                       f"{what}: told to empty a folder: {refusals}")


def is_refused(cluster, node, copy, problems, what):
    """By all who hear the node, and by the node."""
    told = until(lambda: all("was refused: " + ANOTHER + node.id() in one.said()
                             for one in cluster.nodes if one is not node))
    problems.check(told, f"{what}: the others do not refuse the copy\n{cluster.logs()}")
    problems.check(until(lambda: ANOTHER + node.id() in copy.said()),
                   f"{what}: the copy is not told: {copy.said()}")
    problems.check(not votes(copy), f"{what}: the copy votes: {copy.said()}")


def links(cluster, node):
    """How often links to and from that node were made, so far."""
    made = node.said().count(": connected")
    others = "".join(one.said() for one in cluster.nodes if one is not node)
    return made + others.count(f"peer {node.id()} at {node.peer}: connected")


def refusals(cluster):
    return sum(node.said().count("was refused") for node in cluster.nodes)


def beside(cluster, copies, problems):
    """Beside a node that runs."""
    for what, leads, behind in (("behind a leader", True, True), ("like a leader", True, False),
                                ("behind a follower", False, True),
                                ("like a follower", False, False)):
        pids = {node.process.pid for node in cluster.nodes}
        leader = cluster.leader()
        others = [node for node in cluster.nodes if node is not leader]
        node = leader if leads else others[0]
        made = links(cluster, node)
        copy = copies.of(cluster, node)
        if behind:
            write(leader, problems, what)
        seen = {one.log: len(one.said()) for one in cluster.nodes}
        is_refused(cluster, node, copy.start(), problems, what)
        is_well(cluster, problems, what, pids)
        problems.check(links(cluster, node) == made
                       and "refused there" not in node.said()[seen[node.log]:],
                       f"{what}: the node lost links to its copy\n{cluster.logs()}")
        copy.kill()
        before = refusals(cluster)
        node.stop()
        node.start()
        is_well(cluster, problems, what + ", restarted",
                {one.process.pid for one in cluster.nodes})
        problems.check(refusals(cluster) == before,
                       f"{what}: the restart was refused\n{cluster.logs()}")
        if problems:
            return


def old_copy_alone(cluster, copies, problems):
    """While the node is away its old copy is found to be one by the leader, who knows more of it;
    the other follower may not. Then the node comes back: with the second start, since nobody is
    believed in one that another process has shown."""
    leader = cluster.leader()
    node = next(one for one in cluster.nodes if one is not leader)
    copy = copies.of(cluster, node)
    for number in range(5):
        write(leader, problems, f"alone {number}")
    time.sleep(0.5)  # Several heartbeats: the leader has been told how far the node is.
    node.stop()
    copy.start()
    status = until(lambda: copy.process.poll() is not None) and copy.process.wait()
    problems.check(status == 1 and "has seen more of this node" in copy.said(),
                   f"an old copy does not end as one: {status} {copy.said()}")
    copy.kill()
    node.start()
    node.stop()
    node.start()
    problems.check(cluster.works() and until(lambda: votes(node)),
                   "the node does not come back: " + node.said()[-1500:])
    problems.check("empty" not in node.said(), "told to empty a folder: " + node.said()[-1500:])


def after_silence(cluster, copies, problems):
    """A process beside a node that stands still may be that node after a crash: it is taken. What
    goes on later is refused by all who have taken it."""
    leader = cluster.leader()
    node = next(one for one in cluster.nodes if one is not leader)
    others = [one for one in cluster.nodes if one is not node]
    node.process.send_signal(signal.SIGSTOP)
    copy = copies.of(cluster, node).start()
    problems.check(until(lambda: votes(copy)), "a silent node's place is kept: " + copy.said())
    before = {one.log: len(one.said()) for one in others}
    node.process.send_signal(signal.SIGCONT)
    for one in others:
        refused = "was refused: " + ANOTHER + node.id()
        told = until(lambda o=one, text=refused: text in o.said()[before[o.log]:])
        problems.check(told, "who goes on is not refused: " + one.said()[-1500:])
    problems.check(until(lambda: ANOTHER in node.said()), "it is not told: " + node.said()[-1000:])
    problems.check(votes(copy), "who was taken did not stay: " + copy.said())
    node.kill()
    copy.stop()


def crashes(problems):
    """Nobody takes its own next start for somebody else."""
    with Cluster(3) as other:
        problems.check(other.found(), "no cluster\n" + other.logs())
        for node in other.nodes:
            node.kill()
            node.start()
            problems.check(until(lambda n=node: n.standing() == "voter"),
                           "it does not come back: " + node.said())
        for node in other.nodes:
            node.kill()
        for node in other.nodes:
            node.start()
        problems.check(other.works(), "they do not come back: " + other.logs())
        for node in other.nodes:
            problems.check("another process" not in node.said(), "a crash looks like a copy: "
                           + node.said())


def main():
    problems = Problems()
    with Cluster(3) as cluster, Copies() as copies:
        problems.check(cluster.found(), "no cluster\n" + cluster.logs())
        run_checks((beside, old_copy_alone, after_silence), cluster, copies, problems)
        if problems:
            print(cluster.logs())
    run_checks([crashes], problems)
    finish(problems)


if __name__ == "__main__":
    main()

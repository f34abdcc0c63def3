"""Goal: nodes that are given the same list found one cluster, in whatever order they start and die;
never two; and each says whom it waits for.

Method: real nodes on loopback. All orders of three; kills in the middle; lists that differ; a
founder with a wiped disk; one node alone that is started again; one that waits, asked beside it.
"""

import itertools
import json
import random
import socket
import subprocess
import time

from _cluster import CLEAN, DECREE, Cluster, Problems, finish, run_checks, until
from _decree import free_port

CHANCE = random.Random(7)


def identity(cluster, problems, what, voters=3):
    """Waits for the one cluster that all are in; its id."""
    if not problems.check(cluster.works(), f"{what}: no cluster\n{cluster.logs()}"):
        return None
    views = [node.status() for node in cluster.nodes]
    ids = {node["cluster"]["id"] for view in views for node in view["nodes"] if "cluster" in node}
    problems.check(len(ids) == 1, f"{what}: clusters {ids}")
    count = until(lambda: (cluster.nodes[0].status() or {}).get("voters") == voters)
    problems.check(count, f"{what}: not {voters} voters")
    return ids.pop()


def any_order(problems):
    for order in itertools.permutations(range(3)):
        with Cluster(3) as cluster:
            founders = cluster.addresses().split(",")
            for index in order:
                CHANCE.shuffle(founders)
                cluster.nodes[index].start("--peers", ",".join(founders))
                time.sleep(CHANCE.choice((0, 0.05)))
            identity(cluster, problems, f"order {order}")


def killed_while_founding(problems):
    for turn in range(3):
        with Cluster(3) as cluster:
            founders = cluster.addresses()
            for node in cluster.nodes:
                node.start("--peers", founders)
            for _ in range(4):
                time.sleep(CHANCE.random() * 0.03)
                victim = CHANCE.choice(cluster.nodes)
                victim.kill()
                victim.start()
            identity(cluster, problems, f"kills, turn {turn}")


def different_lists(problems):
    with Cluster(3) as cluster:
        one, two, third = cluster.nodes
        one.start("--peers", f"{one.peer},{two.peer}")
        two.start("--peers", f"{one.peer},{two.peer},{third.peer}")
        problems.check(one.says("another list of founders; only it has " + third.peer),
                       "who has the shorter list is not told: " + one.said())
        problems.check(two.says("another list of founders; it lacks " + third.peer),
                       "who has the longer list is not told: " + two.said())
        problems.check(two.says("nobody answers at " + third.peer), "whom it waits for is not said")
        problems.check((one.status() or {}).get("id") == "", "different lists found a cluster")
        two.kill()
        two.start("--peers", f"{two.peer}, {one.peer}")
        cluster.nodes.remove(third)
        identity(cluster, problems, "the list was mended", voters=2)


def outside(problems):
    """A client of a node that is in no cluster yet is told so, and what the node waits for."""
    with Cluster(2) as cluster:
        founder, joiner = cluster.nodes
        nobody = f"127.0.0.1:{free_port()}"
        founder.start("--peers", f"{founder.peer},{nobody}")
        joiner.start("--join", nobody)
        for node, why in ((founder, "nobody answers at " + nobody),
                          (joiner, "no member of a cluster has answered")):
            node.says(why)
            for words in (["rev"], ["get", "--local", "/a"], ["set", "/a", "0", "x"]):
                said = node.run("--timeout", "1s", *words).stderr
                problems.check("no quorum: this node is in no cluster yet" in said
                               and why in said and said.count("\n") == 1, f"{words}: {said}")


def wiped_founder(problems):
    """It comes back as a new node, a learner of the same cluster, and says how it gets a vote."""
    with Cluster(3) as cluster:
        cluster.found()
        first = identity(cluster, problems, "before the wipe")
        lost = cluster.nodes[2]
        old = lost.id()
        lost.kill()
        lost.wipe()
        lost.start()
        advice = until(lambda: lost.said().count("info: node ") > 1 and
                       f"`decree members add {lost.id()}`" in lost.said())
        problems.check(advice, "a learner without a slot is not told how to get one: "
                       + lost.said())
        problems.check(lost.id() != old, "a wiped node has its old identity")
        problems.check(identity(cluster, problems, "after the wipe") == first, "a second cluster")
        problems.check(lost.standing() == "learner", "a wiped founder is no learner")
        done = lost.run("members", "replace", old, lost.id())
        problems.check(done.returncode == 0, f"it cannot be replaced by itself: {done.stderr}")
        problems.check(until(lambda: lost.standing() == "voter"), "it does not become a voter")


def registered(problems):
    """Doozer's clients find below /ctl what they look for: how the cluster is called, its nodes and
    slots. Nothing is in /ctl/boot: no node has to win the right to found."""
    with Cluster(3) as cluster:
        cluster.found("--name", "crew")
        if not identity(cluster, problems, "named"):
            return
        version = subprocess.run([DECREE, "--version"], env=CLEAN, capture_output=True, text=True,
                                 check=True).stdout.split()[1]
        asked = cluster.nodes[0]
        read = lambda path: (asked.call("GET", path=path) or {}).get("value", b"").decode()
        for node in cluster.nodes:
            folder = f"/ctl/node/{node.id()}"
            until(lambda: read(folder + "/writable") == "true")
            wanted = {"/addr": node.client, "/hostname": socket.gethostname(),
                      "/peer": node.peer, "/version": version, "/writable": "true"}
            got = {name: read(folder + name) for name in wanted}
            problems.check(got == wanted, f"{folder} has {got}, not {wanted}")
            shown = read(f"/ctl/ns/crew/{node.id()}")
            problems.check(shown == node.client, f"/ctl/ns has '{shown}', not {node.client}")
        problems.check(read("/ctl/name") == "crew", "/ctl/name is another")
        slots = sorted(read(f"/ctl/cal/{i}") for i in range(3))
        problems.check(slots == sorted(n.id() for n in cluster.nodes), f"/ctl/cal has {slots}")
        boot = asked.call("STAT", path="/ctl/boot") or {}
        problems.check(boot.get("rev") == 0, f"/ctl/boot is {boot}")


def alone(problems):
    """No flag: a cluster of one, which the same folder is again at any address."""
    with Cluster(1) as cluster:
        node = cluster.nodes[0].start()
        first = identity(cluster, problems, "alone", voters=1)
        rev = node.call("SET", path="/a", value="v", rev=0)
        me = node.id()
        problems.check(node.stop() == 0, "SIGTERM ends it with another status than 0")
        node.move()
        node.start()
        problems.check(identity(cluster, problems, "again", voters=1) == first, "a second cluster")
        problems.check(node.id() == me, "another identity on the same folder")
        answer = node.call("GET", path="/a")
        problems.check(rev and answer.get("rev") == rev["rev"], "what was written is not there")


def two_asked(problems):
    """Whoever is told of a node that waits for its cluster, and of a member, hears of the cluster,
    whichever of them is asked first."""
    with Cluster(2) as cluster:
        member, waits = cluster.nodes
        member.start()
        waits.start("--peers", ",".join([waits.peer, "127.0.0.1:1", "127.0.0.1:2"]))
        problems.check(until(lambda: member.call("REV")) and until(lambda: waits.call("SELF")),
                       "they do not start: " + cluster.logs())
        for nodes in ((member, waits), (waits, member)) * 3:
            uri = "doozer:?" + "&".join("ca=" + node.client for node in nodes)
            done = subprocess.run([DECREE, "-a", uri, "status", "--json", "--timeout", "5s"],
                                  env=CLEAN, capture_output=True, text=True, check=False)
            seen = json.loads(done.stdout) if done.stdout else {}
            problems.check(seen.get("leader") == member.id(), f"{uri}: {done.stdout}{done.stderr}")


def main():
    problems = Problems()
    run_checks((any_order, killed_while_founding, different_lists, outside, registered,
                wiped_founder, alone, two_asked), problems)
    finish(problems)


if __name__ == "__main__":
    main()

"""Goal: members come and go while the cluster is at work: joined, given a vote, replaced when they
die, removed; and what would lose the quorum is refused.

Method: real nodes on loopback and `decree members`; while a voter is killed and a waiting learner
replaces it, clients write, and all that was acknowledged is there.
"""

import socket
import subprocess
import threading
import time

from _cluster import CLEAN, Cluster, Problems, finish, run_checks, until
from _decree import DECREE, PATIENCE, REQUEST, VERBS, Connection, decode, free_port

UNKNOWN = "zvcqpsdxk48atzby"  # The name of no node here.


class Writer(threading.Thread):
    """Writes one file after the other at a node, and keeps what was acknowledged."""

    def __init__(self, node, name, stop):
        super().__init__()
        self.node = node
        self.name = name
        self.stop = stop
        self.acknowledged = {}

    def run(self):
        connection, number = None, 0
        while not self.stop.is_set():
            number += 1
            path = f"/{self.name}/{number}"
            try:
                connection = connection or Connection(self.node.port)
                answer = connection.call("SET", path=path, value=path, rev=0)
            except OSError:
                answer = None
            if answer is None:
                connection = None
                time.sleep(0.02)
            elif "rev" in answer:
                self.acknowledged[path] = answer["rev"]


def missing(node, acknowledged):
    connection = Connection(node.port)
    lost = [path for path, rev in acknowledged.items()
            if connection.call("GET", path=path) != {"tag": 1, "rev": rev, "value": path.encode()}]
    connection.close()
    return lost


def members(node, *words):
    """`decree members`, asked again while an earlier change is not in force: who has a slot is a
    voter a little before."""
    def ask():
        done = node.run("members", *words)
        return None if "not in force yet" in done.stderr else done
    return until(ask) or node.run("members", *words)


def grow(problems):
    """One node; two join and get votes; what would go wrong is refused."""
    with Cluster(3) as cluster:
        one, two, third = cluster.nodes
        one.start()
        cluster.works([one])
        two.start("--join", one.peer)
        told = two.says("`decree members add ")
        problems.check(told and until(lambda: two.standing() == "learner"), "no learner joins: "
                       + two.said())
        problems.check(two.run("rev").returncode == 0, "a learner answers no reads")
        done = one.run("members", "add", two.id())
        problems.check(done.returncode == 0, f"a learner gets no vote: {done.stderr}")
        problems.check(until(lambda: two.standing() == "voter"), "the second is no voter")
        problems.check(one.run("members", "add").returncode == 0, "no free slot can be made")
        third.start("--join", f"{one.peer}, {two.peer}")
        problems.check(until(lambda: third.standing() == "voter"),
                       "a learner does not get the free slot: " + third.said())
        problems.check((one.status() or {}).get("voters") == 3, "not three voters")
        taken_away(one, two, problems)
        refuse(cluster, problems)


def joins_at_once(problems):
    """Who joins asks for what is chosen before it has missed a leader, whomever it meets, and looks
    for all founders, also at addresses that the tree does not have any more. What it does in which
    order, its recording tells."""
    with Cluster(3) as cluster:
        problems.check(cluster.found(), "no cluster")
        leader = cluster.leader()
        follower, moved = [node for node in cluster.nodes if node is not leader]
        left = moved.peer
        moved.stop()
        moved.move()
        moved.start()
        problems.check(until(lambda: moved.peer in leader.run("members").stdout),
                       "a node that has moved is not found: " + moved.said())
        met = follower
        for _ in range(2):  # By way of a follower; and of a learner.
            joins = cluster.new()
            trace = joins.data + ".trace"
            joins.start("--join", met.peer, "--record", trace)
            problems.check(until(lambda: joins.standing() == "learner"), "no learner: "
                           + joins.said())
            problems.check(joins.says(f"peer {left}: "), "a founder is not dialled: "
                           + joins.said())
            joins.stop()
            told = subprocess.run([DECREE.with_name("decree-trace"), "text", trace],
                                  capture_output=True, text=True, check=False).stdout
            before, asks, _ = told.partition("what was chosen from slot 1 on")
            problems.check(asks and "has heard no leader" not in before, "it waits before it asks: "
                           + told[:3000])
            met = joins.start()


def taken_away(one, two, problems):
    """What a node shows of itself is its own: it writes it again."""
    path = f"/ctl/node/{two.id()}/addr"

    def shown():
        return (one.call("GET", path=path) or {}).get("value", b"").decode() == two.client

    problems.check(until(shown), "it does not show where it is")
    problems.check(one.run("set", path, "-1", "nowhere:1").returncode == 0, "not overwritten")
    problems.check(until(shown), "another one says where it is")
    problems.check(one.run("del", path, "-1").returncode == 0, "not deleted")
    problems.check(until(shown), "it is gone from the cluster while it runs")


def refuse(cluster, problems):
    one, two, third = cluster.nodes
    third.kill()
    for words, why in ((["remove", two.id()], "quorum would be lost"),
                       (["add", two.id()], "has slot"),
                       (["remove", "1111111111111111"], "no node"),
                       (["forget", one.id()], "has slot"),
                       (["add", UNKNOWN], "may still be taking over"),
                       (["replace", two.id(), UNKNOWN], "may still be taking over"),
                       (["replace", one.id()], "write nothing, or")):
        done = members(one, *words)
        expected = 2 if "1111" in words[-1] or why.startswith("write") else 1
        if not problems.check(done.returncode == expected and why in done.stderr,
                              f"{words}: {done.returncode} {done.stderr}"):
            continue
        problems.check(len(done.stderr.splitlines()) == 1, f"{words}: not one line")
    listed = one.run("members")
    problems.check(listed.returncode == 0 and "refused" in listed.stdout,
                   f"the list does not say that a node is gone: {listed.stdout}")
    third.start()
    problems.check(cluster.works(), "it does not go on after a kill")


def replaced_under_load(problems):
    """A voter is killed for good: a majority agrees, and the waiting learner gets its slot. When it
    comes back it is told so, and harms nobody: the defect "a removed member is never told, serves
    stale reads, and its writes hang" is not here."""
    with Cluster(3) as cluster:
        problems.check(cluster.found("--dead-after", "2s", "--stable-after", "500ms"), "no cluster")
        spare = cluster.new().start("--join", cluster.nodes[0].peer, "--dead-after", "2s")
        problems.check(until(lambda: spare.standing() == "learner"), "no learner: " + spare.said())
        stop = threading.Event()
        leader = cluster.leader()
        victim = next(n for n in cluster.nodes[:3] if n is not leader)
        writers = [Writer(node, f"w{i}", stop) for i, node in enumerate(cluster.nodes)
                   if node is not victim]
        for writer in writers:
            writer.start()
        victim.kill()
        problems.check(until(lambda: spare.standing() == "voter"),
                       "the dead is not replaced: " + cluster.logs())
        before = sum(len(writer.acknowledged) for writer in writers)
        until(lambda: sum(len(writer.acknowledged) for writer in writers) > before + 20)
        stop.set()
        for writer in writers:
            writer.join()
        kept = {path: rev for writer in writers for path, rev in writer.acknowledged.items()}
        for node in cluster.nodes:
            if node.running():
                lost = missing(node, kept)
                problems.check(not lost, f"{len(lost)} of {len(kept)} writes are lost")
        print(f"{len(kept)} writes while a voter was replaced")
        changed = f"{spare.id()} gets the vote of {victim.id()}: done"
        for words in ("members", "status"):
            problems.check(until(lambda: changed in leader.run(*words.split()).stdout),
                           f"{words} does not tell what was decided")
        comes_back(cluster, victim, problems)


def comes_back(cluster, victim, problems):
    victim.start()
    problems.check(victim.says("this node was removed"), "it is not told: " + victim.said())
    problems.check(victim.standing() == "removed", "its standing is another")
    problems.check("value" in (victim.call("GET", path="/ctl/name") or {}), "it answers no reads")
    answer = victim.call("SET", path="/a", value="x", rev=-1) or {}
    problems.check(answer.get("err_code") == 3, f"a removed node takes a write: {answer}")
    problems.check("history=" in victim.run("configure").stdout, "it does not tell the settings")
    problems.check(cluster.works(cluster.nodes[:3]), "it disturbs the others")
    problems.check(victim.stop() == 0, "it does not end well")
    other = next(node for node in cluster.nodes if node is not victim)
    done = other.run("members", "forget", victim.id())
    problems.check(done.returncode == 0, f"it cannot be forgotten: {done.stderr}")
    names = [node["node"] for node in (other.status() or {}).get("nodes", [])]
    problems.check(victim.id() not in names, "it is listed for ever")


class Held(threading.Thread):
    """Passes on what a client and a node say to each other, but holds back requests of `verb` until
    it is let go."""

    def __init__(self, port, verb):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", free_port()))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.port, self.verb = port, VERBS[verb]
        self.holds, self.go_on = threading.Event(), threading.Event()
        self.start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            node = socket.create_connection(("127.0.0.1", self.port))
            for ends in ((client, node), (node, client)):
                threading.Thread(target=self.pass_on, args=ends, daemon=True).start()

    def pass_on(self, source, target):
        while data := source.recv(1 << 16):
            if decode(data[4:], REQUEST).get("verb") == self.verb:
                self.holds.set()
                self.go_on.wait(PATIENCE)
            target.sendall(data)


def no_two_at_once(problems):
    """A change that was harmless when it was looked at is refused when another has come between."""
    with Cluster(3) as cluster:
        one, two, three = cluster.nodes
        problems.check(cluster.found("--no-promotion"), "no cluster")
        held = Held(one.port, "TRANSACT")
        late = subprocess.Popen(
            [DECREE, "-a", "doozer:?ca=" + held.address, "members", "remove", three.id()],
            env=CLEAN, stderr=subprocess.PIPE, text=True)
        problems.check(held.holds.wait(PATIENCE), "members makes no transaction")
        done = members(one, "remove", two.id())
        problems.check(done.returncode == 0, f"one change: {done.stderr}")
        held.go_on.set()
        said = late.communicate(timeout=PATIENCE)[1]
        problems.check(late.returncode == 1 and "at the same time" in said,
                       f"another at the same time: {late.returncode} {said}")
        problems.check((one.status() or {}).get("voters") == 2, "not two voters")


def follows_nobody(problems):
    """A voter that answers clients, but follows no leader, does not work: nothing may rely on its
    vote, and it may go."""
    with Cluster(3) as cluster:
        problems.check(cluster.found("--peer-secret", "s"), "no cluster")
        leader = cluster.leader()
        lost, other = [node for node in cluster.nodes if node is not leader]
        lost.stop()
        lost.start("--peers", cluster.addresses(), "--peer-secret", "t")
        problems.check(until(lambda: lost.standing() == "voter"), "it does not answer")
        working = (leader.status() or {}).get("voters_working")
        problems.check(working == 2, f"{working} voters work, though one follows nobody")
        listed = next((line for line in leader.run("members").stdout.splitlines()
                       if lost.id() in line), "")
        problems.check("follows no leader" in listed, f"the list does not tell it: {listed}")
        done = members(leader, "remove", other.id())
        problems.check(done.returncode == 1 and f"{lost.id()} (it follows no leader" in done.stderr,
                       f"the quorum may be lost: {done.returncode} {done.stderr}")
        problems.check(cluster.works([leader, other]), "the quorum is lost")
        done = members(leader, "remove", lost.id())
        problems.check(done.returncode == 0, f"it may not go: {done.stderr}")
        problems.check(cluster.works([leader, other]), "it was needed")


def finds_and_names(problems):
    """Where the cluster is, another one may know; and what is in the way is named."""
    with Cluster(1) as cluster:
        node = cluster.nodes[0].start()
        cluster.works()
        for words in (["status"], ["members"], ["members", "add"]):
            done = subprocess.run(
                [DECREE, "-a", "doozer:?cn=local", "-b", "doozer:?ca=" + node.client, *words],
                env=CLEAN, capture_output=True, text=True, check=False, timeout=PATIENCE)
            problems.check(done.returncode == 0, f"{words} does not use -b: {done.stderr}")
        problems.check(node.run("set", "/ctl/cal/2/0", "0", "").returncode == 0, "no directory")
        done = members(node, "add")
        problems.check(done.returncode == 1 and "/ctl/cal/2: ISDIR" in done.stderr,
                       f"what is in the way is not named: {done.stderr}")


def never_is_never(problems):
    """With --dead-after never nobody is replaced, by however long it is gone."""
    with Cluster(3) as cluster:
        cluster.found("--dead-after", "never", "--stable-after", "100ms")
        spare = cluster.new().start("--join", cluster.nodes[0].peer)
        problems.check(until(lambda: spare.standing() == "learner"), "no learner")
        victim = next(n for n in cluster.nodes[:3] if n is not cluster.leader())
        victim.kill()
        time.sleep(4)
        problems.check(spare.standing() == "learner", "somebody was replaced")
        victim.start()
        problems.check(until(lambda: victim.standing() == "voter"), "it is a voter no more")


def leases(problems):
    """The lease is the founders' setting, and a bound on clocks each node's own."""
    with Cluster(3) as cluster:
        problems.check(cluster.found("--lease", "700ms", "--clock-drift", "500"), "no cluster")
        spare = cluster.new().start("--join", cluster.nodes[0].peer, "--lease", "1s")
        problems.check(until(lambda: spare.standing() == "learner"), "no learner")
        problems.check("--lease is of no effect" in spare.said(), "it keeps a lease of its own")
        nodes = (spare.status() or {}).get("nodes", [])
        problems.check([node["cluster"]["lease_us"] for node in nodes] == [700000] * 4,
                       f"another lease: {nodes}")
        problems.check(sorted(node["drift_ppm"] for node in nodes) == [500] * 3 + [10000],
                       f"another drift: {nodes}")
        problems.check(cluster.works(), "nothing works with leases")
        cluster.leader().kill()
        problems.check(cluster.works(), "no other leader comes")


def main():
    problems = Problems()
    run_checks((grow, joins_at_once, no_two_at_once, follows_nobody, finds_and_names,
                replaced_under_load, never_is_never, leases), problems)
    finish(problems)


if __name__ == "__main__":
    main()

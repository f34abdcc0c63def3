"""Goal: a cluster of several nodes answers as Doozer's did, field by field.

Method: the cases of tests/data/doozer/wire.jsonl with two and three nodes, each against real nodes.
Doozer skips revisions, so those need only be equal where the recorded ones are, and in the same
order. EXCEPT says which steps are answered otherwise, and why.
"""

import json
import re
import signal
import time

from _cluster import Cluster, Problems, finish, until
from _decree import DATA, REQUEST, VERBS, Connection, encode
from doozer_wire import as_bytes

LEARNERS_WRITE = "a node without a vote passes writes on, and is READONLY only when it was removed"
OWN_FILES = "what a node shows of itself below /ctl/node is its own"
EXCEPT = {
    **{("m-slave-reads-and-readonly", step): LEARNERS_WRITE for step in (11, 12, 13)},
    **{("m-slave-reads-and-readonly", step): OWN_FILES for step in (5, 6, 7, 8)},
    ("m-activation", 4): OWN_FILES,
    ("m-activation", 5): OWN_FILES,
}
# Of a cluster without a quorum only local reads are answered, which are Doozer's only ones.
FLAGS = {"m-quorum-lost": ("--local-reads",)}
QUIET = 0.3  # Seconds without an answer, where none was recorded.


def load():
    """Those in which Doozer was right. (One more has a node that shows itself in another cluster's
    name service, which is not to be had here.)"""
    cases = {}
    for line in (DATA / "wire.jsonl").read_text(encoding="utf-8").splitlines():
        step = json.loads(line)
        cases.setdefault(step["case"], []).append(step)
    return {name: steps for name, steps in cases.items()
            if steps[0]["topology"].startswith(("two nodes", "three members"))
            and steps[0]["judgement"] == "contract"}


class Replay:
    def __init__(self, name, steps, cluster):
        self.name, self.steps, self.cluster = name, steps, cluster
        self.ids = {theirs.encode(): ours.id().encode()
                    for theirs, ours in zip(steps[0]["node_ids"], cluster.nodes)}
        base = max(node.call("REV")["rev"] for node in cluster.nodes)
        self.revisions = {steps[0]["base_rev"]: base}  # Recorded: ours.
        self.connections = {}
        self.problems = []

    def ours(self, value):
        for theirs, here in self.ids.items():
            value = value.replace(theirs, here)
        return value

    def connection(self, name):
        if name not in self.connections:
            self.connections[name] = Connection(self.cluster.nodes[int(name[0]) - 1].port)
        return self.connections[name]

    def fits(self, recorded, got):
        if recorded <= 0:
            return got == recorded
        if recorded < self.steps[0]["base_rev"]:
            return 0 < got <= self.revisions[self.steps[0]["base_rev"]]
        known = self.revisions | {recorded: self.revisions.get(recorded, got)}
        self.revisions = known
        return known[recorded] == got and all(
            (a < recorded) == (b < got) for a, b in known.items() if a != recorded)

    def compare(self, expected, got):
        if got is None or expected.keys() != got.keys():
            return f"{got}, not {expected}"
        for field, want in expected.items():
            want = self.ours(want) if isinstance(want, bytes) else want
            if not (self.fits(want, got[field]) if field == "rev" else got[field] == want):
                return f"{field}: {got[field]}, not {want}"
        return None

    def act(self, action):
        killed = re.match(r"node (\d) killed", action)
        if killed:
            self.cluster.nodes[int(killed[1]) - 1].process.send_signal(signal.SIGKILL)
            self.cluster.nodes[int(killed[1]) - 1].process.wait()
        elif action.startswith("wait"):
            # For a slot to be filled, and its node to vote.
            until(lambda: self.cluster.nodes[1].standing() == "voter")

    def ask(self, step):
        for request in step["requests"]:
            words = {k: as_bytes(v) for k, v in request.items() if k in REQUEST.values()}
            words["verb"] = VERBS[request["verb_name"]]
            if "path" in words:
                words["path"] = self.ours(words["path"])
            if words.get("rev", 0) in self.revisions:
                words["rev"] = self.revisions[words["rev"]]
            self.connection(step["conn"]).send(encode(**words))

    def run(self):
        for step in self.steps:
            if step.get("action"):
                self.act(step["action"])
                continue
            self.ask(step)
            for answer in step["responses"]:
                got = self.connection(answer["conn"]).answer()
                wrong = self.compare({k: as_bytes(v) for k, v in answer.items()
                                      if k not in ("conn", "err_name")}, got)
                if wrong and (self.name, step["step"]) not in EXCEPT:
                    self.problems.append(f"{self.name}/{step['step']}: {wrong}")
            connection = self.connection(step["conn"])
            if not step["responses"] and connection.receive(QUIET):
                self.problems.append(f"{self.name}/{step['step']}: an answer that was not recorded")
        return self.problems


def begin(cluster, steps, flags):
    """Two nodes of which the second has no vote; or three voters."""
    if len(cluster.nodes) == 3:
        if not cluster.found(*flags):
            return False
        slots = {node["node"]: node["slot"] for node in cluster.nodes[0].status()["nodes"]}
        cluster.nodes.sort(key=lambda node: slots[node.id()])
        return until(lambda: all(node.standing() == "voter" for node in cluster.nodes))
    one, two = cluster.nodes
    one.start("--stable-after", "100ms", *flags)
    cluster.works([one])
    two.start("--join", one.peer, *flags)
    return until(lambda: two.standing() == "learner")


def main():
    problems = Problems()
    cases = load()
    for name, steps in cases.items():
        began = time.monotonic()
        with Cluster(len(steps[0]["node_ids"])) as cluster:
            if problems.check(begin(cluster, steps, FLAGS.get(name, ())), f"{name}: no cluster"):
                problems += Replay(name, steps, cluster).run()
        print(f"{name}: {time.monotonic() - began:.1f} s")
    problems.check(len(cases) >= 6, f"only {len(cases)} cases")
    finish(problems)


if __name__ == "__main__":
    main()

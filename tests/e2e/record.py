"""Goal: `decree serve --record` keeps a trace of a real node that replays bit for bit: of a node
that ends, of one that is killed, and of one that starts again; recordings of three nodes make one
run, which is told and drawn like a simulated one. What goes wrong with a recording stops no node.

Method: three nodes that record themselves, of which one is killed and the others end; then
decree-trace does with the files what it does. Then a node whose recording has no room.
"""

import json
import os
import signal
import subprocess
import tempfile
from pathlib import Path

from _cluster import Cluster, Node, Problems, finish, run_checks, until
from _decree import DECREE, PATIENCE

TRACE = Path(DECREE).with_name("decree-trace")


def trace(*words):
    return subprocess.run([TRACE, *words], capture_output=True, text=True, check=False,
                          timeout=4 * PATIENCE)


def recording(node):
    return node.data + ".trace"


def replays(problems, path, whole=True):
    done = trace("check", path, "--json")
    if not problems.check(done.returncode == 0, f"{path} does not replay: {done.stderr}"):
        return {}
    report = json.loads(done.stdout)
    problems.check(report["replays"] and report["steps"] > 0 and report["whole"] == whole,
                   f"{path}: {report}")
    problems.check(("has no end" in done.stderr) != whole, f"{path}: {done.stderr}")
    return report


def three_nodes(problems):
    with Cluster(3) as cluster:
        founders = cluster.addresses()
        for node in cluster.nodes:
            node.start("--peers", founders, "--record", recording(node))
        if not problems.check(cluster.works(), "no cluster: " + cluster.logs()):
            return
        leader = cluster.leader()
        for i in range(20):
            problems.check(leader.run("set", f"/k{i}", "-1", f"v{i}").returncode == 0, "no write")
        killed = next(node for node in cluster.nodes if node is not leader)
        until(lambda: b"/k19" in Path(recording(killed)).read_bytes())
        killed.kill()
        problems.check(leader.run("set", "/after", "-1", "x").returncode == 0, "no write")
        files = [recording(node) for node in cluster.nodes]
        mode = os.stat(files[0]).st_mode & 0o777
        problems.check(mode == 0o600, f"others can read what clients wrote: {mode:o}")
        killed.start()
        problems.check(cluster.works(), "the killed one does not come back: " + cluster.logs())
        problems.check([node.stop() for node in cluster.nodes] == [0, 0, 0], "a status is not 0")
        replays(problems, recording(killed) + ".1", whole=False)
        for file in files:
            replays(problems, file)
        tell_joined(problems, cluster.folder.name, [*files, recording(killed) + ".1"])


def tell_joined(problems, folder, files):
    whole = os.path.join(folder, "all.trace")
    done = trace("join", *files, "-o", whole)
    if not problems.check(done.returncode == 0, f"join: {done.stderr}"):
        return
    replays(problems, whole)
    text = trace("text", whole).stdout
    for words in ("draws up the founding record", "leads in ballot", "set /k7 = v7", "crashes",
                  "starts, incarnation 2", "(sent at #"):
        problems.check(words in text, f"the account of all does not say '{words}': {text[:2000]}")
    told = text.count("(sent at #")
    problems.check(told > 5 * text.count("(which nobody here sent)"), "messages have no sending")
    why = trace("explain", whole)
    problems.check(why.returncode == 0 and "#" in why.stdout, f"explain: {why.stderr}")
    picture = trace("dot", whole, "--to", "500ms")
    problems.check(picture.returncode == 0 and "digraph" in picture.stdout,
                   f"no picture: {picture.stderr}")
    one = text.split(" UTC on ")[1][:5]
    lines = trace("text", whole, "--nodes", one).stdout.splitlines()
    told = [line for line in lines if line.startswith("#")]
    problems.check(told and all(line.split(" ms ")[1].startswith(one) for line in told),
                   f"--nodes {one}: {told[:3]}")


def no_room(problems):
    """A file system of one mebibyte; the node has another one."""
    with tempfile.TemporaryDirectory(prefix="decree-e2e-") as folder:
        small = os.path.join(folder, "small")
        os.mkdir(small)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small],
                          capture_output=True, check=False).returncode != 0:
            print("skipped in part: no file systems can be made here")
            return
        node = Node(folder, "n1", "--record", os.path.join(small, "trace"))
        try:
            node.start()
            until(lambda: node.call("REV"))
            value = b"x" * 200_000
            for i in range(10):
                answer = node.call("SET", path=f"/big{i}", rev=-1, value=value) or {}
                problems.check(answer.get("rev"), f"write {i} is not done: {node.said()}")
            problems.check(node.says("the recording ends here"), "it is not said: " + node.said())
            problems.check(node.call("SET", path="/last", rev=-1, value=b"x"), "the node stopped")
            problems.check(node.stop() == 0, "a status is not 0")
            replays(problems, os.path.join(small, "trace"), whole=False)
        finally:
            node.kill()
            subprocess.run(["umount", small], check=False)


def goes_on(problems):
    """Over starts in the same process, on a disk with more than what may wait for the file; and a
    second process on the same folder takes nothing away."""
    with Cluster(1) as cluster:
        node = cluster.nodes[0]
        node.start("--scrub-every", "50ms", "--limit", "watches=64")
        if not problems.check(cluster.works(), "no node"):
            return
        for i in range(78):
            node.call("SET", path=f"/big{i}", rev=-1, value=b"x" * 900_000)
        node.stop()
        node.start("--scrub-every", "50ms", "--record", recording(node))
        problems.check(cluster.works(), "it does not start again")
        second = Node(cluster.folder.name, "n1")
        second.log = Path(cluster.folder.name, "second.log")
        second.start("--record", recording(node))
        problems.check(second.process.wait(PATIENCE) == 2, "two processes on one folder")
        problems.check(not os.path.exists(recording(node) + ".1"), "the second takes the file away")
        segment = min(Path(node.data, "journal").iterdir())
        with open(segment, "r+b") as file:
            file.seek(os.path.getsize(segment) // 3)
            file.write(b"rotten")
        problems.check(node.says("start number 3"), "the damage is not found: " + node.said())
        until(lambda: node.call("REV"), 5)
        node.process.terminate()
        node.process.wait(PATIENCE)
        problems.check("the recording ends here" not in node.said(), node.said())
        report = replays(problems, recording(node))
        starts = [line for line in trace("text", recording(node)).stdout.splitlines()
                  if " starts, incarnation" in line]
        problems.check(len(starts) > 1, f"the second start is not recorded: {starts} {report}")
        live = trace("history", recording(node))
        problems.check(live.returncode == 2 and "real nodes" in live.stderr, f"history: {live}")


def refused(problems):
    with tempfile.TemporaryDirectory(prefix="decree-e2e-") as folder:
        kept = os.path.join(folder, "kept")
        Path(kept).write_text("something else", encoding="ascii")
        for path, says in (("/dev/null", "it is no file"), (kept, "it is no recording"),
                           (os.path.join(folder, "no", "trace"), "make the folder first")):
            node = Node(folder, "n1").start("--record", path)
            problems.check(node.process.wait(PATIENCE) == 2 and says in node.said(),
                           f"--record {path}: {node.said()}")


def louder(problems):
    """SIGUSR1 makes a running node say its rules, and a second one makes it quiet again."""
    with Cluster(1) as cluster:
        node = cluster.nodes[0]
        node.start()
        problems.check(cluster.works(), "no node")

        def says_rules():
            before = node.said().count("debug:")
            node.run("set", "/x", "-1", "y")
            return node.said().count("debug:") > before

        problems.check(not until(says_rules, 0.5), "it says rules unasked")
        node.process.send_signal(signal.SIGUSR1)
        problems.check(until(says_rules), "it says no rules: " + node.said())
        node.process.send_signal(signal.SIGUSR1)
        problems.check(until(lambda: not says_rules()), "it does not become quiet")
        problems.check(node.stop() == 0, "a status is not 0")


def main():
    problems = Problems()
    run_checks([three_nodes, goes_on, no_room, refused, louder], problems)
    finish(problems)


if __name__ == "__main__":
    main()

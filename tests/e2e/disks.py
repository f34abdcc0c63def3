"""Goal: a disk that cannot be written, and one that is damaged, are told; damage is repaired from
the others, and nothing that was acknowledged is lost.

Method: one of three real nodes gets bytes of its journal changed, and pages of it cut out, while it
is down, or while it runs; `decree check-data` says so, the start says so, and the node votes again
with all there is. One loses all its files while it runs, or its folder; of one the journal's end is
cut off. A file system that is mounted read-only (needs root, else that is left out).
"""

import json
import os
import random
import subprocess
import tempfile
from pathlib import Path

from _cluster import Cluster, Node, Problems, finish, run_checks, until
from _decree import DECREE, PATIENCE

CHANCE = random.Random(3)
WRITES = 120


def check_data(folder, *flags):
    return subprocess.run([DECREE, "check-data", folder, *flags], capture_output=True, text=True,
                          check=False, timeout=PATIENCE)


def contents(folder):
    return {path: path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file()}


def checked(folder, problems, status, what):
    """The report as JSON; the folder is as before."""
    before = contents(folder)
    done = check_data(folder, "--json")
    problems.check(done.returncode == status, f"{what}: check-data ends with {done.returncode}: "
                   f"{done.stdout}{done.stderr}")
    problems.check(check_data(folder).returncode == status, f"{what}: the text ends otherwise")
    problems.check(contents(folder) == before, f"{what}: check-data changed the folder")
    return json.loads(done.stdout) if done.stdout else {}


def journal(node):
    """Its longest segment."""
    return max(Path(node.data, "journal").iterdir(),
               key=lambda path: len(path.read_bytes().rstrip(b"\0")))


def rot(node):
    """Changes bytes in the middle of what is written."""
    path = journal(node)
    data = bytearray(path.read_bytes())
    end = len(bytes(data).rstrip(b"\0"))
    for at in range(end // 3, end // 3 + 64):
        data[at] ^= 0x55
    path.write_bytes(data)


def blank(node):
    """A part that was written is not there, as after a lost write."""
    path = journal(node)
    data = bytearray(path.read_bytes())
    end = len(bytes(data).rstrip(b"\0"))
    data[end // 2:end // 2 + 512] = bytes(512)
    path.write_bytes(data)


def write(node, first, problems):
    kept = {}
    for number in range(first, first + WRITES):
        path = f"/kept/{number}"
        answer = node.call("SET", path=path, value=path, rev=0) or {}
        if problems.check("rev" in answer, f"a write fails: {answer}"):
            kept[path] = answer["rev"]
    return kept


def damaged(problems):
    with Cluster(3) as cluster:
        problems.check(cluster.found(), "no cluster")
        kept = {}
        for turn, damage in enumerate((rot, blank)):
            kept |= write(cluster.nodes[turn], turn * 1000, problems)
            node = cluster.nodes[CHANCE.randrange(3)]
            refused = check_data(node.data)
            problems.check(refused.returncode == 2 and "a process has it open" in refused.stderr,
                           f"a folder in use is checked: {refused.stderr}")
            node.kill()
            whole = checked(node.data, problems, 0, "whole")
            problems.check(whole.get("member") and whole.get("cluster") == "local", f"{whole}")
            damage(node)
            report = checked(node.data, problems, 1, damage.__name__)
            problems.check(report.get("damage") and not report.get("unusable"), f"{report}")
            node.start()
            problems.check(node.says("DAMAGED"), "the start says nothing: " + node.said())
            problems.check(cluster.works(), "the cluster does not go on")
            problems.check(until(lambda n=node: sound(n)), "it stays in doubt: " + cluster.logs())
            lost = [path for path, rev in kept.items()
                    if (node.call("GET", path=path) or {}).get("rev") != rev]
            problems.check(not lost, f"{damage.__name__}: {len(lost)} writes are lost")
            kept |= write(node, turn * 1000 + 500, problems)


def rotted_while_up(problems):
    """A look at the files of a node that runs finds what went bad: it starts again by itself."""
    with Cluster(3) as cluster:
        problems.check(cluster.found("--scrub-every", "100ms"), "no cluster")
        kept = write(cluster.nodes[0], 0, problems)
        node = cluster.leader()
        rot(node)
        problems.check(node.says("starts again") and
                       until(lambda: node.said().count("recovered for its start") == 1),
                       "what went bad is not found: " + node.said())
        problems.check("DAMAGED" in node.said(), "the damage is not told: " + node.said())
        problems.check(cluster.works(), "the cluster does not go on")
        problems.check(until(lambda: sound(node)), "it stays in doubt: " + cluster.logs())
        lost = [path for path, rev in kept.items()
                if (node.call("GET", path=path) or {}).get("rev") != rev]
        problems.check(not lost, f"{len(lost)} writes are lost")
        problems.check(node.running() and node.said().count("starts again") == 1,
                       "it starts again more than once: " + node.said())
        problems.check(node.stop() == 0, "it does not end well")


def lost_while_up(problems):
    """Files that are deleted beside a node that runs are missed. Where the whole journal is gone it
    does not come back on nothing; the others have what it acknowledged."""
    with Cluster(3) as cluster:
        problems.check(cluster.found("--scrub-every", "100ms"), "no cluster")
        kept = write(cluster.nodes[0], 0, problems)
        node = cluster.leader()
        lost = sorted(Path(node.data, "journal").iterdir())
        for path in lost:
            path.unlink()
        problems.check(node.says(f"DAMAGED: {lost[0]}: the file is missing"),
                       "nobody misses it: " + node.said())
        problems.check(until(lambda: not node.running()) and node.process.returncode == 2 and
                       "the end of its journal, is missing" in node.said(),
                       "it goes on: " + node.said())
        rest = [other for other in cluster.nodes if other is not node]
        problems.check(cluster.works(rest), "the others do not go on: " + cluster.logs())
        gone = [path for path, rev in kept.items()
                if (rest[0].call("GET", path=path) or {}).get("rev") != rev]
        problems.check(not gone, f"{len(gone)} writes are lost")


def gone_while_up(problems):
    """A node whose folder is taken away ends. It does not begin anew on an empty one, as another
    node: alone, it would be another cluster that never heard of what this one acknowledged."""
    with tempfile.TemporaryDirectory(prefix="decree-e2e-") as folder:
        for name, lost in (("whole", ""), ("shown", "shown"), ("node", "node")):
            node = Node(folder, name, "--scrub-every", "100ms").start()
            problems.check(until(lambda: (node.call("SET", path="/a", value="v", rev=0) or {})
                                 .get("rev")), "no node: " + node.said())
            if lost:
                Path(node.data, lost).unlink()
                rot(node)
            else:
                node.wipe()
            problems.check(until(lambda: not node.running()) and node.process.returncode == 1 and
                           "is gone" in node.said().splitlines()[-1], f"{name}: {node.said()}")
            problems.check(lost or not Path(node.data).exists(), "it made a new folder")
            node.kill()


def cut_off(problems):
    """A journal without its end is told from a shorter one, and nobody starts on it. Put back, it
    has everything."""
    with tempfile.TemporaryDirectory(prefix="decree-e2e-") as folder:
        node = Node(folder, "n").start()
        problems.check(until(lambda: node.call("REV")), "no node: " + node.said())
        kept = write(node, 0, problems)
        node.stop()
        newest = max(Path(node.data, "journal").iterdir())
        whole = newest.read_bytes()
        for size in (300, 1300, len(whole) - 1, None):
            if size is None:
                newest.unlink()
            else:
                newest.write_bytes(whole[:size])
            report = checked(node.data, problems, 1, f"cut off at {size}")
            problems.check("the end of its journal" in report.get("unusable", ""), f"{report}")
            node.start()
            problems.check(node.process.wait(PATIENCE) == 2 and
                           "the end of its journal" in node.said().splitlines()[-1],
                           f"it starts on a journal that was cut off at {size}: {node.said()}")
        newest.write_bytes(whole)
        node.start()
        problems.check(until(lambda: node.call("REV")), "it does not start: " + node.said())
        lost = [path for path, rev in kept.items()
                if (node.call("GET", path=path) or {}).get("rev") != rev]
        problems.check(not lost, f"{len(lost)} writes are lost")
        # Two processes never have one folder, whatever somebody removes.
        Path(node.data, "lock").unlink()
        second = Node(folder, "second")
        second.data = node.data
        second.start()
        problems.check(second.process.wait(PATIENCE) == 2 and
                       "another process has it open" in second.said(), "two have a folder")
        problems.check(check_data(node.data).returncode == 2, "it is looked into meanwhile")
        node.kill()


def sound(node):
    for seen in (node.status() or {}).get("nodes", []):
        if seen["node"] == node.id():
            return seen.get("standing") == "voter" and not seen["log"]["in_doubt"]
    return False


def unreadable(problems):
    with tempfile.TemporaryDirectory(prefix="decree-e2e-") as folder:
        for name in ("nothing", "."):
            done = check_data(os.path.join(folder, name))
            problems.check(done.returncode == 2 and len(done.stderr.splitlines()) == 1,
                           f"check-data of {name}: {done.returncode} {done.stderr}")
        node = Node(folder, "n").start()
        problems.check(until(lambda: node.call("REV")), "no node")
        node.stop()
        for path in Path(node.data, "journal").iterdir():
            path.write_bytes(b"garbage" * 1000)
        report = checked(node.data, problems, 1, "garbage")
        problems.check(report.get("unusable"), f"garbage is usable: {report}")
        node.start()
        problems.check(node.process.wait(PATIENCE) == 2, "it starts on garbage")
        problems.check("start with an empty one as a new node" in node.said(), node.said())


def read_only(problems):
    with tempfile.TemporaryDirectory(prefix="decree-e2e-") as folder:
        small = Path(folder, "small")
        small.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "none", small]
        if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            print("cannot mount a file system here: left out")
            return
        try:
            node = Node(str(small), "n").start()
            problems.check(until(lambda: (node.call("SET", path="/a", value="v", rev=-1) or {})
                                 .get("rev")), "no node: " + node.said())
            node.stop()
            subprocess.run(["mount", "-o", "remount,ro", small], check=True)
            node.log = Path(folder, "log")
            node.start()
            problems.check(node.process.wait(PATIENCE) == 2, "it starts on a read-only disk")
            problems.check("Read-only file system" in node.said() and
                           len(node.said().splitlines()) == 1, "not told: " + node.said())
            checked(node.data, problems, 0, "read-only")
            subprocess.run(["mount", "-o", "remount,rw", small], check=True)
            node.start()
            problems.check(until(lambda: (node.call("GET", path="/a") or {}).get("value") == b"v"),
                           "what was written is not there")
            node.kill()
        finally:
            subprocess.run(["umount", "-l", small], check=True)


def main():
    problems = Problems()
    run_checks((damaged, rotted_while_up, lost_while_up, gone_while_up, cut_off, unreadable,
                read_only), problems)
    finish(problems)


if __name__ == "__main__":
    main()

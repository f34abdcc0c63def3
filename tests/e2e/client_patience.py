"""Goal: a node that hangs is no reason to fail while others work, and whoever waits in vain is told
what is missing before his time is over.

Method: three real nodes. A revision to come is read by way of all of them. Then one stands still
(SIGSTOP): it takes connections all the same. The client is given all addresses, that one first, and
too little time to wait for it in vain, by each verb again and again, since it begins anywhere. Then
one node is alone, and is asked with less time than `--request-timeout`.
"""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time

from _cluster import CLEAN, Cluster, Problems, finish, run_checks, until
from _decree import DECREE, PATIENCE

TRIES = 3


def client(nodes, *words):
    uri = "doozer:?" + "&".join("ca=" + node.client for node in nodes)
    return subprocess.run([DECREE, "-a", uri, *words], env=CLEAN, capture_output=True, text=True,
                          check=False, timeout=PATIENCE)


def hung_node(cluster, problems):
    leader = cluster.leader()
    hung = next(node for node in cluster.nodes if node is not leader)
    nodes = [hung] + [node for node in cluster.nodes if node is not hung]
    hung.process.send_signal(signal.SIGSTOP)
    for number in range(TRIES):
        for words in (["set", f"/h/{number}", "-1", "x"], ["get", f"/h/{number}"],
                      ["set", f"/g/{number}", "0", "x"], ["status"], ["members"]):
            done = client(nodes, "--timeout", "3s", *words)
            problems.check(done.returncode == 0, f"with a node that hangs, {words}: "
                           f"{done.returncode} {done.stdout} {done.stderr}")
    done = client(nodes, "--timeout", "4s", "members", "remove", hung.id())
    problems.check(done.returncode == 0, f"a node that hangs is not removed: {done.stderr}")
    hung.process.send_signal(signal.SIGCONT)
    problems.check(hung.says("this node was removed"), "it does not learn that it was removed")
    done = client([hung, *nodes[1:]], "members", "add", hung.id())
    problems.check(done.returncode == 0, f"a removed node holds up members: {done.stderr}")


def revision_to_come(cluster, problems):
    """Whoever waits for it has all his time, however many nodes he may ask."""
    # Nodes that were just founded write a little of their own.
    revision = cluster.nodes[0].call("REV")["rev"] + 50
    write = threading.Timer(4, lambda: [cluster.nodes[0].call("NOP") for _ in range(50)])
    write.start()
    done = client(cluster.nodes, "--timeout", "8s", "get", "/ctl/name", "-r", str(revision))
    problems.check((done.returncode, done.stdout) == (0, "local"), f"a revision to come: {done}")
    write.join()
    began = time.monotonic()
    done = client(cluster.nodes, "--timeout", "2s", "get", "/h/0", "-r", str(revision + 1000))
    took = time.monotonic() - began
    problems.check(re.fullmatch(r"Error: OTHER: not reached: for 1\d+ ms .*\n", done.stderr) and
                   done.returncode == 2 and took > 1.5,
                   f"a revision that does not come: {took} s, {done}")


def is_connected(process, port):
    """Whether a process has a connection to a port of this machine."""
    folder = f"/proc/{process.pid}/fd"
    own = set()
    for file in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):  # Closed meanwhile.
            own.add(os.readlink(os.path.join(folder, file)))
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table][1:]
    return any(int(row[2].split(":")[1], 16) == port and f"socket:[{row[9]}]" in own
               for row in rows)


def watch_leaves(cluster, problems):
    """A watch on a node that begins to hang goes on at another one, and misses nothing."""
    hung, other = cluster.nodes[0], cluster.nodes[1]
    uri = "doozer:?" + "&".join("ca=" + node.client for node in cluster.nodes)
    for _ in range(50):  # It begins anywhere.
        watch = subprocess.Popen([DECREE, "-a", uri, "--timeout", "4s", "watch", "/w/*"], env=CLEAN,
                                 stdout=subprocess.PIPE, text=True)
        there = until(lambda: any(is_connected(watch, node.port) for node in cluster.nodes))
        if there and is_connected(watch, hung.port):
            break
        watch.kill()
        watch.wait()
    other.run("set", "/w/seen", "-1", "x")
    problems.check("/w/seen" in watch.stdout.readline(), "the watch does not begin")
    hung.process.send_signal(signal.SIGSTOP)
    other.run("set", "/w/meanwhile", "-1", "y")
    lines = [watch.stdout.readline() for _ in range(3)]
    problems.check(any("/w/meanwhile" in line for line in lines),
                   f"a watch ends with its node: {lines} {watch.poll()}")
    watch.terminate()
    watch.wait()
    hung.process.send_signal(signal.SIGCONT)


def one_of_three(cluster, problems):
    """It says what is missing, though it would wait longer by itself."""
    alone, *others = cluster.nodes
    revision = str(alone.call("REV")["rev"] + 1000)
    done = client([alone], "--timeout", "1s", "get", "/h/0", "-r", revision)
    problems.check(done.returncode == 2 and "not reached: for 7" in done.stderr,
                   f"a revision to come: {done}")
    for node in others:
        node.kill()
    client([alone], "--timeout", "5s", "rev")  # A leader finds that nobody follows it.
    for nodes in ([alone], cluster.nodes):
        for words in (["get", "/h/0"], ["set", "/h/0", "-1", "y"], ["set", "/n", "0", "y"]):
            done = client(nodes, "--timeout", "1500ms", *words)
            problems.check(done.returncode == 2 and "no quorum: " in done.stderr and
                           "unknown" not in done.stderr, f"{words} at one of three: {done}")
        # Long before `--timeout`.
        for words in (["wait", "/h/*"], ["lock", "/l", "--", "true"]):
            began = time.monotonic()
            done = client(nodes, "-t", "1s", *words)
            took = time.monotonic() - began
            problems.check(done.returncode == 2 and "no quorum: " in done.stderr and took < 8,
                           f"{words} with -t at one of three: {took} s, {done}")
    problems.check(client([alone], "get", "/h/0", "--local").stdout == "x", "no local read")


def main():
    problems = Problems()
    with Cluster(3) as cluster:
        problems.check(cluster.found("--dead-after", "never"), "no cluster: " + cluster.logs())
        run_checks((revision_to_come, watch_leaves, hung_node, one_of_three), cluster, problems)
    finish(problems)


if __name__ == "__main__":
    main()

"""Goal: nodes that do not belong together are told so, on both sides, in one line that says why;
and none of them disturbs a cluster that works.

Method: real nodes beside a cluster of one: with another secret, another cluster's name, of another
cluster of the same name, on a copy of a node's folder, on an old copy; and a stranger that speaks
another version, once dialling and once dialled.
"""

import shutil
import socket
import struct
import threading
import time

from _cluster import Cluster, Problems, finish, run_checks, until

SECRET = ["--peer-secret", "s"]


def both_say(problems, what, one, one_says, other, other_says):
    problems.check(one.says(one_says), f"{what}: the cluster does not say so: {one.said()}")
    problems.check(other.says(other_says), f"{what}: the stranger is not told: {other.said()}")


def strangers(cluster, problems):
    member = cluster.nodes[0].start(*SECRET)
    problems.check(cluster.works([member]), "no cluster")
    for what, flags, here, there in (
            ("secret", ["--peer-secret", "t"], "the peers' secrets differ",
             "the peers' secrets differ"),
            ("name", [*SECRET, "--name", "other"], "it belongs to the cluster 'other'",
             "it belongs to the cluster 'local', this one to 'other'")):
        stranger = cluster.new().start("--join", member.peer, *flags)
        both_say(problems, what, member, here, stranger, there)
        stranger.kill()
    stranger = cluster.new().start(*SECRET)
    problems.check(cluster.works([stranger]), "no second cluster")
    stranger.kill()
    stranger.start("--join", member.peer, *SECRET)
    both_say(problems, "cluster", member, "another cluster that is called 'local', too", stranger,
             "another cluster that is called 'local', too")
    lines = [line for line in member.said().splitlines() if "was refused" in line]
    time.sleep(3)  # It tries again.
    again = [line for line in member.said().splitlines() if "was refused" in line]
    problems.check(len(lines) == len(again), "a refusal is said again and again")
    stranger.kill()


def copies(cluster, problems):
    """An old copy of a folder, while nobody runs on the folder itself."""
    member = cluster.nodes[0]
    node = cluster.new().start("--join", member.peer, *SECRET)
    problems.check(until(lambda: node.standing() == "learner"), "nobody joins: " + node.said())
    node.stop()
    old = cluster.new()
    shutil.copytree(node.data, old.data)
    node.start()
    problems.check(until(lambda: node.standing() == "learner"), "it does not come back")
    node.stop()
    node.start()
    problems.check(until(lambda: (node.call("REV") or {}).get("rev")), "it says nothing to others")
    node.kill()
    old.start("--join", member.peer, *SECRET)
    both_say(problems, "an old copy", member, "comes back with less than it has shown", old,
             "comes back with less than it has shown")
    old.kill()
    node.start()
    problems.check(until(lambda: node.standing() == "learner"), "it is refused for its old copy")
    node.kill()
    problems.check(until(lambda: cluster.works([member])), "copies disturb the cluster")


def frame(body):
    return struct.pack(">I", len(body)) + body


def read_frame(connection):
    held = b""
    while len(held) < 4 or len(held) < 4 + struct.unpack(">I", held[:4])[0]:
        data = connection.recv(65536)
        if not data:
            return None
        held += data
    return held[4:4 + struct.unpack(">I", held[:4])[0]]


def other_version(greeting):
    """The version is the byte behind the program's name."""
    at = greeting.index(b"decree peer") + len(b"decree peer")
    return greeting[:at] + bytes([greeting[at] + 40]) + greeting[at + 1:]


def versions(cluster, problems):
    member = cluster.nodes[0]
    with socket.create_connection(("127.0.0.1", member.peer_port), 10) as dials:
        greeting = read_frame(dials)
        dials.sendall(frame(other_version(greeting) + b"\x00"))
        verdict = read_frame(dials)
        problems.check(verdict and b"it speaks version" in verdict, f"no verdict: {verdict}")
    problems.check(member.says("it speaks version"), "a version is refused without a word")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def greet():
            connection, _ = listener.accept()
            connection.sendall(frame(other_version(greeting)))
            connection.recv(65536)
            connection.close()
        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        node = cluster.new().start("--join", f"127.0.0.1:{listener.getsockname()[1]}", *SECRET)
        problems.check(node.says("it speaks version"), "a dialled stranger is believed: "
                       + node.said())
        node.kill()
    with socket.create_connection(("127.0.0.1", member.peer_port), 10) as garbage:
        garbage.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
        try:
            while garbage.recv(65536):
                pass
        except OSError:
            pass
    problems.check(cluster.works([member]), "a stranger disturbs the cluster")


def main():
    problems = Problems()
    with Cluster(1) as cluster:
        run_checks((strangers, copies, versions), cluster, problems)
        if problems:
            print(cluster.logs())
    finish(problems)


if __name__ == "__main__":
    main()

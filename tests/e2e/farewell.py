"""Goal: a node that is told to end does not leave its clients in doubt.

Method: clients keep several writes under way at one of three real nodes, until they are refused or
see the end; some insist. Each node in turn is told to end (SIGTERM), and once one with a slow disk,
to which others bring work all the time: what it was sent it executes or refuses, in words from
which a client can tell that another node may do it; then each connection ends in order, and not as
if it were broken. Then one of three nodes is alone: who waits there is told, before it ends, that
this was in vain.
"""

import os
import shutil
import signal
import socket
import struct
import subprocess
import threading

from _cluster import Cluster, Problems, finish, run_checks, until
from _decree import DECREE, PATIENCE, VERBS, Connection, decode, encode
from _syncs import SlowSyncs

UNDER_WAY = 4
SURE = b"no quorum: "


class Talker(threading.Thread):
    """Keeps writes under way until it is refused, or the end; then waits for that."""

    def __init__(self, node, number):
        super().__init__()
        self.insists = number % 2 == 1  # Asks again when it is refused.
        self.path = f"/talk/{number}"
        self.socket = socket.create_connection(("127.0.0.1", node.port), PATIENCE)
        self.sent = 0
        self.answers = []
        self.end = None

    def ask(self):
        self.sent += 1
        self.socket.sendall(encode(tag=self.sent, verb=VERBS["SET"], path=self.path, rev=-1,
                                   value=str(self.sent)))

    def refusals(self):
        return [answer for answer in self.answers if "rev" not in answer]

    def run(self):
        held = b""
        try:
            for _ in range(UNDER_WAY):
                self.ask()
            while data := self.socket.recv(1 << 16):
                held += data
                while len(held) >= 4:
                    size = 4 + struct.unpack(">I", held[:4])[0]
                    if len(held) < size:
                        break
                    self.answers.append(decode(held[4:size]))
                    held = held[size:]
                    if self.insists or not self.refusals():
                        self.ask()
            self.end = "in order"
        except OSError as error:
            self.end = str(error)
        self.socket.close()


def end_one(node, problems, what):
    """How many requests were refused, and how many of those who took that for an answer are without
    one."""
    talkers = [Talker(node, number) for number in range(8)]
    for talker in talkers:
        talker.start()
    until(lambda: all(len(talker.answers) > 20 for talker in talkers))
    problems.check(node.stop() == 0, f"{what}: SIGTERM ends it with another status than 0")
    for talker in talkers:
        talker.join()
        problems.check(talker.end == "in order", f"{what}: a connection ends: {talker.end}")
        for refusal in talker.refusals():
            problems.check(refusal.get("err_detail", b"").startswith(SURE), f"{what}: {refusal}")
    return (sum(len(talker.refusals()) for talker in talkers),
            sum(talker.sent - len(talker.answers) for talker in talkers if not talker.insists))


def told_to_end(cluster, problems):
    told = unanswered = 0
    for node in cluster.nodes:
        refused, lost = end_one(node, problems, "a node")
        told, unanswered = told + refused, unanswered + lost
        node.start()
        problems.check(cluster.works([node]), f"no node: {node.said()}")
    problems.check(told > 0, "nobody is told to ask another node")
    print(f"told to end: {told} requests refused, {unanswered} without an answer")


def slow_disk(cluster, problems):
    """Others send it more to write all the time, so that its disk is never at rest."""
    if not shutil.which("strace"):
        print("slow disk: left out, no strace")
        return
    leader = cluster.leader()
    node = next(node for node in cluster.nodes if node is not leader)
    others = "&".join(f"ca={other.client}" for other in cluster.nodes if other is not node)
    with SlowSyncs(node, 10_000, "1+1") as slow:
        if not slow.works:
            print("slow disk: left out, strace may not trace here")
            return
        load = subprocess.Popen([DECREE, "-a", f"doozer:?{others}", "bench", "--writes", "--time",
                                 "60s", "--connections", "32"], stdout=subprocess.DEVNULL)
        end_one(node, problems, "a slow disk")
        load.terminate()
        load.wait()
        problems.check(slow.delayed() > 0, "no sync was slow")
    node.start()
    problems.check(cluster.works([node]), f"no node: {node.said()}")


def alone(cluster, problems):
    """Nothing was proposed, since nobody leads; and that is what the one who waits is told."""
    last = cluster.nodes[0]
    before = len(last.said())
    for node in cluster.nodes[1:]:
        node.kill()
    problems.check(until(lambda: "waiting: no leader" in last.said()[before:]),
                   "a node alone follows somebody")
    client = Connection(last.port)
    client.send(encode(tag=7, verb=VERBS["SET"], path="/alone", rev=-1, value="x"))
    client.call("SELF")
    os.kill(last.process.pid, signal.SIGTERM)
    answer = client.answer() or {}
    problems.check(answer.get("tag") == 7 and answer.get("err_detail", b"").startswith(SURE),
                   f"alone: {answer}")
    problems.check(client.answer() is None and client.ended, "the connection goes on")
    problems.check(last.process.wait(PATIENCE) == 0, f"alone: {last.process.returncode}")


def main():
    problems = Problems()
    with Cluster(3) as cluster:
        problems.check(cluster.found(), "no cluster")
        run_checks((told_to_end, slow_disk, alone), cluster, problems)
        if problems:
            print(cluster.logs())
    finish(problems)


if __name__ == "__main__":
    main()

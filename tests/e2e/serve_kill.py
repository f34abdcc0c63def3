"""Goal: a server that is killed under load loses nothing that it acknowledged, and one that is told
to end finishes what it has.

Method: several clients write one file after another, pipelined; SIGKILL comes at some instant; the
server is started again, and every write that was answered is there, with its revision and value.
The last round ends with SIGTERM; what is refused then is not there.
"""

import signal
import sys
import threading

from _decree import VERBS, Connection, Server, decode, encode

ROUNDS = 5
CLIENTS = 4
IN_FLIGHT = 16


class Writer(threading.Thread):
    """Writes until its connection ends; keeps what was acknowledged, and what was refused."""

    def __init__(self, server, name, enough):
        super().__init__()
        self.connection = Connection(server.port)
        self.name = name
        self.enough = enough
        self.acknowledged = {}
        self.refused = []
        self.odd = []

    def path(self, number):
        return f"/{self.name}/{number}"

    def answered(self):
        return len(self.acknowledged) + len(self.refused) + len(self.odd)

    def run(self):
        sent = 0
        while not self.connection.ended:
            while sent - self.answered() < IN_FLIGHT:
                path = self.path(sent)
                self.connection.send(encode(tag=sent, verb=VERBS["SET"], path=path, rev=-1,
                                            value=f"value of {path}"))
                sent += 1
            self.connection.receive(1)
            while (body := self.connection.take()) is not None:
                answer = decode(body)
                path = self.path(answer["tag"])
                if "rev" in answer:
                    self.acknowledged[path] = answer["rev"]
                elif answer.get("err_detail", b"").startswith(b"no quorum: "):
                    self.refused.append(path)
                else:
                    self.odd.append(answer)
            if len(self.acknowledged) >= 20:
                self.enough.release()
        self.connection.close()


def missing(server, acknowledged):
    """Which acknowledged writes are not there."""
    connection = Connection(server.port)
    lost = []
    for path, rev in acknowledged.items():
        answer = connection.call("GET", path=path)
        if answer is None or answer.get("rev") != rev or \
                answer.get("value") != f"value of {path}".encode():
            lost.append(f"{path} of revision {rev}: {answer}")
    connection.close()
    return lost


def executed(server, refused):
    """Which refused writes are there all the same."""
    connection = Connection(server.port)
    there = [path for path in refused if (connection.call("GET", path=path) or {}).get("value")]
    connection.close()
    return [f"refused, and executed: {path}" for path in there]


def main():
    acknowledged, refused, problems = {}, [], []
    with Server() as server:
        for turn in range(ROUNDS):
            last = turn == ROUNDS - 1
            enough = threading.Semaphore(0)
            writers = [Writer(server, f"r{turn}c{i}", enough) for i in range(CLIENTS)]
            for writer in writers:
                writer.start()
            for _ in range(1 + 7 * turn):
                enough.acquire()
            status = server.stop(signal.SIGTERM if last else signal.SIGKILL)
            if last and status != 0:
                problems.append(f"SIGTERM ended it with status {status}")
            for writer in writers:
                writer.join()
                acknowledged |= writer.acknowledged
                refused += writer.refused
                if writer.refused and not last:
                    problems.append("a write is refused before the end")
                problems += [f"an odd answer: {answer}" for answer in writer.odd]
            server.start()
            if "DAMAGED" in server.said():
                problems.append("a kill looks like damage: " + server.said())
            problems += missing(server, acknowledged) + executed(server, refused)
        server.stop()
    print("\n".join(problems[:20]))
    print(f"{len(acknowledged)} acknowledged writes, {len(refused)} refused ones, "
          f"{len(problems)} problems")
    sys.exit(1 if problems or not acknowledged else 0)


if __name__ == "__main__":
    main()

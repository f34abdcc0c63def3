#!/usr/bin/env python3
"""Goal: a real node that holds 100,000 small files stays under 100 MB, and says how much it takes.
Method: one `decree serve`; 100,000 SETs of 16 bytes, a thousand files to a directory, over four
connections with many of them in flight; then its resident memory, as the kernel tells it.
"""

import sys

from _decree import VERBS, Connection, Server, encode

FILES = 100_000
MOST_MB = 100
IN_FLIGHT = 256


def fill(port):
    connections = [Connection(port) for _ in range(4)]
    share = FILES // len(connections)
    for number, connection in enumerate(connections):
        asked = answered = 0
        while answered < share:
            batch = b""
            while asked < share and asked - answered < IN_FLIGHT:
                file = number * share + asked
                batch += encode(tag=asked, verb=VERBS["SET"], path=f"/d{file // 1000}/f{file}",
                                value="sixteen bytes...", rev=0)
                asked += 1
            if batch:
                connection.send(batch)
            answer = connection.answer()
            if answer is None or "err_code" in answer:
                sys.exit(f"file {answered} of {number}: {answer}")
            answered += 1
        connection.close()


def resident_kb(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    sys.exit("the kernel does not say how much memory a process has")


def main():
    with Server() as server:
        server.at_rest()
        before = resident_kb(server.process)
        fill(server.port)
        connection = Connection(server.port)
        found = connection.call("STAT", path=f"/d{FILES // 1000 - 1}")
        if found is None or found.get("len") != 1000:
            sys.exit(f"the last directory does not hold its thousand files: {found}")
        after = resident_kb(server.process)
    print(f"a node: {before / 1024:.0f} MB empty, {after / 1024:.0f} MB with {FILES:,} small files")
    if after >= MOST_MB * 1024:
        sys.exit(f"that is not under {MOST_MB} MB")


if __name__ == "__main__":
    main()

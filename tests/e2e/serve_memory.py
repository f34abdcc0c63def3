#!/usr/bin/env python3
"""Goal: a real node that holds 100,000 small files stays under 100 MB, and says how much it takes.
Method: one `decree serve`; 100,000 SETs of 16 bytes, a thousand files to a directory, over four
connections with many of them in flight; then its resident memory, as the kernel tells it. On a
machine so busy that this takes long, fewer files, which may take as much each.

By hand, after `make`: DECREE_BIN=build/bin DECREE_SOURCE=. python3 -B tests/e2e/serve_memory.py
"""

import sys
import time

from _decree import SKIPPED, VERBS, Connection, Server, encode, sanitized

FILES = 100_000
MOST_MB = 100
IN_FLIGHT = 256  # Of one connection.
SECONDS = 15     # So long files are written, at most.
LEAST_FILES = 1_000


def path_of(file):
    return f"/d{file // 1000}/f{file}"


def fill(port):
    """Writes file after file, over all connections in turn; how many there are then."""
    connections = [Connection(port) for _ in range(4)]
    in_flight = dict.fromkeys(connections, 0)
    asked = answered = 0
    end = time.monotonic() + SECONDS
    while answered < asked or (asked < FILES and time.monotonic() < end):
        for connection in connections:
            room = 0 if time.monotonic() > end else min(IN_FLIGHT - in_flight[connection],
                                                        FILES - asked)
            connection.send(b"".join(
                encode(tag=1, verb=VERBS["SET"], path=path_of(file), value="sixteen bytes...",
                       rev=0) for file in range(asked, asked + room)))
            asked += room
            in_flight[connection] += room
        for connection in connections:
            for _ in range(min(in_flight[connection], IN_FLIGHT // 2)):
                answer = connection.answer()
                if answer is None or "err_code" in answer:
                    sys.exit(f"after {answered} files: {answer}")
                answered += 1
                in_flight[connection] -= 1
    for connection in connections:
        connection.close()
    return answered


def resident_kb(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    sys.exit("the kernel does not say how much memory a process has")


def main():
    if sanitized():
        sys.exit(SKIPPED)
    with Server() as server:
        server.at_rest()
        before = resident_kb(server.process)
        files = fill(server.port)
        if files < LEAST_FILES:
            sys.exit(f"only {files} files were written in {SECONDS} s")
        connection = Connection(server.port)
        found = connection.call("STAT", path=f"/d{files // 1000 - 1}")
        if found is None or found.get("len") != 1000:
            sys.exit(f"the last whole directory does not hold its thousand files: {found}")
        after = resident_kb(server.process)
    print(f"a node: {before / 1024:.1f} MB empty, {after / 1024:.1f} MB with {files:,} small files")
    most = before + (MOST_MB * 1024 - before) * files / FILES
    if after >= most:
        sys.exit(f"that is not under {most / 1024:.1f} MB")


if __name__ == "__main__":
    main()

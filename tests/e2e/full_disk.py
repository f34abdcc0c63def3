"""Goal: a node that finds its disk full says so in one line, ends in order with status 1, and has
lost nothing that it acknowledged once there is room again.

Method: a node on a small file system in memory of its own, filled by writes until it ends; then the
file system is made larger, and the node started again. Skipped where this user may not mount.
"""

import os
import subprocess
import sys
import tempfile
import time

from _decree import PATIENCE, Connection, Server, encode, VERBS

SMALL = "64m"
VALUE = b"x" * 65536


def mount(folder, size):
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder],
                          capture_output=True, text=True, check=False)
    return done.returncode == 0


def fill(server):
    """Writes ever new files until the node ends. Returns how many it acknowledged."""
    connection = Connection(server.port)
    acknowledged = 0
    end = time.monotonic() + PATIENCE
    while server.process.poll() is None and time.monotonic() < end:
        connection.send(encode(tag=1, verb=VERBS["SET"], path=f"/f/{acknowledged}", rev=-1,
                               value=VALUE))
        answer = connection.answer(5)
        if answer is None:
            break
        if "err_code" not in answer:
            acknowledged += 1
    connection.close()
    return acknowledged


def check(folder):
    data = os.path.join(folder, "data")
    with Server(data=data) as server:
        server.at_rest()
        acknowledged = fill(server)
        status = server.process.wait(PATIENCE)
        said = server.said()
    if status != 1 or said.count("the disk is full") != 1:
        yield f"status {status}, and it says: {said}"
    if subprocess.run(["mount", "-o", "remount,size=512m", folder], check=False).returncode != 0:
        yield "cannot make the file system larger"
        return
    with Server(data=data) as server:
        server.at_rest()
        connection = Connection(server.port)
        for number in range(acknowledged):
            if connection.call("GET", path=f"/f/{number}").get("value") != VALUE:
                yield f"file {number} of {acknowledged} that were acknowledged is lost"
                break
        connection.close()
    if acknowledged < 100:
        yield f"only {acknowledged} files fitted"


def main():
    with tempfile.TemporaryDirectory(prefix="decree-full-") as folder:
        if not mount(folder, SMALL):
            print("skipped: this user may not mount")
            return 77
        try:
            problems = list(check(folder))
        finally:
            subprocess.run(["umount", folder], check=False)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""Goal: `decree bench` reports what a cluster does, for people and for programs; what goes wrong
has a status and a line of its own.

Method: one node under each kind of load; the files that the load writes are read back. Then wrong
usage, nobody who listens, and a node that refuses writes.
"""

import json
import subprocess
import sys

from _decree import DECREE, PATIENCE, Connection, Server, free_port


def bench(port, *arguments, uri=None):
    uri = uri or f"doozer:?ca=127.0.0.1:{port}"
    return subprocess.run([DECREE, "-a", uri, "bench", *arguments], capture_output=True, text=True,
                          check=False, timeout=PATIENCE)


def report(port, *arguments, uri=None):
    done = bench(port, "--json", "--time", "200ms", "--warm-up", "50ms", *arguments, uri=uri)
    if done.returncode != 0:
        raise RuntimeError(f"{arguments}: status {done.returncode}: {done.stderr}{done.stdout}")
    return json.loads(done.stdout)


def check_loads(server):
    pid = str(server.process.pid)
    for arguments in (["--connections", "3", "--in-flight", "5", "--servers", pid],
                      ["--reads", "--connections", "2"], ["--reads", "--writes"],
                      ["--rate", "500", "--connections", "4"], ["--value-size", "0"]):
        found = report(server.port, *arguments)
        kinds = [kind for kind in ("reads", "writes") if kind in found]
        if kinds != [kind for kind in ("reads", "writes")
                     if "--" + kind in arguments
                     or (kind == "writes" and "--reads" not in arguments)]:
            yield f"{arguments}: {kinds} were measured"
        for kind in kinds:
            row = found[kind]
            steps = [row[name] for name in ("p50_ms", "p90_ms", "p99_ms", "p99.9_ms", "longest_ms")]
            if row["count"] < 1 or steps != sorted(steps) or steps[0] <= 0:
                yield f"{arguments}: no such figures: {row}"
        if found["errors"] or found["broken"]:
            yield f"{arguments}: errors of a node that is well: {found}"
        if "--servers" in arguments and not 0 < found["server_us_per_operation"] < 1e6:
            yield f"no server takes so long: {found}"
        if "--rate" in arguments and found["writes"]["count"] > 110:
            yield f"more was asked than was due: {found}"


def check_what_is_written(server):
    report(server.port, "--keys", "7", "--value-size", "33")
    connection = Connection(server.port)
    for key in range(7):
        value = connection.call("GET", path=f"/bench/{key}").get("value")
        if value != b"v" * 33:
            yield f"/bench/{key} holds {value!r}"
    connection.close()


def refused(port, status, word, *arguments, uri=None):
    done = bench(port, *arguments, uri=uri)
    if done.returncode != status:
        yield f"{arguments}: status {done.returncode}, not {status}"
    if len(done.stderr.splitlines()) != 1 or word not in done.stderr:
        yield f"{arguments}: not one line with {word!r}: {done.stderr!r}"


def check_refusals(server):
    port = server.port
    for arguments in (["--connections", "0"], ["--in-flight", "0"], ["--value-size", "9999999"],
                      ["--keys", "0"], ["--rate", "-1"], ["--time", "soon"], ["--time", "0"],
                      ["--warm-up", "late"], ["--connections", "many"]):
        yield from refused(port, 2, arguments[-1], *arguments)
    yield from refused(port, 2, "process 999999999", "--servers", "999999999")
    yield from refused(free_port(), 2, "cannot connect")
    yield from refused(port, 2, "doozer:", uri="nowhere")
    with Server("--rw-secret", "s") as closed:
        yield from refused(closed.port, 2, "permission denied")
        report(closed.port, uri=f"doozer:?ca=127.0.0.1:{closed.port}&sk=s")


def main():
    with Server() as server:
        server.at_rest()
        problems = [*check_loads(server), *check_what_is_written(server), *check_refusals(server)]
        if server.process.poll() is not None:
            problems.append("the server ended: " + server.said())
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

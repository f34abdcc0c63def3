"""Goal: `decree bench` reports what a cluster does, for people and for programs; what goes wrong
has a status and a line of its own.

Method: one node under each kind of load; the files that the load writes are read back. Then wrong
usage, nobody who listens, a node that refuses writes, one that cannot write, and an end from
outside.
"""

import json
import signal
import subprocess
import sys
import time

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


def check_patience():
    """Files that do not get written; an end from outside, before and behind the first figure."""
    waits = ["--peers", ",".join(f"127.0.0.1:{free_port()}" for _ in range(3))]
    with Server(*waits) as waiting:
        yield from refused(waiting.port, 2, "were not written in time", "--timeout", "300ms")
        yield from refused(waiting.port, 2, "--timeout never", "--timeout", "never")
        status, out, err = interrupted(waiting.port)
        if status != 2 or "interrupted before" not in err or out:
            yield f"an end before anything was measured: {status} {out!r} {err!r}"
    with Server() as server:
        server.at_rest()
        for patience in (1, 5, 25):
            status, out, err = interrupted(server.port, "--warm-up", "0ms", "--json",
                                           after=patience)
            if status == 0:
                break
        if status != 0 or err or not 0 < json.loads(out or "{}").get("seconds", 0) < 3000:
            yield f"what was measured before the end is lost: {status} {out!r} {err!r}"


def interrupted(port, *arguments, after=1):
    """Ended from outside after so many seconds."""
    load = subprocess.Popen([DECREE, "-a", f"doozer:?ca=127.0.0.1:{port}", "bench", "--time",
                             "3600s", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True)
    time.sleep(after)
    load.send_signal(signal.SIGINT)
    out, err = load.communicate(timeout=PATIENCE)
    return load.returncode, out, err


def main():
    with Server() as server:
        server.at_rest()
        problems = [*check_loads(server), *check_what_is_written(server), *check_refusals(server),
                    *check_patience()]
        if server.process.poll() is not None:
            problems.append("the server ended: " + server.said())
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""Goal: a name server that says nothing holds up nobody: a client for its --timeout, a node neither
in reaching those whose addresses are numbers nor in ending.

Method: an own network and an own /etc/resolv.conf, which names a server that answers nothing: each
look-up takes ten seconds. (The bounds are far below that, and far above what it should take.)
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _cluster import Cluster, Problems, finish, run_checks
from _decree import DECREE, PATIENCE, SKIPPED
from readme import loopback_up

SOON = 5  # Seconds.


def client_gives_up(problems):
    began = time.monotonic()
    done = subprocess.run([DECREE, "-a", "doozer:?ca=db.example.com:8046", "--timeout", "1s", "get",
                           "/x"], capture_output=True, text=True, check=False, timeout=PATIENCE)
    problems.check(done.returncode == 2 and "lookup: no answer in time" in done.stderr,
                   f"a client: {done.returncode} {done.stderr}")
    problems.check(time.monotonic() - began < SOON, "a client waits for the name server")


def node_ends(problems):
    """The numbers stand behind the names, and are dialled all the same."""
    with Cluster(2) as cluster:
        founders = "a.example.com:1,b.example.com:1," + cluster.addresses()
        for node in cluster.nodes:
            node.start("--peers", founders, "--log", "info")
        began = time.monotonic()
        problems.check(all(node.says(": connected") for node in cluster.nodes),
                       "nodes with addresses do not find each other: " + cluster.logs())
        problems.check(time.monotonic() - began < SOON, "numbers wait for names")
        began = time.monotonic()
        problems.check([node.stop() for node in cluster.nodes] == [0, 0], "a status is not 0")
        problems.check(time.monotonic() - began < SOON, "a node waits for the name server")


def begin_alone():
    """Starts this program again where there is no other name server, if this system lets it."""
    away = ["unshare", "--net", "--mount"]
    away += [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    if subprocess.run([*away, "true"], capture_output=True, check=False).returncode != 0:
        print("skipped: no namespaces here")
        sys.exit(SKIPPED)
    os.environ["NAMES_ALONE"] = "yes"
    os.execvp(away[0], [*away, sys.executable, "-B", __file__])


def main():
    if "NAMES_ALONE" not in os.environ:
        begin_alone()
    loopback_up()
    with tempfile.TemporaryDirectory(prefix="decree-e2e-") as folder, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 53))
        names = Path(folder, "resolv.conf")
        names.write_text("nameserver 127.0.0.1\n", encoding="ascii")
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        subprocess.run(["mount", "--bind", names, "/etc/resolv.conf"], check=True)
        problems = Problems()
        run_checks((client_gives_up, node_ends), problems)
    finish(problems)


if __name__ == "__main__":
    main()

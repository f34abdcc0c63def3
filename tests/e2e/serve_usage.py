"""Goal: what cannot be is refused with one line that says what, where and how to mend it, and
status 2; and a start says what it recovered.

Method: wrong flags, a port that is taken, folders that cannot be used; then a start on old data,
with another length of history than the cluster has. What a node is told to write of itself, it
writes.
"""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from _decree import DECREE, PATIENCE, Connection, Server, free_port


def refused(*arguments):
    """What is wrong with how these flags are refused."""
    port = ["--client", f"127.0.0.1:{free_port()}"] if "--client" not in arguments else []
    done = subprocess.run([DECREE, "serve", *port, *arguments], capture_output=True, text=True,
                          check=False, timeout=PATIENCE)
    words = " ".join(arguments)
    if done.returncode != 2:
        yield f"{words}: status {done.returncode}"
    if len(done.stderr.splitlines()) != 1 or done.stdout:
        yield f"{words}: not one line: {done.stderr!r} {done.stdout!r}"
    elif not any(word in done.stderr for word in arguments[-2:]):
        yield f"{words}: the line does not name it: {done.stderr!r}"


def check_flags(folder):
    data = str(folder / "data")
    strangers = folder / "strangers"
    strangers.mkdir()
    (strangers / "photo").write_text("x", encoding="ascii")
    file = folder / "file"
    file.write_text("x", encoding="ascii")
    for arguments in (["--nonsense"], ["--client", "nowhere"], ["--client", "127.0.0.1:70000"],
                      ["--client", "127.0.0.1"], ["--client", "0.0.0.0:18046"], ["--hist", "0"],
                      ["--hist", "many"], ["--request-timeout", "soon"], ["--name", "a/b"],
                      ["--log", "loud"], ["--names", "long"], ["--scrub-every", "often"],
                      ["--pulse", "-1"], ["--pulse", "often"], ["--limit", "files"],
                      ["--limit", "names=1"], ["--limit", "files=-1"], ["--limit", "path-depth=1"],
                      ["--limit", "value-bytes=5"], ["-hist", "10"],
                      ["--lease", "long"], ["--lease", "2h"],
                      ["--clock-drift", "-1"], ["--clock-drift", "500001"]):
        yield from refused("--data", data, *arguments)
    yield from refused("--data", str(strangers))
    yield from refused("--data", str(file))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield from refused("--data", data, "--client", f"127.0.0.1:{taken.getsockname()[1]}")


def check_words(folder):
    """The line says what is wrong with what."""
    data = str(folder / "words")
    for arguments, wanted in (
            (["--name", ""], "--name '': write letters"),
            (["--peers", "127.0.0.1:1, 127.0.0.1:2,127.0.0.1:01"],
             "--peers: 127.0.0.1:1 is given twice; name each founder once"),
            (["--peers", "10.0.0.1:1 10.0.0.2:1"], "--peers '10.0.0.1:1 10.0.0.2:1': a space"),
            (["--join", "10.0.0.1:1 10.0.0.2:1"], "--join '10.0.0.1:1 10.0.0.2:1': a space"),
            (["--peer", "10.0.0.1:1,10.0.0.2:1"], "--peer '10.0.0.1:1,10.0.0.2:1': a comma"),
            (["--advertise-client", "0.0.0.0:1"], "--advertise-client 0.0.0.0:1: nobody can dial"),
            (["--client", "0.0.0.0:1"], "--client 0.0.0.0:1: nobody can dial that; say with"),
            (["--hist", "abc"], "decree serve: --hist 'abc': write a whole number, digits only\n"),
            (["--least-voters", "99999999999"], "'99999999999': write a smaller number\n"),
            (["--least-voters", "-1"], "--least-voters '-1': write a whole number, digits only\n"),
            (["--pulse", "often"], "--pulse 'often': write seconds, as in 0.5\n"),
            (["--limit", "files=1000", "--limit", "files=2000"], "files is given twice"),
            (["--hist", "7", "--limit", "history=8"], "history is given twice")):
        done = subprocess.run([DECREE, "serve", "--data", data, *arguments], capture_output=True,
                              text=True, check=False, timeout=PATIENCE)
        if done.returncode != 2 or wanted not in done.stderr or done.stderr.count("\n") != 1:
            yield f"{arguments}: {done.returncode} {done.stderr!r}"


def check_parts(folder):
    """A folder that lacks a part of what it had is damaged, and is not begun anew."""
    data = folder / "parts"
    with Server(data=str(data)) as server:
        me = server.at_rest()[0].decode()
        server.stop()
    for part in ("journal", "snapshots", "node"):
        (data / part).rename(folder / part)
        for words in (["serve", "--client", f"127.0.0.1:{free_port()}", "--data"], ["check-data"]):
            done = subprocess.run([DECREE, *words, data], capture_output=True, text=True,
                                  check=False, timeout=PATIENCE)
            said = done.stdout + done.stderr
            named = f"{data / part} is missing; put it back from a copy" in said
            # Who it was only the file `node` says.
            named = named and ("" if part == "node" else me) in said
            if not named or done.returncode != (1 if words[0] == "check-data" else 2):
                yield f"{part} is missing: {words[0]} says {done.returncode} {said}"
        (folder / part).rename(data / part)
    with Server(data=str(data)) as server:
        if server.at_rest()[0].decode() != me:
            yield "it is another node when all is put back"


def check_recovery(folder):
    data = str(folder / "kept")
    with Server("--hist", "5", data=data) as server:
        me, _ = server.at_rest()
        if me.decode() not in server.said() or "new" not in server.said():
            yield "a first start does not say so: " + server.said()
        yield from refused("--data", data)  # Another process has it open.
        connection = Connection(server.port)
        rev = connection.call("SET", path="/a", value="v", rev=0)["rev"]
        connection.close()
        if server.stop() != 0:
            yield "SIGTERM ends it with another status than 0"
        server.arguments = ["--hist", "1000"]
        server.start()
        said = server.said()
        if me.decode() not in said or "recovered for its start number 2" not in said:
            yield "a second start does not say what it recovered: " + server.said()
        if "--hist 1000" not in server.said():
            yield "it does not say that the cluster's history is another: " + server.said()
        connection = Connection(server.port)
        if connection.call("GET", path="/a") != {"tag": 1, "rev": rev, "value": b"v"}:
            yield "what was written before is not there"
        for _ in range(10):
            connection.call("NOP")
        if connection.call("GET", path="/a", rev=rev).get("err_code") != 4:
            yield "the cluster's history became longer"
        connection.close()


def check_limits(folder):
    """They are the cluster's: of who makes it, until somebody changes them."""
    data = str(folder / "limits")
    with Server("--limit", "value-bytes=600", "--limit", "path-depth=9", data=data) as server:
        server.at_rest()
        connection = Connection(server.port)
        got = connection.call("SET", path="/a", value="x" * 700, rev=0).get("err_detail")
        if got != b"value exceeds 600 bytes":
            yield f"a limit that the cluster is made with: {got}"
        connection.call("CONFIGURE", settings=[{"name": "value-bytes", "number": 700}])
        connection.close()
        server.stop()
        server.arguments = ["--limit", "value-bytes=800", "--limit", "path-depth=9"]
        server.start()
        server.at_rest()
        connection = Connection(server.port)
        if not connection.call("SET", path="/a", value="x" * 700, rev=0).get("rev"):
            yield "a restart takes back what was configured"
        connection.close()
        said = server.said()
        if "--limit value-bytes=800 is of no effect" not in said or "path-depth" in said:
            yield "it does not say which of the cluster's limits are others: " + said


def check_names(folder):
    """Wider names are the cluster's, for life."""
    data = str(folder / "names")
    wide = "/users/a_b:c@d+e=f,g"
    with Server("--names", "wide", data=data) as server:
        server.at_rest()
        connection = Connection(server.port)
        rev = connection.call("SET", path=wide, value="v", rev=0).get("rev")
        connection.close()
        if not rev or server.stop() != 0:
            yield "no wide names in a cluster that is made with them"
        server.arguments = ["--names", "doozer"]
        server.start()
        connection = Connection(server.port)
        if connection.call("GET", path=wide) != {"tag": 1, "rev": rev, "value": b"v"}:
            yield "a restart makes the names narrower"
        if "--names is of no effect" not in server.said():
            yield "it is not told that the cluster's names are others: " + server.said()
        connection.close()


def check_pulse():
    """Each time it is the revision from before the write itself."""
    with Server("--pulse", "0.05") as server:
        me, _ = server.at_rest()
        path = b"/ctl/node/" + me + b"/applied"
        connection = Connection(server.port)
        event = {"rev": 0}
        for _ in range(3):
            event = connection.call("WAIT", path=path, rev=event["rev"] + 1)
            if event["value"] != str(event["rev"] - 1).encode():
                yield f"a pulse says {event['value']} at revision {event['rev']}"
        connection.close()


def main():
    with tempfile.TemporaryDirectory(prefix="decree-e2e-") as name:
        os.chdir(name)
        checks = (check_flags, check_words, check_parts, check_recovery, check_limits, check_names)
        problems = [problem for check in checks for problem in check(Path(name))]
        problems += check_pulse()
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

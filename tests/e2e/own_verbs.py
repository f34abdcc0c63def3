"""Goal: what Decree adds to Doozer's protocol is answered as net/WIRE.md says: transactions,
sessions, locks, streams of events; whatever is wrong with a request is said.

Method: requests as bytes to a server of one node, the answers field by field. A session is let die.
Events are counted against what was written, also by a client that does not read for a while.
"""

import sys

from _decree import VERBS, Connection, Server, encode

SECOND = 1_000_000
NO_SESSION = b"no such session"


def differs(what, got, **want):
    """A line when an answer is not exactly that, the tag aside."""
    have = {k: v for k, v in (got or {"no": "answer"}).items() if k != "tag"}
    return [] if have == want else [f"{what}: {have}, not {want}"]


def check_transact(server):
    c = Connection(server.port)
    base = c.call("SET", path="/t/a", value="1", rev=0)["rev"]
    writes = [{"path": "/t/b", "value": "2"}, {"path": "/t/a", "remove": 1}, {"path": "/t/c"}]
    got = c.call("TRANSACT", compares=[{"path": "/t/a", "rev": base}], writes=writes)
    yield from differs("a transaction", got, rev=base + 3)
    yield from differs("its first write", c.call("GET", path="/t/b"), rev=base + 1, value=b"2")
    yield from differs("its second", c.call("GET", path="/t/a"), rev=0, value=b"")
    yield from differs("its third", c.call("GET", path="/t/c"), rev=base + 3, value=b"")
    got = c.call("TRANSACT", writes=[{"path": "/t/d", "value": "x"}],
                 compares=[{"path": "/t/c", "rev": -1}, {"path": "/t/b", "rev": base}])
    yield from differs("a refused compare", got, err_code=5, part=1)
    yield from differs("what it would have written", c.call("GET", path="/t/d"), rev=0, value=b"")
    got = c.call("TRANSACT", compares=[{"path": "/t", "rev": base + 2, "subtree": 1}])
    yield from differs("a changed subtree", got, err_code=5, part=0)
    got = c.call("TRANSACT", compares=[{"path": "/t", "rev": base + 3, "subtree": 1}])
    if "err_code" in got or "rev" not in got:
        yield f"an unchanged subtree: {got}"
    got = c.call("TRANSACT", compares=[{"path": "/t/c", "rev": -1}],
                 writes=[{"path": "/t/e"}, {"path": "/t/c/below"}])
    yield from differs("a write below a file", got, err_code=20, part=2)
    yield from differs("no path", c.call("TRANSACT", writes=[{"value": "x"}]), err_code=7)
    yield from differs("no rev", c.call("TRANSACT", compares=[{"path": "/a"}]), err_code=7)
    yield from differs("a bad path", c.call("TRANSACT", writes=[{"path": "/_"}]), err_code=6)
    many = c.call("TRANSACT", writes=[{"path": f"/m/{i}"} for i in range(129)])
    yield from differs("too many parts", many, err_code=127,
                       err_detail=b"transaction exceeds 128 parts")
    empty = c.call("TRANSACT", compares=[{}] * 300_000)
    yield from differs("300,000 parts without a path", empty, err_code=7)
    c.close()


def check_configure(server):
    c = Connection(server.port)

    def settings():
        lines = c.call("CONFIGURE").get("value", b"").decode().splitlines()
        return {name: int(number) for name, number in (line.split("=") for line in lines)}

    before = settings()
    if before.get("history") != 2000 or before.get("value-bytes") != 1 << 20 or len(before) != 15:
        yield f"the usual settings: {before}"
    wanted = [{"name": "value-bytes", "number": 600}, {"name": "path-depth", "number": 9}]
    yield from differs("other settings", c.call("CONFIGURE", settings=wanted))
    if settings() != before | {"value-bytes": 600, "path-depth": 9}:
        yield f"settings that were changed: {settings()}"
    yield from differs("a longer value", c.call("SET", path="/c", value="x" * 601, rev=-1),
                       err_code=127, err_detail=b"value exceeds 600 bytes")
    for name, number, detail in (
            ("path-depth", 7, b"path depth must be 8 to 256"),
            ("watches", -1, b"watches must be at most 16777216"),
            ("names", 1, b"no such setting: names"),
            ("value-bytes", 5, b"value bytes must be at least 512, for what nodes write below "
             b"/ctl"),
            ("value-bytes", 1 << 21, b"values of 2097152 bytes need commands of 2098240, and the "
             b"cluster allows 1049664: allow smaller values, shorter paths, or longer commands")):
        got = c.call("CONFIGURE", settings=[{"name": "files", "number": 2000},
                                            {"name": name, "number": number}])
        yield from differs(f"{name}={number}", got, err_code=127, err_detail=detail)
    yield from differs("no number", c.call("CONFIGURE", settings=[{"name": "files"}]), err_code=7)
    back = [{"name": "value-bytes", "number": 1 << 20}, {"name": "path-depth", "number": 128}]
    yield from differs("as before", c.call("CONFIGURE", settings=back))
    if settings() != before:
        yield f"settings that were changed back: {settings()}"
    c.close()


def check_sessions(server):
    c = Connection(server.port)
    session = c.call("OPEN_SESSION", ttl_us=60 * SECOND).get("session")
    other = c.call("OPEN_SESSION", ttl_us=60 * SECOND).get("session")
    if not session or not other or session == other:
        yield f"sessions {session} and {other}"
    yield from differs("a sign of life", c.call("KEEP_ALIVE", session=session))
    c.call("SET", path="/s/bound", value="v", rev=0, session=session)
    c.call("TRANSACT", writes=[{"path": "/s/too", "session": session}])
    for path, rest in (("/s/bound", {"value": b"v"}), ("/s/too", {"value": b""})):
        made = c.call("STAT", path=path)["rev"]
        yield from differs(f"whose {path} is", c.call("GET", path=path), rev=made,
                           session=session, **rest)
    yield from differs("whose it is by STAT", c.call("STAT", path="/s/bound"),
                       rev=c.call("GET", path="/s/bound")["rev"], len=1, session=session)
    c.call("SET", path="/s/stays", value="v", rev=0)
    yield from differs("its end", c.call("CLOSE_SESSION", session=session))
    for path in ("/s/bound", "/s/too"):
        yield from differs(f"{path} after the end", c.call("GET", path=path), rev=0, value=b"")
    if c.call("GET", path="/s/stays")["value"] != b"v":
        yield "a file of no session went with one"
    gone = {"err_code": 127, "err_detail": NO_SESSION}
    for number in (session, 0, -1, 1 << 62):
        for verb in ("KEEP_ALIVE", "CLOSE_SESSION"):
            yield from differs(f"{verb} of {number}", c.call(verb, session=number), **gone)
    yield from differs("a write of it", c.call("SET", path="/s/x", rev=-1, session=session), **gone)
    for ttl in (0, -1, 1000, 1 << 62):
        got = c.call("OPEN_SESSION", ttl_us=ttl)
        if got.get("err_code") != 127 or b"a session lasts" not in got.get("err_detail", b""):
            yield f"a ttl of {ttl}: {got}"
    for verb in ("OPEN_SESSION", "KEEP_ALIVE", "CLOSE_SESSION"):
        yield from differs(f"{verb} of nothing", c.call(verb), err_code=7)
    short = c.call("OPEN_SESSION", ttl_us=SECOND)["session"]
    made = c.call("SET", path="/s/dies", rev=0, session=short)["rev"]
    yield from differs("what its end deletes", c.call("WAIT", path="/s/dies", rev=made + 1),
                       flags=8, rev=c.call("REV")["rev"], path=b"/s/dies", value=b"")
    yield from differs("a sign of life too late", c.call("KEEP_ALIVE", session=short), **gone)
    c.close()


def check_locks(server):
    c = Connection(server.port)
    one, two = (c.call("OPEN_SESSION", ttl_us=60 * SECOND)["session"] for _ in range(2))
    got = c.call("ACQUIRE", path="/l", session=one, value="one")
    token = got.get("rev", 0)
    yield from differs("a free lock", got, rev=c.call("REV")["rev"])
    yield from differs("it again", c.call("ACQUIRE", path="/l", session=one), rev=token)
    yield from differs("another's", c.call("ACQUIRE", path="/l", session=two), err_code=5)
    whose = {"session": one, "lock": 1}
    yield from differs("its file", c.call("GET", path="/l"), rev=token, value=b"one", **whose)
    token = c.call("SET", path="/l", session=one, value="mine", rev=-1).get("rev", 0)
    yield from differs("what its holder wrote", c.call("STAT", path="/l"), rev=token, len=4,
                       **whose)
    yield from differs("of no holder", c.call("RELEASE", path="/l", session=two), err_code=5)
    yield from differs("given back", c.call("RELEASE", path="/l", session=one), rev=token + 1)
    yield from differs("the next", c.call("ACQUIRE", path="/l", session=two), rev=token + 2)
    c.call("CLOSE_SESSION", session=two)
    got = c.call("ACQUIRE", path="/l", session=one)
    if got.get("rev", 0) <= token + 2:
        yield f"a holder that closes its session keeps the lock: {got}"
    c.call("RELEASE", path="/l", session=one)
    short = c.call("OPEN_SESSION", ttl_us=SECOND)["session"]
    held = c.call("ACQUIRE", path="/l", session=short)["rev"]
    c.call("WAIT", path="/l", rev=held + 1)
    yield from differs("of a holder that died", c.call("ACQUIRE", path="/l", session=one),
                       err_code=127, err_detail=b"lock delay")
    c.call("SET", path="/file", value="1", rev=0)
    yield from differs("a file that is none", c.call("ACQUIRE", path="/file", session=one),
                       err_code=127, err_detail=b"not a lock")
    for verb in ("ACQUIRE", "RELEASE"):
        yield from differs(f"{verb} without a session", c.call(verb, path="/l"), err_code=7)
        yield from differs(f"{verb} without a path", c.call(verb, session=one), err_code=7)
    yield from differs("a lock on a slot", c.call("ACQUIRE", path="/ctl/cal/9", session=one),
                       err_code=127, err_detail=b"this file belongs to no session")
    c.close()


def check_watch(server):
    c, w = Connection(server.port), Connection(server.port)
    base = c.call("SET", path="/w/a", value="0", rev=0)["rev"]
    w.send(encode(tag=5, verb=VERBS["WATCH"], path="/w/*", rev=base, mark_every=3))
    c.call("TRANSACT", writes=[{"path": "/w/b", "value": "1"}, {"path": "/x"},
                               {"path": "/w/a", "remove": 1}])
    rest = {"group": base + 3}
    want = [{"flags": 4, "rev": base, "path": b"/w/a", "value": b"0", "group": base},
            {"flags": 4, "rev": base + 1, "path": b"/w/b", "value": b"1"} | rest,
            {"flags": 8, "rev": base + 3, "path": b"/w/a", "value": b""} | rest]
    for event in want:
        yield from differs("an event", w.answer(), **event)
    for _ in range(3):
        c.call("NOP")
    yield from differs("a mark", w.answer(), through=base + 6)
    w.send(encode(tag=5, verb=VERBS["WATCH"], path="/w/*", rev=base + 10))
    w.send(encode(tag=6, verb=VERBS["CANCEL"], other_tag=5))
    if w.answer() != {"tag": 6}:
        yield "CANCEL is not answered"
    w.send(encode(tag=7, verb=VERBS["CANCEL"], other_tag=5))
    yield from differs("CANCEL again", w.answer(), err_code=127,
                       err_detail=b"no WAIT or WATCH has that tag")
    c.call("SET", path="/w/a", rev=-1)
    yield from differs("what follows a CANCEL", w.call("REV"), rev=c.call("REV")["rev"])
    bad = w.call("WATCH", path="nonsense", rev=1)
    yield from differs("no glob", bad, err_code=127, err_detail=b"invalid glob pattern: nonsense")
    yield from differs("no rev", w.call("WATCH", path="/**"), err_code=7)
    yield from differs("CANCEL of nothing", w.call("CANCEL"), err_code=7)
    c.close()
    w.close()


def check_slow_watcher():
    """Who does not read misses nothing that history has; beyond that it is told so."""
    history, size = 20, 150_000  # Thrice as much: more than buffers hold.
    with Server("--hist", str(history)) as server:
        server.at_rest()
        c, w = Connection(server.port), Connection(server.port, buffer=1 << 14)
        base = c.call("REV")["rev"]
        w.send(encode(tag=1, verb=VERBS["WATCH"], path="/slow", rev=base + 1))
        for _ in range(history - 5):
            c.call("SET", path="/slow", value=b"." * size, rev=-1)
        for number in range(history - 5):
            event = w.answer()
            if not event or event.get("rev") != base + 1 + number:
                yield f"event {number}: {str(event)[:99]}"
                break
        for _ in range(3 * history):
            c.call("SET", path="/slow", value=b"." * size, rev=-1)
        last = base + history - 5
        while (event := w.answer()) and "rev" in event:
            if event["rev"] != last + 1:
                yield f"revision {event['rev']} behind {last}"
                break
            last = event["rev"]
        yield from differs("what is lost", event, err_code=4)
        yield from differs("then", w.call("GET", path="/none"), rev=0, value=b"")
        c.close()
        w.close()


def check_rights():
    with Server("--rw-secret", "write", "--ro-secret", "read") as server:
        c = Connection(server.port)
        c.call("ACCESS", value="read")
        denied = {"err_code": 127, "err_detail": b"permission denied"}
        for verb in ("TRANSACT", "OPEN_SESSION", "KEEP_ALIVE", "CLOSE_SESSION", "ACQUIRE",
                     "RELEASE"):
            yield from differs(f"{verb} of who may read", c.call(verb), **denied)
        told = c.call("CONFIGURE")
        if b"history=" not in told.get("value", b""):
            yield f"who may read may not see the settings: {told}"
        yield from differs("CONFIGURE that changes", c.call(
            "CONFIGURE", settings=[{"name": "watches", "number": 7}]), **denied)
        other = Connection(server.port)
        yield from differs("settings for a stranger", other.call("CONFIGURE"), **denied)
        yield from differs("WATCH of a stranger", other.call("WATCH", path="/**", rev=1), **denied)
        c.send(encode(tag=3, verb=VERBS["WATCH"], path="/ctl/name", rev=1))
        if "group" not in (c.answer() or {}):
            yield "who may read may not watch"
        c.close()
        other.close()


def main():
    problems = list(check_rights()) + list(check_slow_watcher())
    with Server() as server:
        server.at_rest()
        for check in (check_transact, check_configure, check_sessions, check_locks, check_watch):
            problems += list(check(server))
        if server.stop() != 0:
            problems.append("it does not end well: " + server.said())
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

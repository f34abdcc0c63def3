"""Goal: whatever a client sends, and however slowly it reads, the server goes on, within bounded
memory; and it is right where Doozer was wrong.

Method: giant and negative lengths, bytes that are no message, half messages, random bytes, a client
that asks for far more than it takes, crowds of such clients, and of such that never end a request;
after each a fresh client is served. A node without a quorum is given more to keep than it may.
"""

import random
import struct
import sys
import time

from _decree import PATIENCE, VERBS, Connection, Server, encode, sanitized

MEGABYTE = 1 << 20
MOST_MEMORY = 256 * MEGABYTE  # Of the process, whatever that client does.


def memory(server, which="VmHWM"):
    """The most that it ever had, or what it has; 0 where that cannot be told."""
    if sanitized():
        return 0
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith(which):
                return int(line.split()[1]) * 1024
    return 0


def closes(server, data):
    """Whether the server ends a connection that sends this."""
    connection = Connection(server.port)
    connection.send(data)
    while not connection.ended:
        if not connection.receive(PATIENCE):
            return False
    return True


def check_frames(server):
    for head in (b"\xff\xff\xff\xff", b"\x80\0\0\0", b"\x7f\xff\xff\xff",
                 struct.pack(">I", 2 * MEGABYTE)):
        if not closes(server, head):
            yield f"a length of {head.hex()} does not end the connection"
    if not closes(server, struct.pack(">I", 2) + b"\x08\xff"):
        yield "a body that is no request does not end the connection"
    half = Connection(server.port)
    half.send(encode(tag=1, verb=VERBS["GET"], path="/a")[:-1])
    half.close()
    chance = random.Random(1)
    for _ in range(200):
        connection = Connection(server.port)
        size = chance.randrange(1, 40)
        connection.send(struct.pack(">I", size) + chance.randbytes(size))
        connection.close()


def check_defects(server):
    connection = Connection(server.port)
    answer = connection.call("GET", path="")
    if answer is None or answer.get("value") != b"":
        yield f"GET of an empty path: {answer}"
    connection.call("SET", path="/f", value="one", rev=0)
    connection.call("DEL", path="/f/child", rev=0)
    answer = connection.call("GET", path="/f")
    if answer.get("value") != b"one":
        yield f"DEL below a file took the file: {answer}"
    answer = connection.call("SET", path="/ctl/cal/1", value="BOGUS", rev=0)
    if "err_code" not in answer:
        yield "a slot was given to what is no node"
    big = b"x" * 100_000
    rev = connection.call("SET", path="/big", value=big, rev=0).get("rev")
    if connection.call("GET", path="/big") != {"tag": 1, "rev": rev, "value": big}:
        yield "a large value does not come back"
    answer = connection.call("SET", path="/big", value=b"x" * (MEGABYTE + 1), rev=-1)
    if answer.get("err_code") != 127:
        yield f"a value beyond the limit: {str(answer)[:80]}"
    connection.close()


def check_rights():
    with Server("--ro-secret", "read") as server:
        connection = Connection(server.port)
        if connection.call("GET", path="/a").get("err_code") != 127:
            yield "a read-only secret alone lets everybody read"
        if connection.call("ACCESS", value="read") != {"tag": 1}:
            yield "the read-only secret is refused"
        if "err_code" in connection.call("GET", path="/a"):
            yield "the read-only secret does not let read"
        if connection.call("SET", path="/a", rev=0).get("err_code") != 127:
            yield "the read-only secret lets write"
        connection.close()


def check_slow_reader(server):
    connection = Connection(server.port)
    connection.call("SET", path="/huge", value=b"y" * MEGABYTE, rev=0)
    asked = 300
    for _ in range(asked):
        connection.send(encode(tag=2, verb=VERBS["GET"], path="/huge"))
    other = Connection(server.port)
    for _ in range(20):
        if "rev" not in other.call("SET", path="/other", value="z", rev=-1):
            yield "a slow reader keeps others from writing"
    other.close()
    for number in range(asked):
        answer = connection.answer()
        if answer is None or len(answer["value"]) != MEGABYTE:
            yield f"answer {number} of {asked} to a slow reader is missing"
            break
    connection.close()
    if memory(server) > MOST_MEMORY:
        yield f"{memory(server) // MEGABYTE} MB of memory"


def check_crowds(server):
    """Each alone would be within its bounds."""
    connection = Connection(server.port)
    connection.call("SET", path="/huge", value=b"y" * MEGABYTE, rev=-1)
    takers = [Connection(server.port) for _ in range(200)]
    for number, taker in enumerate(takers):
        taker.send(encode(tag=2, verb=VERBS["GET"], path="/huge", local=number % 2) * 60)
    half = struct.pack(">I", MEGABYTE) + b"x" * (MEGABYTE - 1)
    halves = [Connection(server.port) for _ in range(300)]
    for sender in halves:
        sender.send(half)
    for _ in range(20):
        if "rev" not in (connection.call("SET", path="/other", value="z", rev=-1) or {}):
            yield "a crowd keeps others from writing"
    for one in takers + halves + [connection]:
        one.close()
    if memory(server) > 3 * MOST_MEMORY:
        yield f"{memory(server) // MEGABYTE} MB of memory for a crowd"


def check_idle():
    """Who was given much, and has taken it all, costs nothing more."""
    with Server() as server:
        idle = [Connection(server.port) for _ in range(20)]
        idle[0].call("SET", path="/huge", value=b"y" * MEGABYTE, rev=0)
        for connection in idle:
            connection.send(encode(tag=2, verb=VERBS["GET"], path="/huge") * 60)
            for _ in range(60):
                if len((connection.answer() or {}).get("value", b"")) != MEGABYTE:
                    yield "an answer is missing"
        end = time.monotonic() + PATIENCE
        while memory(server, "VmRSS") > MOST_MEMORY / 2 and time.monotonic() < end:
            time.sleep(0.2)
        if memory(server, "VmRSS") > MOST_MEMORY / 2:
            yield f"{memory(server, 'VmRSS') // MEGABYTE} MB of memory for who is idle"
        for connection in idle:
            connection.close()


def check_watchers(server):
    """All that one node takes, of which each is to look at every event."""
    watchers = [Connection(server.port) for _ in range(8)]
    for connection in watchers:
        for _ in range(16):
            connection.send(b"".join(
                encode(tag=tag, verb=VERBS["WAIT"], path="/**/x.x*", rev=1) for tag in range(1000)))
    greedy = watchers[0]
    for tag in range(1000):
        greedy.send(encode(tag=tag, verb=VERBS["WAIT"], path="/**/x.x*", rev=1))
    refused = greedy.answer()
    if refused is None or not refused.get("err_detail", b"").startswith(b"connection exceeds"):
        yield f"one connection watches without bound: {refused}"
    writer = Connection(server.port)
    writes = 3000
    for _ in range(writes):
        writer.send(encode(tag=1, verb=VERBS["SET"], path="/w/other", value="v", rev=-1))
    for _ in range(writes):
        if "rev" not in (writer.answer() or {}):
            yield "many watchers keep others from writing"
            break
    late = watchers[1]
    writer.call("SET", path="/w/x.x1", value="v", rev=-1)
    if late.answer() is None:
        yield "one of many watchers is not told"
    for connection in [*watchers, writer]:
        connection.close()


def check_descriptors():
    """Connections must not take what the disk needs."""
    with Server(before=["prlimit", "--nofile=256"]) as server:
        early = Connection(server.port)
        idle = [Connection(server.port) for _ in range(400)]
        strange = [Connection(server.peer_port) for _ in range(400)]
        for number in range(40):  # Several segments.
            if "rev" not in (early.call("SET", path="/big", value=b"x" * MEGABYTE, rev=-1) or {}):
                yield f"with too many connections write {number} fails: {server.said()}"
                break
        for one in [early, *idle, *strange]:
            one.close()
        crowded = [line for line in server.said().splitlines() if "connection" in line]
        if not 1 <= len(crowded) <= 8:
            yield f"too many connections are spoken of {len(crowded)} times"
        late = Connection(server.port)
        if late.call("REV") is None:
            yield "nobody is served when they are gone"
        late.close()


def check_no_quorum():
    """Commands wait for a leader that never comes: so many as there is room for."""
    alone = "127.0.0.1:{peer},127.0.0.1:1,127.0.0.1:2"
    with Server("--request-timeout", "20s", "--peers", alone) as server:
        connections = [Connection(server.port) for _ in range(5)]
        asked = 40
        for connection in connections:
            for _ in range(asked):
                connection.send(encode(tag=1, verb=VERBS["SET"], path="/a", value=b"x" * MEGABYTE,
                                       rev=-1))
        refused = connections[-1].answer()
        if refused is None or not refused.get("err_detail", b"").startswith(b"no room"):
            yield f"200 MB wait, and more is taken: {str(refused)[:80]}"
        if connections[0].call("SELF") is None:
            yield "nobody is served while much waits"
        if memory(server) > MOST_MEMORY + 64 * MEGABYTE:
            yield f"{memory(server) // MEGABYTE} MB of memory for commands that wait"
        for connection in connections:
            connection.close()


def main():
    problems = list(check_rights()) + list(check_no_quorum()) + list(check_descriptors())
    problems += list(check_idle())
    with Server() as server:
        for check in (check_frames, check_defects, check_slow_reader, check_watchers,
                      check_crowds):
            problems += list(check(server))
            connection = Connection(server.port)
            if "rev" not in (connection.call("REV") or {}):
                problems.append(f"nobody is served after {check.__name__}")
            connection.close()
        if server.stop() != 0:
            problems.append("it does not end well: " + server.said())
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

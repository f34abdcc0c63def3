"""Goal: whoever speaks Doozer's protocol is answered as Doozer answered, field by field.

Method: tests/data/doozer/wire.jsonl holds exchanges with a real Doozer. Each case of a single node
is sent to a server of its own; revisions are counted from the one at rest after the start. What a
node writes about itself below /ctl differs, so of that only kinds are compared. Left out are cases
in which Doozer was wrong; serve_hostile.py has them. doozer_wire_nodes.py has those of several.
"""

import concurrent.futures
import json
import struct
import sys
import time

from _decree import (DATA, ID, PATIENCE, REQUEST, VERBS, Connection, Server, decode, encode,
                     fields_of, varint)

BASE = 58  # The revision at rest of the recorded server.
QUIET = 0.15  # Seconds without an answer, where none was recorded.
# What was recorded is what the server wrote at its start, revision by revision; or another program.
OTHER_BOOT = {"walk-all-boot", "wait-boot-history", "doozerd-joins", "walk-rev-zero", "wait-rev0"}
# Trimming takes place once a second there, and in each slot here.
OTHER_TRIMMING = {"history-before-trim"}
# Requests that race there are answered in their order here: who wins may differ.
RACES = {"pipeline-cas-race"}
# Which of the requests that race gets which revision is not fixed.
ANY_ORDER = {"pipeline-sets"}
REFUSED = OTHER_BOOT | OTHER_TRIMMING | RACES


def as_bytes(value):
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    return value.encode() if isinstance(value, str) else value


def load():
    cases = {}
    for line in (DATA / "wire.jsonl").read_text().splitlines():
        step = json.loads(line)
        cases.setdefault(step["case"], []).append(step)
    return {name: steps for name, steps in cases.items()
            if steps[0]["topology"].startswith("single node") and name not in REFUSED
            and steps[0]["judgement"] not in ("defect", "library")}


class Replay:
    def __init__(self, steps, server):
        self.steps = steps
        self.server = server
        secret = (steps[0].get("server_env") or {}).get("DOOZER_RWSECRET")
        self.me, self.base = server.at_rest(secret)
        self.connections = {}
        self.asked = {}
        self.problems = []

    def connection(self, name):
        if name not in self.connections:
            self.connections[name] = Connection(self.server.port)
        return self.connections[name]

    def revision(self, recorded):
        """Ours; of those before the one at rest no more is asked than that they are there."""
        if recorded < BASE:
            return min(recorded, self.base)
        return recorded - BASE + self.base

    def translated(self, body):
        """The request with its revisions and node ids made the server's own."""
        out = b""
        for number, value, raw in fields_of(body):
            if number == 9 and value > 0 and value < 1 << 31:
                raw = varint(9 << 3) + varint(self.revision(value))
            elif number == 4 and isinstance(value, bytes) and ID.search(value):
                path = ID.sub(self.me, value)
                raw = varint(4 << 3 | 2) + varint(len(path)) + path
            out += raw
        return out

    def prepared(self, name, data):
        """All bytes of a step: whole frames are translated, anything else stays as it was."""
        out = b""
        while data:
            size = struct.unpack(">I", data[:4])[0] if len(data) >= 4 else len(data)
            body, rest = data[4:4 + size], data[4 + size:]
            if len(body) < size:
                return out + data
            try:
                body = self.translated(body)
                request = decode(body, REQUEST)
                self.asked[name, request.get("tag")] = request
            except (ValueError, IndexError):
                pass
            out += struct.pack(">I", len(body)) + body
            data = rest
        return out

    def compare(self, name, expected, got):
        """What is wrong with an answer."""
        bad = [f"{field} is missing" for field in expected if field not in got]
        bad += [f"{field} is too much" for field in got if field not in expected]
        request = self.asked.get((name, expected.get("tag")), {})
        path = got.get("path") or request.get("path") or b""
        own = path.startswith(b"/ctl") and 0 < expected.get("rev", 0) <= BASE or \
            path == b"/" or request.get("verb") == VERBS["SELF"] or path.startswith(b"/ctl/n")
        for field in expected.keys() & got.keys():
            want = expected[field]
            if isinstance(want, bytes):
                want = ID.sub(self.me, want)
            if field == "rev" and want > BASE and self.steps[0]["case"] in ANY_ORDER:
                fine = got[field] > self.base
            elif field == "rev" and 0 < want <= BASE and own:
                fine = 0 < got[field] <= self.base
            elif field == "rev" and want > 0:
                fine = got[field] == want - BASE + self.base
            elif field in ("value", "len") and own and expected.get("rev") != 0:
                fine = bool(got[field]) == bool(want)
            else:
                fine = got[field] == want
            if not fine:
                bad.append(f"{field} is {got[field]!r}, not {want!r}")
        return bad

    def expect(self, step, responses):
        """Takes as many answers as were recorded on each connection, and no more."""
        for name in {answer["conn"] for answer in responses} | {step.get("conn")}:
            if name is None:
                continue
            wanted = [{k: as_bytes(v) for k, v in answer.items() if k not in ("conn", "err_name")}
                      for answer in responses if answer["conn"] == name]
            connection = self.connection(name)
            got = [connection.answer() for _ in wanted]
            by_tag = lambda answer: str((answer or {}).get("tag"))  # noqa: E731
            for want, have in zip(sorted(wanted, key=by_tag), sorted(got, key=by_tag)):
                problems = ["no answer"] if have is None else self.compare(name, want, have)
                self.problems += [f"step {step['step']}: {bad}" for bad in problems]
            closes = name in (step.get("server_closed") or [])
            end = time.monotonic() + (PATIENCE if closes else QUIET if step.get("outcome") else 0)
            while not connection.ended and time.monotonic() < end:
                connection.receive(end - time.monotonic())
                if connection.held:
                    break
            if connection.held:
                self.problems.append(f"step {step['step']}: more answers than recorded")
            if closes and not connection.ended:
                self.problems.append(f"step {step['step']}: the connection stays open")

    def run(self):
        for before in self.steps[0].get("setup") or []:
            request = {k: as_bytes(v) for k, v in before.get("request", {}).items()
                       if k in REQUEST.values()}
            side = self.connection("side")
            for _ in range(before.get("repeat", 1) if request else 0):
                side.send(self.prepared("side", encode(**request)))
                side.answer()
        for step in self.steps:
            if "action" in step:
                self.connection(step["conn"]).close()
                del self.connections[step["conn"]]
                continue
            connection = self.connection(step["conn"])
            data = self.prepared(step["conn"], bytes.fromhex(step["request_hex"]))
            pieces = [data[i:i + 1] for i in range(len(data))] \
                if "byte" in step.get("sent_as", "") else [data]
            for piece in pieces:
                connection.send(piece)
            if "shuts down" in step.get("sent_as", ""):
                connection.socket.shutdown(1)
            self.expect(step, step["responses"])
        return self.problems


def start(arguments, env):
    """A server whose id no recorded glob matches: Doozer's ids have capital letters, ours small."""
    while True:
        server = Server(*arguments, env=env)
        if not server.at_rest((env or {}).get("DOOZER_RWSECRET"))[0].endswith(b"a"):
            return server
        server.__exit__()


def replay(item):
    name, steps = item
    first = steps[0]
    arguments = [flag.replace("-hist", "--hist") for flag in first.get("server_args") or []]
    with start(arguments, first.get("server_env")) as server:
        try:
            problems = Replay(steps, server).run()
        except (OSError, ValueError, TypeError, KeyError) as error:
            problems = [f"{type(error).__name__}: {error}"]
        if server.process.poll() is not None:
            problems.append("the server is gone: " + server.said())
    return [f"{name}: {problem}" for problem in problems]


def main():
    only = sys.argv[1:]
    cases = {name: steps for name, steps in load().items() if not only or name in only}
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        problems = [line for lines in pool.map(replay, cases.items()) for line in lines]
    print("\n".join(problems))
    print(f"{len(cases)} cases, {len(problems)} problems")
    sys.exit(1 if problems or not cases else 0)


if __name__ == "__main__":
    main()

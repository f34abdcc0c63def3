"""What the end-to-end tests of the program `decree` share: servers on free ports, and Doozer's
messages as bytes, written anew here so that the test does not believe the product's own code.
"""

import fcntl
import functools
import os
import random
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

DECREE = Path(os.environ["DECREE_BIN"]) / "decree"
DATA = Path(os.environ["DECREE_SOURCE"]) / "tests" / "data" / "doozer"
VERBS = {"GET": 1, "SET": 2, "DEL": 3, "REV": 5, "WAIT": 6, "NOP": 7, "WALK": 9, "GETDIR": 14,
         "STAT": 16, "SELF": 20, "TRANSACT": 30, "OPEN_SESSION": 31, "KEEP_ALIVE": 32,
         "CLOSE_SESSION": 33, "ACQUIRE": 34, "RELEASE": 35, "WATCH": 36, "CANCEL": 37,
         "CONFIGURE": 38, "ACCESS": 99}
REQUEST = {1: "tag", 2: "verb", 4: "path", 5: "value", 6: "other_tag", 7: "offset", 9: "rev",
           20: "compares", 21: "writes", 22: "session", 23: "ttl_us", 24: "mark_every", 25: "local",
           26: "settings", 27: "patience_us"}
COMPARE = {1: "path", 2: "rev", 3: "subtree"}
WRITE = {1: "path", 2: "value", 3: "session", 4: "remove"}
PARTS = {"compares": COMPARE, "writes": WRITE, "settings": {1: "name", 2: "number"}}
RESPONSE = {1: "tag", 2: "flags", 3: "rev", 5: "path", 6: "value", 8: "len", 20: "session",
            21: "part", 22: "group", 23: "through", 24: "lock", 100: "err_code", 101: "err_detail"}
SKIPPED = 77   # The status of a test that says nothing of this build, or this machine.


@functools.cache
def sanitized():
    """Whether the program has a sanitizer in it, which needs libraries, and memory of its own."""
    code = DECREE.read_bytes()
    return b"__asan_init" in code or b"__tsan_init" in code


# Seconds for what is bound to come; nothing passes by waiting so long.
PATIENCE = 120 if sanitized() else 30


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out + bytes([number]))


def read_varint(data, at):
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number & (1 << 64) - 1, at


def fields_of(body):
    """[(number, value, its bytes with the key)] in the order of the bytes."""
    found, at = [], 0
    while at < len(body):
        begin = at
        key, at = read_varint(body, at)
        if key & 7 == 0:
            value, at = read_varint(body, at)
            value = value - (1 << 64) if value >> 63 else value
        elif key & 7 == 2:
            size, at = read_varint(body, at)
            if at + size > len(body):
                raise ValueError("cut short")
            value, at = body[at:at + size], at + size
        elif key & 7 in (1, 5):
            size = 8 if key & 7 == 1 else 4
            value, at = body[at:at + size], at + size
        else:
            raise ValueError("a kind of field that is not used")
        found.append((key >> 3, value, body[begin:at]))
    return found


def decode(body, names=RESPONSE):
    numbers = [number for number, _, _ in fields_of(body)]
    if numbers != sorted(numbers) and names is RESPONSE:
        raise ValueError(f"fields do not ascend: {numbers}")
    return {names[number]: value for number, value, _ in fields_of(body) if number in names}


def encode_fields(message, names):
    """`message`: values by name; a list is a field that comes again and again."""
    out = bytearray()
    for number, name in names.items():
        given = message.get(name)
        if given is None:
            continue
        for value in given if isinstance(given, list) else [given]:
            if isinstance(value, dict):
                value = encode_fields(value, PARTS[name])
            if isinstance(value, str):
                value = value.encode()
            out += varint(number << 3 | 2) + varint(len(value)) + value \
                if isinstance(value, bytes) else varint(number << 3) + varint(value)
    return bytes(out)


def encode(**request):
    out = encode_fields(request, REQUEST)
    return struct.pack(">I", len(out)) + out


class Connection:
    def __init__(self, port, buffer=None):
        """`buffer`: how many bytes may arrive unread, about; the system's own choice without."""
        self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(PATIENCE)
        try:
            self.socket.connect(("127.0.0.1", port))
        except OSError:
            self.socket.close()
            raise
        self.held = b""
        self.ended = False

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            self.ended = True

    def receive(self, seconds):
        """Takes in what comes within so long; False when nothing did."""
        if self.ended or not select.select([self.socket], [], [], seconds)[0]:
            return False
        try:
            data = self.socket.recv(1 << 20)
        except OSError:
            data = b""
        self.ended = not data
        self.held += data
        return True

    def take(self):
        """The next response's body, if it is whole."""
        if len(self.held) < 4:
            return None
        size = struct.unpack(">I", self.held[:4])[0]
        if len(self.held) < 4 + size:
            return None
        body, self.held = self.held[4:4 + size], self.held[4 + size:]
        return body

    def answer(self, seconds=PATIENCE):
        """The next response; None when the connection ends, or nothing comes."""
        end = time.monotonic() + seconds
        while (body := self.take()) is None:
            if self.ended or time.monotonic() > end:
                return None
            self.receive(max(0.0, end - time.monotonic()))
        return decode(body)

    def call(self, verb, **request):
        self.send(encode(tag=1, verb=VERBS[verb], **request))
        return self.answer()

    def close(self):
        self.socket.close()


CLAIMED = []  # Open files: a port is this process's as long as it lives.


def free_port():
    """Below those that systems give to outgoing connections, and claimed by nobody else here."""
    folder = os.path.join(tempfile.gettempdir(), f"decree-ports-{os.getuid()}")
    os.makedirs(folder, exist_ok=True)
    while True:
        port = random.randrange(10_000, 32_000)
        claim = open(os.path.join(folder, str(port)), "w")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        CLAIMED.append(claim)
        return port


class Server:
    """`decree serve` with a data folder of its own, which goes with it unless one was given. In its
    arguments {peer} stands for its port for peers."""

    def __init__(self, *arguments, env=None, data=None, port=None, before=()):
        self.folder = None if data else tempfile.TemporaryDirectory(prefix="decree-e2e-")
        self.data = data or os.path.join(self.folder.name, "data")
        self.port = port or free_port()
        self.peer_port = free_port()
        self.arguments = [text.replace("{peer}", str(self.peer_port)) for text in arguments]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("DOOZER_")}
        self.env = clean | (env or {})
        self.before = before  # Of the command line: what starts it.
        self.start()

    def start(self):
        self.log = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen(
            [*self.before, DECREE, "serve", "--data", self.data,
             "--client", f"127.0.0.1:{self.port}",
             "--peer", f"127.0.0.1:{self.peer_port}", *self.arguments],
            env=self.env, stderr=self.log, stdin=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                Connection(self.port).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError("no server: " + self.said()) from None
                time.sleep(0.01)

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def at_rest(self, secret=None):
        """(its id, its revision once it has registered itself)"""
        connection = Connection(self.port)
        if secret:
            connection.call("ACCESS", value=secret)
        me = connection.call("SELF")["value"]
        path = b"/ctl/node/" + me + b"/writable"
        connection.call("WAIT", path=path, rev=1)
        rev = connection.call("REV")["rev"]
        connection.close()
        return me, rev

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        status = self.process.wait(PATIENCE)
        self.log.close()
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        if self.folder:
            self.folder.cleanup()


ID = re.compile(rb"[A-Z2-7]{16}")

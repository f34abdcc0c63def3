"""A disk that is slow, for a node that runs: `strace` holds up its syncs."""

import subprocess
from pathlib import Path

from _cluster import until


def told_of(node):
    return Path(f"/proc/{node.process.pid}/status").read_text(encoding="ascii")


class SlowSyncs:
    """Of a node that runs. Use as a context."""

    def __init__(self, node, microseconds, when):
        self.log = Path(node.data + ".strace")
        self.process = subprocess.Popen(
            ["strace", "-f", "-q", "-o", self.log, "-p", str(node.process.pid), "-e",
             "trace=fdatasync", "-e", f"inject=fdatasync:delay_enter={microseconds}:when={when}"],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.works = until(lambda: self.process.poll() is not None or "TracerPid:\t0" not in
                           told_of(node)) and self.process.poll() is None

    def delayed(self):
        return self.log.read_text(encoding="ascii").count("(DELAYED)")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

"""A network between nodes that can be cut: each node is dialled at an address of this proxy, which
passes on what is sent, or holds it back, or is slow. To those who talk a cut is silence: nothing is
refused.
"""

import random
import re
import socket
import threading
import time

from _decree import free_port

ADDRESS = re.compile(rb"127\.0\.0\.1:(\d+)")


class Link:
    """From who dialled to who was dialled; who dialled says in its first words who it is."""

    def __init__(self, dialled, target, to):
        self.to = to
        self.source = None
        self.ended = False
        self.dialled = dialled
        self.target = socket.create_connection(("127.0.0.1", target))
        for end in (dialled, self.target):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def end(self):
        self.ended = True
        for end in (self.dialled, self.target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It has ended already.


class Proxy:
    """Nodes are numbers, from 0 on. Use as a context."""

    def __init__(self, targets, seed=1):
        """`targets`: the ports at which the nodes listen."""
        self.ports = [free_port() for _ in targets]
        self.chance = random.Random(seed)
        self.cuts = set()  # (from, to): what the one sends does not reach the other.
        self.changed = threading.Condition()
        self.links = []
        self.rate = None  # Bytes a second over each link, in each direction.
        self.carried = 0
        self.listeners = [socket.create_server(("127.0.0.1", port)) for port in self.ports]
        for listener in self.listeners:
            # Little may lie in buffers, where no node sees that it waits.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        for index, target in enumerate(targets):
            self.begin(self.listen, index, target)

    def begin(self, work, *arguments):
        threading.Thread(target=work, args=arguments, daemon=True).start()

    def address(self, index):
        return f"127.0.0.1:{self.ports[index]}"

    def cut(self, *pairs):
        with self.changed:
            self.cuts |= set(pairs)

    def isolate(self, *indices):
        """Nothing between these and the others, in either direction."""
        others = [i for i in range(len(self.ports)) if i not in indices]
        self.cut(*((a, b) for a in indices for b in others),
                 *((b, a) for a in indices for b in others))

    def heal(self):
        """Of what was held back some comes late, and some never: then its link breaks."""
        with self.changed:
            for link in self.links:
                if self.holds(link) and self.chance.randrange(2):
                    link.end()
            self.cuts.clear()
            self.changed.notify_all()

    def holds(self, link):
        return (link.source, link.to) in self.cuts and not link.ended

    def listen(self, index, target):
        while True:
            try:
                dialled, _ = self.listeners[index].accept()
            except OSError:
                return  # The end.
            try:
                link = Link(dialled, target, index)
            except OSError:
                dialled.close()
                continue
            with self.changed:
                self.links = [old for old in self.links if not old.ended] + [link]
            self.begin(self.carry, link, link.dialled, link.target)
            self.begin(self.carry, link, link.target, link.dialled)

    def carry(self, link, source, sink):
        try:
            while data := source.recv(1 << 16):
                if link.source is None and source is link.dialled:
                    said = ADDRESS.search(data)
                    link.source = self.ports.index(int(said[1])) if said else None
                with self.changed:
                    self.changed.wait_for(lambda: not self.holds(link))
                sink.sendall(data)
                with self.changed:
                    self.carried += len(data)
                if self.rate:
                    time.sleep(len(data) / self.rate)
        except OSError:
            pass  # One of them is gone: so is the link.
        link.end()
        source.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for listener in self.listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.heal()
        for link in self.links:
            link.end()

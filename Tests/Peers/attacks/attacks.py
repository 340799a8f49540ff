"""What hostile peers send to digitd's HTTP port, and to its binary one."""

import selectors
import socket
import struct
import time
from dataclasses import dataclass

HOST = b"Host: 127.0.0.1\r\n"
MANY = 16


@dataclass(frozen=True)
class Attack:
    name: str
    # What a connection sends; after it, the tail again and again.
    head: bytes
    tail: bytes = b""
    connections: int = MANY
    # Between two tails of a connection, in seconds; without a pause as fast as the peer reads.
    pause: float = 0
    # Whether a connection begins anew once the head is sent, answered or not.
    repeats: bool = False
    # "http" or "binary"
    door: str = "http"


def post(*fields, body=b"", path=b"/v1/predict"):
    lines = b"".join(field + b"\r\n" for field in fields)
    return b"POST " + path + b" HTTP/1.1\r\n" + HOST + lines + b"\r\n" + body


def get(path, *fields, host=HOST):
    lines = b"".join(field + b"\r\n" for field in fields)
    return b"GET " + path + b" HTTP/1.1\r\n" + host + lines + b"\r\n"


BOTH = (b"Content-Length: 4", b"Transfer-Encoding: chunked")
PREFLIGHT = (
    b"OPTIONS /v1/predict HTTP/1.1\r\n" + HOST + b"Origin: http://example.com\r\n"
    b"Access-Control-Request-Method: POST\r\n\r\n"
)  # fmt: skip
LORIS = b"GET / HTTP/1.1\r\n" + HOST
CHUNKED = b"Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked"



def frame(kind, request=0, parameters=b"", payload=b""):
    return struct.pack("<IBBHQ16s", len(payload), kind, 0xD1, 0, request, parameters) + payload


HELLO = frame(1, parameters=struct.pack("<IHHII", 0x31544744, 1, 1, 0, 0))
# Pixels of a type that there is not.
BAD_PREDICT = struct.pack("<HBBHHII", 0, 9, 1, 1, 0, 0, 0)
QUESTIONS = {
    "stats": lambda request: frame(5, request),
    "ping": lambda request: frame(4, request, payload=b"x" * 64),
    "metadata": lambda request: frame(7, request),
    "unknown-type": lambda request: frame(0x20, request),
    "bad-predict": lambda request: frame(2, request, BAD_PREDICT),
}


def floods():
    """Questions without end that are no predictions, on few connections and on many."""
    for name, question in QUESTIONS.items():
        asked = b"".join(question(request) for request in range(1, 4097))
        for count in (1, 16, 200):
            yield Attack(f"{name}-on-{count}", HELLO, asked, count, door="binary")


ATTACKS = [
    Attack("slow-loris", LORIS, b"X: y\r\n", connections=1000, pause=1),
    Attack("endless-body", post(CHUNKED), b"1000\r\n" + bytes(4096) + b"\r\n"),
    Attack("header-of-1-MB", b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"y" * 1_000_000, repeats=True),
    Attack("both-lengths", post(*BOTH, body=b"0\r\n\r\nGET /x HTTP/1.1\r\n\r\n"), repeats=True),
    Attack("two-lengths", post(b"Content-Length: 4", b"Content-Length: 5"), repeats=True),
    Attack("bare-line-feeds", get(b"/").replace(b"\r\n", b"\n"), repeats=True),
    Attack("folded-header", get(b"/", b"X: a\r\n b"), repeats=True),
    Attack("path-traversal", get(b"/../../etc/passwd"), repeats=True),
    Attack("foreign-host", get(b"/", host=b"Host: example.com\r\n"), repeats=True),
    Attack("preflight", PREFLIGHT, repeats=True),
    *floods(),
]


class Peer:
    """One hostile connection, which begins anew when it is closed."""

    def __init__(self, attack, port, selector):
        self.attack, self.port, self.selector = attack, port, selector
        self.socket = None
        self.begin()

    def begin(self):
        self.end()
        self.rest, self.sent_at, self.waits = memoryview(self.attack.head), time.monotonic(), False
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(("127.0.0.1", self.port))
        self.selector.register(self.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, self)

    def end(self):
        if self.socket:
            self.selector.unregister(self.socket)
            self.socket.close()
        self.socket = None

    def act(self, events):
        try:
            if events & selectors.EVENT_READ and not self.socket.recv(1 << 16):
                return self.begin()
            if events & selectors.EVENT_WRITE and self.rest:
                self.rest = self.rest[self.socket.send(self.rest) :]
        except BlockingIOError:
            return
        except OSError:
            return self.begin()
        if self.rest:
            return
        if self.attack.repeats:
            return self.begin()
        if not self.attack.pause:
            self.rest = memoryview(self.attack.tail)
        elif not self.waits:
            self.waits = True
            self.selector.modify(self.socket, selectors.EVENT_READ, self)

    def go_on(self, now):
        if self.waits and now - self.sent_at >= self.attack.pause:
            self.rest, self.sent_at, self.waits = memoryview(self.attack.tail), now, False
            self.selector.modify(
                self.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, self
            )


def run(attack, port):
    """Attacks until it is stopped."""
    selector = selectors.DefaultSelector()
    peers = [Peer(attack, port, selector) for _ in range(attack.connections)]
    while True:
        for key, events in selector.select(timeout=0.05):
            key.data.act(events)
        now = time.monotonic()
        for peer in peers:
            peer.go_on(now)

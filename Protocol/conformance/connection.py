"""A connection to the server that is judged."""

import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "Vectors"))
import frames  # noqa: E402

from . import codec  # noqa: E402
from .rules import Failed, expect  # noqa: E402

PATIENCE = 5.0
"""Seconds for what the specification wants at once."""


def open_socket(address):
    if address.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        connection.connect(address[5:])
        return connection
    host, _, port = address.rpartition(":")
    connection = socket.create_connection((host.strip("[]"), int(port)), PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Connection:
    """Sends bytes and reads frames; each frame that comes is judged by what a server may send."""

    def __init__(self, address):
        self.socket = open_socket(address)
        self._read = bytearray()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *data):
        self.socket.settimeout(PATIENCE)
        self.socket.sendall(b"".join(data))

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def next(self, seconds=PATIENCE, awaited="a frame"):
        """The next frame, or None where the server ends the connection."""
        end = time.monotonic() + seconds
        if not self._fill(32, end, awaited):
            return None
        try:
            frame = codec.header(bytes(self._read[:32]))
            if not self._fill(32 + frame.length, end, awaited):
                raise Failed(f"expected {frame.length} bytes of payload of {frame}, got the end")
            frame.payload = bytes(self._read[32:32 + frame.length])
            del self._read[:32 + frame.length]
            codec.check_from_server(frame)
        except codec.Malformed as error:
            raise Failed(f"expected a well-formed frame, got {error}") from None
        return frame

    def _fill(self, count, end, awaited):
        while len(self._read) < count:
            self.socket.settimeout(max(end - time.monotonic(), 0.001))
            try:
                piece = self.socket.recv(1 << 18)
            except ConnectionError as error:
                piece = b""
                if self._read:
                    raise Failed(f"expected {awaited}, got {error}") from None
            except socket.timeout:
                raise Failed(f"expected {awaited}, got nothing in time") from None
            if not piece:
                expect(not self._read, "whole frames", f"the end after {len(self._read)} bytes")
                return False
            self._read += piece
        return True

    def answer(self, name, identifier=0, seconds=PATIENCE):
        """The next frame, which must be this one."""
        awaited = f"{name} of id {identifier}" if identifier else name
        frame = self.next(seconds, awaited)
        got = str(frame) if frame else "the end of the connection"
        expect(frame and frame.name == name and frame.id == identifier, awaited, got)
        return frame

    def error(self, code, identifier=0, seconds=PATIENCE):
        """The next frame, which must be this ERROR; one that closes is the last."""
        awaited = f"ERROR {code}" + (f" of id {identifier}" if identifier else "")
        frame = self.next(seconds, awaited)
        got = str(frame) if frame else "the end of the connection"
        is_it = frame and frame.name == "ERROR" and frame.id == identifier
        expect(is_it and frame.fields["code"] == codec.CODES[code]["code"], awaited, got)
        if codec.CODES[code]["closes"]:
            self.end()
        return frame

    def end(self, seconds=PATIENCE):
        frame = self.next(seconds, "the end of the connection")
        expect(frame is None, "the end of the connection", frame)

    def hello(self, token=b"", features=0, **more):
        self.send(frames.hello(features=features, token=token, **more))
        return codec.welcome(self.answer("WELCOME"))

    def still_serves(self):
        """A refused frame cost the request, and not the connection."""
        self.send(frames.health("live"))
        self.answer("HEALTH_REPLY")


class Server:
    """The server that is judged: its address, its tokens, and what its WELCOME says."""

    def __init__(self, address, token=b"", wait=0.0, drain_pid=None, limited_tokens=(),
                 connection_limit=0):
        self.address, self.token, self.wait, self.drain_pid = address, token, wait, drain_pid
        self.limited_tokens, self.connection_limit = limited_tokens, connection_limit
        with self.connect() as connection:
            self.welcome = connection.welcome

    def open(self):
        """A connection without HELLO."""
        return Connection(self.address)

    def connect(self, **hello):
        connection = self.open()
        connection.welcome = connection.hello(self.token, **hello)
        return connection

    @property
    def models(self):
        return self.welcome["models"]

    @property
    def is_usual(self):
        """Whether it is the server of Vectors/README.md."""
        return len(self.models) == 1 and self.models[0]["handle"] == 1 and (
            self.models[0]["versions"] == [1] and self.models[0]["classes"] == 10
            and self.models[0]["pixel_types"] == 3 and self.models[0]["properties"] & 1 == 1)

    @property
    def unknown_handle(self):
        return next(handle for handle in range(1, 0xFFFF)
                    if handle not in [model["handle"] for model in self.models])

"""The client for one connection, which waits for its answers."""

from __future__ import annotations

import itertools
import socket
import ssl
import struct
import time
from collections import deque
from typing import Iterable, Iterator, Optional

import numpy.typing as npt

from .terms import Request, Terms, joined
from .wire import (
    ANSWERS, GOAWAY, HEADER, HEALTH, HEALTH_REPLY, HELLO, METADATA,
    METADATA_REPLY, PING, PONG, PREDICT, RELOAD, RELOAD_REPLY, RESULT, STATS, STATS_REPLY, WELCOME,
    Answer, ConnectionEnded, Frame, Model, ModelStatistics, ProtocolViolation, Reload, answer_of,
    bytes_of, checked, frame_of, hello_parameters, model_statistics_of, models_of, payload_length,
    reload_of, stats_of)


class DigitsClient(Terms):
    """A connection to a server at `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.

    `timeout` is in seconds, for connecting and for each request from its sending to the last byte
    of its answer; then `TimeoutError` is raised. A late answer is dropped when it comes.

    `tls` encrypts and says whom to trust, as `ssl.create_default_context(cafile="ca.pem")`;
    `server_name` is the name that the server's certificate must have, else that of the address.
    What is wrong with a certificate is raised as `ssl.SSLError`.

    `model_statistics` asks the server to tell of each model, for the method of that name.
    """

    def __init__(
        self, address: str, token: bytes = b"", timeout: float = 10.0,
        tls: Optional[ssl.SSLContext] = None, server_name: Optional[str] = None,
        model_statistics: bool = False,
    ) -> None:
        self._timeout = timeout
        self._end = 0.0  # when the request under way is given up, by time.monotonic()
        self._socket = _connect(address, timeout, tls, server_name)
        self._buffer = bytearray()
        self._ids = itertools.count(1)
        self.is_leaving = False
        self._welcome(token, model_statistics)

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> DigitsClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _welcome(self, token: bytes, model_statistics: bool) -> None:
        self._send(HELLO, 0, hello_parameters(model_statistics), token)
        frame = self._expect(0, WELCOME)
        self.welcomed(frame)

    def predict(
        self, images: npt.ArrayLike, model: Optional[str] = None, returns: str = "top-1",
        version: int = 0, deadline: Optional[float] = None, raw: bool = False,
    ) -> Answer:
        """What digits the images show: integers 0…255 or floats 0…1, any shape of n × 784 pixels.

        Any number of them: what is more than the server takes at once goes as several requests.
        `deadline` is in seconds, for each request; `raw` skips the model's input conditioning.
        """
        requests = self.requests(images, model, returns, version, deadline, raw)
        return joined(list(self._answers(requests, returns, 4)))

    def predict_many(
        self, batches: Iterable[npt.ArrayLike], in_flight: int = 16, model: Optional[str] = None,
        returns: str = "top-1", deadline: Optional[float] = None,
    ) -> Iterator[Answer]:
        """The answers to many batches in their order, with several requests in flight."""
        counts: deque[int] = deque()  # of the requests of each batch

        def requests() -> Iterator[Request]:
            for batch in batches:
                parts = list(self.requests(batch, model, returns, 0, deadline))
                counts.append(len(parts))
                yield from parts

        answers: list[Answer] = []
        for answer in self._answers(requests(), returns, in_flight):
            answers.append(answer)
            if len(answers) == counts[0]:
                counts.popleft()
                yield joined(answers)
                answers = []

    def _answers(
        self, requests: Iterable[Request], returns: str, in_flight: int
    ) -> Iterator[Answer]:
        """The answers in order, with so many requests in flight."""
        waiting: deque[tuple[int, int]] = deque()  # identifiers and counts of images
        arrived: dict[int, Frame] = {}
        room = max(1, min(in_flight, self.in_flight_max))

        def next_answer() -> Answer:
            identifier, count = waiting.popleft()
            self._end = time.monotonic() + self._timeout
            while identifier not in arrived:
                frame = self._receive()
                if frame.id == 0:
                    checked(frame, RESULT)
                arrived[frame.id] = frame
            return answer_of(checked(arrived.pop(identifier), RESULT), returns, count)

        for request in requests:
            if len(waiting) == room:
                yield next_answer()
            identifier = next(self._ids)
            self._send(PREDICT, identifier, request.parameters, request.payload, request.flags)
            waiting.append((identifier, request.image_count))
        while waiting:
            yield next_answer()

    def ping(self, payload: bytes = b"") -> None:
        echo = self._round_trip(PING, payload=payload, answer=PONG).payload
        if echo != payload:
            raise ProtocolViolation(f"expected PONG to carry {payload!r}, got {bytes(echo)!r}")

    def stats(self) -> dict[str, int]:
        return stats_of(self._round_trip(STATS, answer=STATS_REPLY))

    def model_statistics(self) -> list[ModelStatistics]:
        """Of each model, where `model_statistics` was asked for and the server can; else empty."""
        return model_statistics_of(self._round_trip(STATS, answer=STATS_REPLY))

    def metadata(self) -> list[Model]:
        """Asks for the models that the server offers now; `models` has them from then on."""
        frame = self._round_trip(METADATA, struct.pack("<H14x", 0xFFFF), answer=METADATA_REPLY)
        self.models = models_of(frame.payload, struct.unpack_from("<H", frame.parameters)[0])
        return self.models

    def health(self, ready: bool = False) -> bool:
        self._send(HEALTH, 0, struct.pack("<B15x", ready))
        return self._expect(0, HEALTH_REPLY).parameters[1] == 1

    def reload(self) -> Reload:
        """Has the server look at its model folder again; `metadata` tells what it serves then."""
        return reload_of(self._round_trip(RELOAD, answer=RELOAD_REPLY))

    def _round_trip(
        self, kind: int, parameters: bytes = b"", payload: bytes = b"", *, answer: int
    ) -> Frame:
        identifier = next(self._ids)
        self._send(kind, identifier, parameters, payload)
        return self._expect(identifier, answer)

    def _send(
        self, kind: int, identifier: int, parameters: bytes, payload: bytes = b"", flags: int = 0
    ) -> None:
        self._end = time.monotonic() + self._timeout
        self._socket.settimeout(self._timeout)
        try:
            self._socket.sendall(bytes_of(kind, identifier, parameters, payload, flags))
        except socket.timeout:
            self.close()  # part of a frame may have been sent
            raise TimeoutError(
                f"expected the server to take a request within {self._timeout} s") from None

    def _expect(self, identifier: int, kind: int) -> Frame:
        """The answer to a request; older requests' late answers are dropped."""
        while True:
            frame = self._receive()
            if frame.id == identifier or frame.id == 0:
                return checked(frame, kind)

    def _receive(self) -> Frame:
        """The next frame that is about a request or ours alone."""
        while True:
            self._fill(HEADER.size)
            length = payload_length(self._buffer)
            self._fill(HEADER.size + length)
            frame = frame_of(bytes(self._buffer[: HEADER.size + length]))
            del self._buffer[: HEADER.size + length]
            if frame.type == GOAWAY:
                self.is_leaving = True
            elif frame.type in ANSWERS or frame.type == RELOAD_REPLY:
                return frame

    def _fill(self, count: int) -> None:
        """Reads until `count` bytes are there; a time-out leaves what has come for later."""
        while len(self._buffer) < count:
            try:
                if (left := self._end - time.monotonic()) <= 0:
                    raise socket.timeout
                self._socket.settimeout(left)
                piece = self._socket.recv(max(count - len(self._buffer), 65536))
            except socket.timeout:
                raise TimeoutError(
                    f"expected an answer within {self._timeout} s, got none") from None
            if not piece:
                raise ConnectionEnded("the server closed the connection")
            self._buffer += piece


def _connect(
    address: str, timeout: float, tls: Optional[ssl.SSLContext], server_name: Optional[str],
) -> socket.socket:
    if address.startswith("unix:"):
        if tls:
            raise ValueError("TLS is for HOST:PORT, not for Unix sockets")
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(timeout)
        connection.connect(address[5:])
        return connection
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    connection = socket.create_connection((host, int(port)), timeout)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not tls:
        return connection
    try:
        return tls.wrap_socket(connection, server_hostname=server_name or host)
    except BaseException:
        connection.close()
        raise

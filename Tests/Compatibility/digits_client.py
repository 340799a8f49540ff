"""A client for the Digits protocol, version 1, written from SPEC.md alone.

    with DigitsClient("127.0.0.1:7311") as client:
        print(client.predict(images).labels)  # uint8, shape (n, 28, 28), ink high

Needs Python 3.9 and NumPy. One thread may use a client at a time; `predict_many` pipelines.
"""

from __future__ import annotations

import itertools
import socket
import struct
import time
from collections import deque
from dataclasses import dataclass
from typing import Iterable, Iterator, NamedTuple, Optional

import numpy as np

MAGIC = 0x31544744
VERSION = 1
MARK = 0xD1
HEADER = struct.Struct("<IBBHQ16s")
PAYLOAD_MAX = 1 << 20
HELLO, PREDICT, PING, STATS, METADATA, HEALTH, GOAWAY = 0x01, 0x02, 0x04, 0x05, 0x06, 0x07, 0x90
ANSWERS = WELCOME, RESULT, PONG, STATS_REPLY, METADATA_REPLY, HEALTH_REPLY, ERROR = (
    0x81, 0x82, 0x84, 0x85, 0x86, 0x87, 0xFF)
RAW = 1 << 8

PIXEL_TYPES = {np.dtype("u1"): 1, np.dtype("<f4"): 2}
RETURNS = {"top-1": 1, "probabilities": 2}
TOP_ONE = np.dtype([("probability", "<f4"), ("label", "<u2"), ("reserved", "<u2")])
PRECISIONS = {1: "f32", 2: "bf16", 3: "int8"}


class ProtocolViolation(Exception):
    """The server sent something that the protocol does not allow."""


class ConnectionEnded(Exception):
    """The server closed before the answer: the request may have been processed."""


class ServerError(Exception):
    """An ERROR frame. `retryable` and `processed` say whether sending it again makes sense."""

    def __init__(self, parameters: bytes, payload: bytes) -> None:
        fields = struct.unpack("<HBBBBHII", parameters)
        self.code, self.fault, retryable, processed, closes, _, retry_after, image = fields
        self.retryable = retryable == 1
        self.processed = {0: "no", 1: "yes"}.get(processed, "unknown")
        self.closes = closes == 1
        self.retry_after_seconds = retry_after / 1000
        self.image: Optional[int] = None if image == 0xFFFFFFFF else image
        self.message = payload.decode("utf-8", "replace")
        super().__init__(f"code {self.code}: {self.message}")


@dataclass(frozen=True)
class Model:
    """A model that the server offers."""

    handle: int
    name: str
    version: int
    versions: tuple[int, ...]
    is_default: bool
    is_conditioned: bool
    precision: str  # "f32", "bf16" or "int8"
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What the images of one request show.

    `labels`: (n,); `probabilities`: (n,) for top-1, else (n, classes) in class order;
    `precision`: what they were computed with, "f32", "bf16" or "int8".
    """

    labels: np.ndarray
    probabilities: np.ndarray
    model_version: int
    queue_microseconds: int
    compute_microseconds: int
    precision: str


class _Frame(NamedTuple):
    type: int
    id: int
    parameters: bytes
    payload: bytes


class DigitsClient:
    """A connection to a server at `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.

    `timeout` is in seconds, for connecting and for each request from its sending to the last byte
    of its answer; then `TimeoutError` is raised. A late answer is dropped when it comes.
    """

    def __init__(self, address: str, token: bytes = b"", timeout: float = 10.0) -> None:
        self._timeout = timeout
        self._end = 0.0  # when the request under way is given up, by time.monotonic()
        self._socket = _connect(address, timeout)
        self._buffer = bytearray()
        self._ids = itertools.count(1)
        self.is_leaving = False
        self._welcome(token)

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> DigitsClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _welcome(self, token: bytes) -> None:
        self._send(HELLO, 0, struct.pack("<IHHII", MAGIC, VERSION, VERSION, 0, 0), token)
        frame = self._expect(0, WELCOME)
        magic, version, count = struct.unpack_from("<IHH", frame.parameters)
        if (magic, version) != (MAGIC, VERSION):
            raise ProtocolViolation(f"expected WELCOME of version {VERSION}, got version {version}")
        self.payload_max, self.images_max, self.in_flight_max = struct.unpack_from(
            "<III", frame.payload)
        self.models = _models(frame.payload[16:], count)

    def predict(
        self, images: np.ndarray, model: Optional[str] = None, returns: str = "top-1",
        version: int = 0, deadline: Optional[float] = None, raw: bool = False,
    ) -> Answer:
        """What digits the images show: uint8 0…255 or float32 0…1, any shape of n × 784 pixels.

        `deadline` is in seconds; `raw` skips the model's input conditioning.
        """
        identifier = self._ask(images, model, returns, version, deadline, raw)
        return _answer(self._expect(identifier, RESULT), returns)

    def predict_many(
        self, batches: Iterable[np.ndarray], in_flight: int = 16, model: Optional[str] = None,
        returns: str = "top-1", deadline: Optional[float] = None,
    ) -> Iterator[Answer]:
        """The answers to many batches in their order, with several requests in flight."""
        waiting: deque[int] = deque()
        arrived: dict[int, _Frame] = {}
        room = min(in_flight, self.in_flight_max)

        def next_answer() -> Answer:
            identifier = waiting.popleft()
            self._end = time.monotonic() + self._timeout
            while identifier not in arrived:
                frame = self._receive()
                if frame.id == 0:
                    _checked(frame, RESULT)
                arrived[frame.id] = frame
            return _answer(_checked(arrived.pop(identifier), RESULT), returns)

        for batch in batches:
            if len(waiting) == room:
                yield next_answer()
            waiting.append(self._ask(batch, model, returns, 0, deadline, False))
        while waiting:
            yield next_answer()

    def ping(self, payload: bytes = b"") -> None:
        echo = self._round_trip(PING, payload=payload, answer=PONG).payload
        if echo != payload:
            raise ProtocolViolation(f"expected PONG to carry {payload!r}, got {bytes(echo)!r}")

    def stats(self) -> dict[str, int]:
        frame, figures, offset = self._round_trip(STATS, answer=STATS_REPLY), {}, 0
        for _ in range(struct.unpack_from("<I", frame.parameters)[0]):
            value, _kind, length = struct.unpack_from("<QBB", frame.payload, offset)
            offset += 10 + length
            figures[frame.payload[offset - length : offset].decode()] = value
        return figures

    def metadata(self) -> list[Model]:
        """Asks for the models that the server offers now; `models` has them from then on."""
        frame = self._round_trip(METADATA, struct.pack("<H14x", 0xFFFF), answer=METADATA_REPLY)
        self.models = _models(frame.payload, struct.unpack_from("<H", frame.parameters)[0])
        return self.models

    def health(self, ready: bool = False) -> bool:
        self._send(HEALTH, 0, struct.pack("<B15x", ready))
        return self._expect(0, HEALTH_REPLY).parameters[1] == 1

    def _ask(
        self, images: np.ndarray, model: Optional[str], returns: str, version: int,
        deadline: Optional[float], raw: bool,
    ) -> int:
        if (pixels := np.ascontiguousarray(images)).dtype not in PIXEL_TYPES:
            raise TypeError(f"expected pixels of uint8 or float32, got {pixels.dtype}")
        count, rest = divmod(pixels.size, 784)
        most = min(self.images_max, self.payload_max // (784 * pixels.itemsize))
        if rest or not 1 <= count <= most:
            raise ValueError(f"expected 1 to {most} images, got {pixels.size / 784}")
        microseconds = 0 if deadline is None else min(max(int(deadline * 1e6), 1), 0xFFFFFFFF)
        parameters = struct.pack(
            "<HBBHHII", self._handle(model), PIXEL_TYPES[pixels.dtype], RETURNS[returns], count, 0,
            version, microseconds)
        identifier = next(self._ids)
        self._send(PREDICT, identifier, parameters, pixels.tobytes(), RAW if raw else 0)
        return identifier

    def _handle(self, name: Optional[str]) -> int:
        handles = {None: 0, **{model.name: model.handle for model in self.models}}
        if name in handles:
            return handles[name]
        raise KeyError(f"expected one of {list(handles)[1:]}, got '{name}'")

    def _round_trip(
        self, kind: int, parameters: bytes = b"", payload: bytes = b"", *, answer: int
    ) -> _Frame:
        identifier = next(self._ids)
        self._send(kind, identifier, parameters, payload)
        return self._expect(identifier, answer)

    def _send(
        self, kind: int, identifier: int, parameters: bytes, payload: bytes = b"", flags: int = 0
    ) -> None:
        self._end = time.monotonic() + self._timeout
        self._socket.settimeout(self._timeout)
        header = HEADER.pack(len(payload), kind, MARK, flags, identifier, parameters)
        try:
            self._socket.sendall(header + payload)
        except socket.timeout:
            self.close()  # part of a frame may have been sent
            raise TimeoutError(
                f"expected the server to take a request within {self._timeout} s") from None

    def _expect(self, identifier: int, kind: int) -> _Frame:
        """The answer to a request; older requests' late answers are dropped."""
        while True:
            frame = self._receive()
            if frame.id == identifier or frame.id == 0:
                return _checked(frame, kind)

    def _receive(self) -> _Frame:
        """The next frame that is about a request or ours alone."""
        while True:
            self._fill(HEADER.size)
            length, kind, mark, _, identifier, parameters = HEADER.unpack_from(self._buffer)
            if mark != MARK or length > PAYLOAD_MAX:
                raise ProtocolViolation(f"expected a frame, got mark {mark:#x}, length {length}")
            self._fill(HEADER.size + length)
            payload = bytes(self._buffer[HEADER.size : HEADER.size + length])
            del self._buffer[: HEADER.size + length]
            frame = _Frame(kind, identifier, parameters, payload)
            if kind == GOAWAY:
                self.is_leaving = True
            elif kind in ANSWERS:
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


def _connect(address: str, timeout: float) -> socket.socket:
    if address.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(timeout)
        connection.connect(address[5:])
        return connection
    host, _, port = address.rpartition(":")
    connection = socket.create_connection((host.strip("[]"), int(port)), timeout)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _checked(frame: _Frame, kind: int) -> _Frame:
    if frame.type == ERROR:
        raise ServerError(frame.parameters, frame.payload)
    if frame.type != kind:
        raise ProtocolViolation(f"expected type {kind:#x}, got {frame.type:#x}")
    return frame


def _answer(frame: _Frame, returns: str) -> Answer:
    version, queue, compute, count, kind, precision = struct.unpack("<IIIHBB", frame.parameters)
    record = TOP_ONE.itemsize if returns == "top-1" else 4
    if count == 0 or kind != RETURNS[returns] or len(frame.payload) % (count * record):
        raise ProtocolViolation(f"a RESULT does not hold {count} answers of kind {returns}")
    if returns == "top-1":
        records = np.frombuffer(frame.payload, TOP_ONE, count)
        labels, probabilities = records["label"].astype(int), records["probability"].copy()
    else:
        probabilities = np.frombuffer(frame.payload, "<f4").reshape(count, -1).copy()
        labels = probabilities.argmax(axis=1)
    return Answer(labels, probabilities, version, queue, compute, _precision(precision))


def _precision(number: int) -> str:
    if number not in PRECISIONS:
        raise ProtocolViolation(f"expected a precision from 1 to 3, got {number}")
    return PRECISIONS[number]


def _models(payload: bytes, count: int) -> list[Model]:
    models, offset = [], 0
    for _ in range(count):
        size, handle, properties, precision, version, classes, name_size, version_count = (
            struct.unpack_from("<IHBBI4xHxBHxx", payload, offset))
        at = offset + 24
        versions = struct.unpack_from(f"<{version_count}I", payload, at)
        at += 4 * version_count
        name = payload[at : at + name_size].decode()
        at += name_size
        labels = []
        for _ in range(classes):
            labels.append(payload[at + 1 : at + 1 + payload[at]].decode())
            at += 1 + payload[at]
        models.append(Model(
            handle, name, version, versions, bool(properties & 1), bool(properties & 2),
            _precision(precision), tuple(labels)))
        offset += size
    if len({model.handle for model in models}) < count:
        raise ProtocolViolation("expected one handle for each model, got one for two")
    return models

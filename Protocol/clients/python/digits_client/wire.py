"""The protocol's bytes: frames, errors, and what the server's messages say. No input or output."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple, Optional

import numpy as np

MAGIC = 0x31544744
VERSION = 1
MARK = 0xD1
HEADER = struct.Struct("<IBBHQ16s")
PAYLOAD_MAX = 1 << 20
HELLO, PREDICT, PING, STATS, METADATA, HEALTH = 0x01, 0x02, 0x04, 0x05, 0x06, 0x07
RELOAD, RELOAD_REPLY, GOAWAY, MODELS_CHANGED = 0x08, 0x88, 0x90, 0x91
ANSWERS = WELCOME, RESULT, PONG, STATS_REPLY, METADATA_REPLY, HEALTH_REPLY, ERROR = (
    0x81, 0x82, 0x84, 0x85, 0x86, 0x87, 0xFF)
RAW = 1 << 8
MODEL_STATISTICS = 1 << 1  # among the features

PIXEL_TYPES = {np.dtype("u1"): 1, np.dtype("<f4"): 2}
RETURNS = {"top-1": 1, "probabilities": 2}
TOP_ONE = np.dtype([("probability", "<f4"), ("label", "<u2"), ("reserved", "<u2")])
OUTCOMES = {1: "changed", 2: "unchanged", 3: "refused"}
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
        text = payload.decode("utf-8", "replace")
        # It may go to a terminal.
        self.message = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
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
    problem: Optional[str] = None  # why a file of it is not served as the operator left it
    rejection_threshold: Optional[float] = None  # less probable answers mean "not a digit"


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


class Histogram(NamedTuple):
    """How often values occurred: `buckets` has the largest value of each, and how many it counts.

    The last word of its name is the unit. Two readings can be subtracted bucket by bucket.
    """

    total: int  # of all values
    buckets: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ModelStatistics:
    """What the server has done with one version of a model since it began."""

    name: str
    version: int
    figures: dict[str, int]
    histograms: dict[str, Histogram]


class Reload(NamedTuple):
    """What came of a reload: "changed", "unchanged" or "refused", counts, and why for people."""

    outcome: str
    loaded: int
    removed: int
    refused: int
    message: str


class Frame(NamedTuple):
    type: int
    id: int
    parameters: bytes
    payload: bytes


def hello_parameters(model_statistics: bool = False) -> bytes:
    return struct.pack("<IHHII", MAGIC, VERSION, VERSION, MODEL_STATISTICS * model_statistics, 0)


def bytes_of(
    kind: int, identifier: int, parameters: bytes, payload: bytes = b"", flags: int = 0
) -> bytes:
    """A frame of ours."""
    return HEADER.pack(len(payload), kind, MARK, flags, identifier, parameters) + payload


def payload_length(header: bytes | bytearray) -> int:
    """How many bytes follow the header of a server's frame."""
    length, _, mark, _, _, _ = HEADER.unpack_from(header)
    if mark != MARK or length > PAYLOAD_MAX:
        raise ProtocolViolation(f"expected a frame, got mark {mark:#x}, length {length}")
    return int(length)


def frame_of(data: bytes) -> Frame:
    """A server's frame, of which what comes unasked is judged."""
    _, kind, _, _, identifier, parameters = HEADER.unpack_from(data)
    payload = data[HEADER.size :]
    if kind == GOAWAY and (reason := parameters[0] | parameters[1] << 8) not in (1, 2):
        raise ProtocolViolation(f"expected a reason of GOAWAY, 1 or 2, got {reason}")
    if kind == MODELS_CHANGED:
        models_of(payload, struct.unpack_from("<H", parameters)[0])  # judged, and not used
    return Frame(kind, identifier, parameters, payload)


def stats_of(frame: Frame) -> dict[str, int]:
    return _figures(frame.payload, 0, struct.unpack_from("<I", frame.parameters)[0])[0]


def model_statistics_of(frame: Frame) -> list[ModelStatistics]:
    """What STATS_REPLY tells of each model, where the server tells it."""
    count, model_count = struct.unpack_from("<IH", frame.parameters)
    _, at = _figures(frame.payload, 0, count)
    models: list[ModelStatistics] = []
    for _ in range(model_count):
        left = len(frame.payload) - at
        size = struct.unpack_from("<I", frame.payload, at)[0] if left >= 12 else 0
        if size < 12 or size % 4 or size > left:
            raise ProtocolViolation(f"expected statistics of a model, got {size} bytes of them")
        models.append(_model_statistics(frame.payload[at : at + size]))
        at += size
    if at != len(frame.payload):
        raise ProtocolViolation(f"expected {at} bytes of statistics, got {len(frame.payload)}")
    return models


def _model_statistics(entry: bytes) -> ModelStatistics:
    version, name_size, figure_count, histogram_count = struct.unpack_from("<4xIBBB", entry)
    if not 1 <= name_size <= 64:
        raise ProtocolViolation(f"expected a name of 1 to 64 bytes, got {name_size}")
    name, at = _text(entry, 12, name_size)
    figures, at = _figures(entry, at, figure_count)
    histograms: dict[str, Histogram] = {}
    for _ in range(histogram_count):
        total, bucket_count, size = _fields("<QHB", entry, at)
        label, at = _text(entry, at + 11, size)
        places = range(at, at + 16 * bucket_count, 16)
        buckets = tuple(
            (bound, count) for bound, count in (_fields("<QQ", entry, place) for place in places))
        if any(low[0] >= high[0] for low, high in zip(buckets, buckets[1:])):
            raise ProtocolViolation(f"expected bounds that rise in histogram {label!r}")
        histograms[label] = Histogram(total, buckets)
        at += 16 * bucket_count
    return ModelStatistics(name, version, figures, histograms)


def _figures(data: bytes, at: int, count: int) -> tuple[dict[str, int], int]:
    """So many statistics from there on by name, and where they end."""
    figures: dict[str, int] = {}
    for _ in range(count):
        value, _kind, size = _fields("<QBB", data, at)
        name, at = _text(data, at + 10, size)
        figures[name] = value
    return figures, at


def _fields(layout: str, data: bytes, at: int) -> tuple[int, ...]:
    if struct.calcsize(layout) > len(data) - at:
        raise ProtocolViolation(f"expected more than {len(data)} bytes of statistics")
    return struct.unpack_from(layout, data, at)


def _text(data: bytes, at: int, size: int) -> tuple[str, int]:
    """A name of so many bytes from there on, and where it ends."""
    if not 1 <= size <= len(data) - at:
        raise ProtocolViolation(f"expected a name within {len(data)} bytes, got one of {size}")
    return data[at : at + size].decode(), at + size


def reload_of(frame: Frame) -> Reload:
    outcome, loaded, removed, refused = struct.unpack("<BxxxIII", frame.parameters)
    if outcome not in OUTCOMES:
        raise ProtocolViolation(f"expected an outcome from 1 to 3, got {outcome}")
    return Reload(OUTCOMES[outcome], loaded, removed, refused, frame.payload.decode())


def checked(frame: Frame, kind: int) -> Frame:
    if frame.type == ERROR:
        raise ServerError(frame.parameters, frame.payload)
    if frame.type != kind:
        raise ProtocolViolation(f"expected type {kind:#x}, got {frame.type:#x}")
    return frame


def answer_of(frame: Frame, returns: str, asked: int) -> Answer:
    version, queue, compute, count, kind, precision = struct.unpack("<IIIHBB", frame.parameters)
    size = len(frame.payload)
    fits = size == 8 * asked if returns == "top-1" else size and size % (4 * asked) == 0
    if count != asked or kind != RETURNS[returns] or not fits:
        raise ProtocolViolation(
            f"expected {asked} answers of kind {returns}, got {count} in {size} bytes")
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


def _additions(data: bytes) -> tuple[Optional[str], Optional[float]]:
    """What stands behind an entry's labels: a problem and a rejection threshold, or None for each."""
    problem: Optional[str] = None
    threshold: Optional[float] = None
    while len(data) >= 4:
        kind, size = struct.unpack_from("<HH", data)
        if kind == 0 or 4 + size > len(data):
            break
        if kind == 1 and not problem:
            problem = data[4 : 4 + size].decode()
        if kind == 2 and size == 4 and threshold is None:
            value = struct.unpack_from("<f", data, 4)[0]
            threshold = value if 0 < value <= 1 else None
        data = data[4 + size :]
    return problem or None, threshold


def models_of(payload: bytes, count: int) -> list[Model]:
    models: list[Model] = []
    offset = 0
    for _ in range(count):
        size = struct.unpack_from("<I", payload, offset)[0] if len(payload) - offset >= 24 else 0
        if size < 24 or size % 4 or size > len(payload) - offset:
            raise ProtocolViolation(f"expected a model entry, got one of {size} bytes")
        models.append(_model(payload[offset : offset + size]))
        offset += size
    if offset != len(payload):
        raise ProtocolViolation(f"expected {offset} bytes of entries, got {len(payload)}")
    if len({model.handle for model in models}) < count:
        raise ProtocolViolation("expected one handle for each model, got one for two")
    return models


def _model(entry: bytes) -> Model:
    handle, properties, precision, version, classes, name_size, version_count = (
        struct.unpack_from("<4xHBBI4xHxBHxx", entry))
    at = 24 + 4 * version_count + name_size
    if not 1 <= name_size <= 64 or at > len(entry):
        raise ProtocolViolation(f"expected a name of 1 to 64 bytes, got {name_size}")
    versions = struct.unpack_from(f"<{version_count}I", entry, 24)
    name = entry[at - name_size : at].decode()
    labels: list[str] = []
    for _ in range(classes):
        end = at + 1 + entry[at] if at < len(entry) else len(entry) + 1
        if end > len(entry):
            raise ProtocolViolation(f"expected {classes} labels, got {len(labels)}")
        labels.append(entry[at + 1 : end].decode())
        at = end
    return Model(
        handle, name, version, versions, bool(properties & 1), bool(properties & 2),
        _precision(precision), tuple(labels), *_additions(entry[at:]))

"""The order of checks, for every two faults that a request can have at once."""

import itertools
import struct

from .codec import CODE_NAMES
from .connection import frames
from .rules import RuleBook, expect

RULES = RuleBook()
rule = RULES.rule
NAN = struct.pack("<I", 0x7FC00000) * 784


def predict_faults(server):
    """Faults of a PREDICT of one f32 picture in the order of section 5: code, and what it sets."""
    versions = {version for model in server.models for version in model["versions"]}
    unknown_version = next(n for n in range(1, 1 << 20) if n not in versions)
    faults = [
        ("UNKNOWN_TYPE", {"type": 0x20}), ("UNSUPPORTED_FLAG", {"flags": 0x8000}),
        ("BAD_REQUEST_ID", {"id": 0}), ("BAD_REQUEST", {"pixels": 9}),
        ("BAD_REQUEST", {"returns": 9}), ("NO_IMAGES", {"count": 0}),
        ("TOO_MANY_IMAGES", {"count": server.welcome["images_max"] + 1}),
        ("BAD_REQUEST", {"reserved": 1}), ("LENGTH_MISMATCH", {"more": b"!"}),
        ("UNKNOWN_MODEL", {"model": server.unknown_handle}),
        ("UNKNOWN_VERSION", {"version": unknown_version}), ("BAD_PIXEL", {"payload": NAN}),
    ]
    return [fault for fault in faults if fault[1].get("count", 0) <= 0xFFFF]


def make_predict(fields):
    values = {"payload": bytes(3136), "pixels": "f32", **fields}
    data = bytearray(frames.predict(
        values["payload"] + values.get("more", b""), values.get("count", 1), values["pixels"],
        values.get("returns", 1), values.get("model", 0), values.get("version", 0), 0,
        values.get("reserved", 0), id=values["id"], flags=values.get("flags", 0)))
    data[4] = values.get("type", data[4])
    return bytes(data)


def make_small(kind, fields):
    """A frame of 16 parameter bytes, of which a fault sets the last, and some payload."""
    parameters = bytearray(fields.get("parameters", bytes(16)))
    parameters[15] = fields.get("reserved", 0)
    return frames.frame(kind, bytes(fields.get("payload", 0)), bytes(parameters), fields["id"],
                        fields.get("flags", 0))


def judge_pairs(server, faults, make):
    pairs = list(itertools.combinations(faults, 2))
    for at in range(0, len(pairs), 16):
        with server.connect() as connection:
            for number, (first, second) in enumerate(pairs[at:at + 16], 1):
                fields = {"id": number, **second[1], **first[1]}
                if first[1].keys() & second[1].keys():
                    continue
                has_id = fields["id"] == number and make is not make_health
                connection.send(make(fields))
                error = connection.next(awaited=f"ERROR {first[0]}")
                judge_error(error, first, second, number if has_id else 0)
            connection.still_serves()


def judge_error(error, first, second, identifier):
    what = f"ERROR {first[0]} of id {identifier} for faults {first[1]} and {second[1]}"
    is_it = error is not None and error.name == "ERROR" and error.id == identifier
    expect(is_it and CODE_NAMES[error.fields["code"]] == first[0], what, error)


@rule("5", "order of checks: each two faults of a PREDICT, the earlier is told")
def predict_order(server):
    judge_pairs(server, predict_faults(server), make_predict)


@rule("5", "order of checks: each two faults of METADATA")
def metadata_order(server):
    handle = struct.pack("<H", server.unknown_handle) + bytes(14)
    judge_pairs(server, [
        ("UNSUPPORTED_FLAG", {"flags": 0x0100}), ("BAD_REQUEST_ID", {"id": 0}),
        ("BAD_REQUEST", {"reserved": 1}), ("LENGTH_MISMATCH", {"payload": 1}),
        ("UNKNOWN_MODEL", {"parameters": handle}),
    ], lambda fields: make_small("METADATA", fields))


@rule("5", "order of checks: each two faults of PING, of STATS and of RELOAD")
def small_order(server):
    for kind, size in (("PING", 65), ("STATS", 1), ("RELOAD", 1)):
        judge_pairs(server, [
            ("UNSUPPORTED_FLAG", {"flags": 0x0100}), ("BAD_REQUEST_ID", {"id": 0}),
            ("BAD_REQUEST", {"reserved": 1}), ("LENGTH_MISMATCH", {"payload": size}),
        ], lambda fields: make_small(kind, fields))


def make_health(fields):
    fields = {**fields, "id": fields.get("bad_id", 0)}
    return make_small("HEALTH", fields)


@rule("5", "order of checks: each two faults of HEALTH")
def health_order(server):
    judge_pairs(server, [
        ("UNSUPPORTED_FLAG", {"flags": 0x0100}), ("BAD_REQUEST_ID", {"bad_id": 1}),
        ("BAD_REQUEST", {"reserved": 1}), ("LENGTH_MISMATCH", {"payload": 1}),
    ], make_health)

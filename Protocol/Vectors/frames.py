"""Packs frames of the protocol from SPEC.md with `struct`, and knows no other codec.

Every packer also packs what is wrong: fields are not checked, and a header's length, mark and
flags can be set to anything.
"""

import struct

MAGIC = 0x31544744
PIXELS = 784

TYPES = {
    "HELLO": 0x01, "PREDICT": 0x02, "CANCEL": 0x03, "PING": 0x04, "STATS": 0x05,
    "METADATA": 0x06, "HEALTH": 0x07, "RELOAD": 0x08, "WELCOME": 0x81, "RESULT": 0x82, "PONG": 0x84,
    "STATS_REPLY": 0x85, "METADATA_REPLY": 0x86, "HEALTH_REPLY": 0x87, "RELOAD_REPLY": 0x88, "GOAWAY": 0x90,
    "MODELS_CHANGED": 0x91, "ERROR": 0xFF,
}
PIXEL_TYPES = {"u8": 1, "f32": 2}
RETURN_KINDS = {"top1": 1, "probabilities": 2}
PRECISIONS = {"f32": 1, "bf16": 2, "int8": 3}
STATISTIC_KINDS = {"counter": 1, "gauge": 2}
PROBES = {"live": 0, "ready": 1}
GOAWAY_REASONS = {"shutdown": 1, "age": 2}
RELOAD_OUTCOMES = {"changed": 1, "unchanged": 2, "refused": 3}
CLASSES = {"client": 1, "server": 2, "overload": 3}
PROCESSED = {"no": 0, "yes": 1, "unknown": 2}


def number(names, value):
    """The number of a name, or the number itself where a vector wants one without a name."""
    return names[value] if isinstance(value, str) else value


def frame(type, payload=b"", parameters=bytes(16), id=0, flags=0, mark=0xD1, length=None):
    length = len(payload) if length is None else length
    header = struct.pack("<IBBHQ", length, number(TYPES, type), mark, flags, id)
    assert len(parameters) == 16
    return header + parameters + payload


def hello(lowest=1, highest=1, features=0, token=b"", magic=MAGIC, reserved=0, **header):
    parameters = struct.pack("<IHHII", magic, lowest, highest, features, reserved)
    return frame("HELLO", token, parameters, **header)


def predict(payload=None, count=1, pixels="u8", returns="top1", model=0, version=0, deadline=0,
            reserved=0, id=1, **header):
    pixels = number(PIXEL_TYPES, pixels)
    if payload is None:
        payload = bytes(count * PIXELS * (4 if pixels == 2 else 1))
    parameters = struct.pack(
        "<HBBHHII", model, pixels, number(RETURN_KINDS, returns), count, reserved, version,
        deadline)
    return frame("PREDICT", payload, parameters, id=id, **header)


def metadata(model=0, reserved=bytes(14), id=1, **header):
    return frame("METADATA", parameters=struct.pack("<H", model) + reserved, id=id, **header)


def health(probe="live", reserved=bytes(15), **header):
    return frame("HEALTH", parameters=bytes([number(PROBES, probe)]) + reserved, **header)


def model_entry(handle, name, versions, labels, default_version=None, properties=0,
                precision="f32", pixel_types=3, later=b"", entry_bytes=None, classes=None):
    """`later` is data of a later version, between the labels and the zeros at the end."""
    name = name if isinstance(name, bytes) else name.encode()
    labels = [label if isinstance(label, bytes) else label.encode() for label in labels]
    variable = b"".join(struct.pack("<I", version) for version in versions) + name
    variable += b"".join(bytes([len(label)]) + label for label in labels) + later
    variable += bytes(-len(variable) % 4)
    return struct.pack(
        "<IHBBIHHHBBHH", 24 + len(variable) if entry_bytes is None else entry_bytes, handle,
        properties, number(PRECISIONS, precision),
        versions[0] if default_version is None else default_version, 28, 28,
        len(labels) if classes is None else classes, pixel_types, len(name), len(versions), 0,
    ) + variable


def problem(text):
    """What an entry tells of a file that is not served, behind its labels."""
    return struct.pack("<HH", 1, len(text.encode())) + text.encode()


def rejection_threshold(probability):
    """What an entry tells of the least probability of a digit, behind its labels."""
    return struct.pack("<HHf", 2, 4, probability)


def welcome(entries=(), version=1, features=0, payload_max=802_816, images_max=256,
            in_flight_max=256, magic=MAGIC, count=None, tail=b"", **header):
    parameters = struct.pack(
        "<IHHII", magic, version, len(entries) if count is None else count, features, 0)
    limits = struct.pack("<IIII", payload_max, images_max, in_flight_max, 0)
    return frame("WELCOME", limits + b"".join(entries) + tail, parameters, **header)


def result(payload, count=1, returns="top1", version=1, queue=11, inference=42,
           precision="f32", id=1, **header):
    parameters = struct.pack(
        "<IIIHBB", version, queue, inference, count, number(RETURN_KINDS, returns),
        number(PRECISIONS, precision))
    return frame("RESULT", payload, parameters, id=id, **header)


def top1(records, reserved=0):
    return b"".join(struct.pack("<fHH", p, label, reserved) for p, label in records)


def floats(values):
    return struct.pack(f"<{len(values)}f", *values)


def statistic(name, kind, value):
    name = name if isinstance(name, bytes) else name.encode()
    return struct.pack("<QBB", value, number(STATISTIC_KINDS, kind), len(name)) + name


def stats_reply(entries=(), uptime=1_000_000, id=1, count=None, models=(), model_count=None,
                tail=b"", **header):
    parameters = struct.pack(
        "<IHHQ", len(entries) if count is None else count,
        len(models) if model_count is None else model_count, 0, uptime)
    return frame(
        "STATS_REPLY", b"".join(entries) + b"".join(models) + tail, parameters, id=id, **header)


def histogram(name, total, buckets, count=None):
    name = name if isinstance(name, bytes) else name.encode()
    return struct.pack(
        "<QHB", total, len(buckets) if count is None else count, len(name)) + name + b"".join(
        struct.pack("<QQ", *bucket) for bucket in buckets)


def model_statistics(name, version=1, statistics=(), histograms=(), later=b"", entry_bytes=None,
                     statistic_count=None, histogram_count=None):
    """`later` is data of a later version, before the zeros at the end."""
    name = name if isinstance(name, bytes) else name.encode()
    variable = name + b"".join(statistics) + b"".join(histograms) + later
    variable += bytes(-len(variable) % 4)
    return struct.pack(
        "<IIBBBB", 12 + len(variable) if entry_bytes is None else entry_bytes, version, len(name),
        len(statistics) if statistic_count is None else statistic_count,
        len(histograms) if histogram_count is None else histogram_count, 0) + variable


def model_list(type, entries=(), count=None, tail=b"", **header):
    parameters = struct.pack("<H", len(entries) if count is None else count) + bytes(14)
    return frame(type, b"".join(entries) + tail, parameters, **header)


def health_reply(probe, yes, **header):
    parameters = bytes([number(PROBES, probe), yes]) + bytes(14)
    return frame("HEALTH_REPLY", parameters=parameters, **header)


def reload_reply(outcome, loaded=0, removed=0, refused=0, message="", **header):
    message = message if isinstance(message, bytes) else message.encode()
    parameters = struct.pack(
        "<BxxxIII", number(RELOAD_OUTCOMES, outcome), loaded, removed, refused)
    return frame("RELOAD_REPLY", message, parameters, **header)


def goaway(reason, grace, **header):
    parameters = struct.pack("<HHIQ", number(GOAWAY_REASONS, reason), 0, grace, 0)
    return frame("GOAWAY", parameters=parameters, **header)


def error(code, fault, retryable, processed="no", closes=0, retry_after=0, image=None,
          message="", id=0, **header):
    message = message if isinstance(message, bytes) else message.encode()
    parameters = struct.pack(
        "<HBBBBHII", code, number(CLASSES, fault), retryable, number(PROCESSED, processed),
        closes, 0, retry_after, 0xFFFFFFFF if image is None else image)
    return frame("ERROR", message, parameters, id=id, **header)

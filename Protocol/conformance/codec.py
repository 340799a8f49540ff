"""Reads frames as SPEC.md and protocol.json have them, and tells what is wrong with one.

It shares nothing with the packers of Vectors: what one packs is read back by the other.
"""

import json
import math
import pathlib
import struct
from dataclasses import dataclass

PROTOCOL = json.loads(
    (pathlib.Path(__file__).resolve().parent.parent / "protocol.json").read_text())
MESSAGES = {message["type"]: message for message in PROTOCOL["messages"]}
CODES = {error["name"]: error for error in PROTOCOL["errors"]}
CODE_NAMES = {error["code"]: error["name"] for error in PROTOCOL["errors"]}
LIMITS, CONSTANTS, ENUMS = PROTOCOL["limits"], PROTOCOL["constants"], PROTOCOL["enums"]
MARK, MAGIC = PROTOCOL["header"]["mark"], PROTOCOL["magic"]["value"]
HEADER, PIXELS = struct.Struct("<IBBHQ16s"), PROTOCOL["image"]["pixels"]
FORMATS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "f32": "f"}


class Malformed(Exception):
    """What a frame holds is not what the protocol allows."""


def unpack(fields, data):
    """The values of a record's fields, by name; Malformed where a reserved byte is not zero."""
    values = {}
    for field in fields:
        at, kind = field["offset"], field["type"]
        if kind.startswith("zero["):
            if any(data[at:at + int(kind[5:-1])]):
                raise Malformed(f"reserved bytes at offset {at} are not zero")
            continue
        (value,) = struct.unpack_from("<" + FORMATS[kind], data, at)
        if "enum" in field and value not in ENUMS[field["enum"]].values():
            raise Malformed(f"{field['name']} {value} is not one of {ENUMS[field['enum']]}")
        values[field["name"]] = value
    return values


@dataclass
class Frame:
    """A frame: its header, and its payload."""

    length: int
    type: int
    flags: int
    id: int
    parameters: bytes
    payload: bytes = b""

    @property
    def name(self):
        return MESSAGES[self.type]["name"] if self.type in MESSAGES else f"type {self.type:#04x}"

    @property
    def fields(self):
        return unpack(MESSAGES[self.type]["parameters"], self.parameters)

    def __str__(self):
        about = f" of id {self.id}" if self.id else ""
        if self.name != "ERROR":
            return f"{self.name}{about}"
        code, = struct.unpack_from("<H", self.parameters)
        message = self.payload.decode(errors="replace")
        return f"ERROR {CODE_NAMES.get(code, code)}{about} '{message}'"


def header(data):
    """The frame of a header; Malformed where its mark is wrong."""
    length, kind, mark, flags, identifier, parameters = HEADER.unpack(data)
    if mark != MARK:
        raise Malformed(f"expected mark {MARK:#x}, got {mark:#x}")
    return Frame(length, kind, flags, identifier, parameters)


def text(data):
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Malformed(f"{data!r} is not UTF-8") from None


def model_entries(payload, count):
    """The models of a list that fills the payload."""
    models, at = [], 0
    layout = PROTOCOL["records"]["model_entry"]["fields"]
    for _ in range(count):
        if len(payload) - at < 24:
            raise Malformed(f"entry {len(models)} of {count} is cut")
        entry = unpack(layout, payload[at:at + 24])
        size = entry["entry_bytes"]
        if size < 24 or size % 4 or size > len(payload) - at:
            raise Malformed(f"entry {len(models)} of {size} bytes, {len(payload) - at} are left")
        models.append(model_entry(entry, payload[at + 24:at + size]))
        at += size
    if at != len(payload):
        raise Malformed(f"{len(payload) - at} bytes after the last entry")
    handles = [model["handle"] for model in models]
    if len(set(handles)) < len(handles) or 0 in handles or 0xFFFF in handles:
        raise Malformed(f"expected a handle of its own for each model, got {handles}")
    return models


def model_entry(entry, rest):
    """An entry with its versions, name and labels."""
    needed = 4 * entry["version_count"] + entry["name_bytes"]
    if len(rest) < needed or not 1 <= entry["name_bytes"] <= LIMITS["model_name_bytes"]:
        raise Malformed(f"an entry with a name of {entry['name_bytes']} bytes")
    versions = struct.unpack_from(f"<{entry['version_count']}I", rest)
    labels, at = [], needed
    for _ in range(entry["classes"]):
        end = at + 1 + (rest[at] if at < len(rest) else len(rest))
        if end > len(rest):
            raise Malformed(f"label {len(labels)} of {entry['classes']} is cut")
        labels.append(text(rest[at + 1:end]))
        at = end
    check_additions(rest[at:])
    if entry["default_version"] not in versions:
        raise Malformed(f"version {entry['default_version']} is not listed among {versions}")
    return {**entry, "name": text(rest[4 * entry["version_count"]:needed]), "labels": labels,
            "versions": list(versions)}


def check_additions(data):
    """What an entry says after its labels: kind 1 is a problem, in 1 to 512 bytes of text, kind 2 a
    rejection threshold, a binary32 number above 0 and at most 1."""
    while len(data) >= 4:
        kind, size = struct.unpack_from("<HH", data)
        if kind == 0 or size > len(data) - 4:
            return
        if kind == 1:
            text(data[4:4 + size])
            if not 1 <= size <= 512:
                raise Malformed(f"a problem of {size} bytes")
        if kind == 2:
            threshold = struct.unpack_from("<f", data, 4)[0] if size == 4 else 0
            if not 0 < threshold <= 1:
                raise Malformed(f"a rejection threshold of {threshold}, in {size} bytes")
        data = data[4 + size:]


def statistics(payload, count, model_count=0):
    """Value and kind by name."""
    found, at = statistics_before(payload, count)
    models = set()
    for _ in range(model_count):
        size = int.from_bytes(payload[at:at + 4], "little")
        if size < 12 or size % 4 or at + size > len(payload):
            raise Malformed(f"an entry of {size} bytes for a model's statistics")
        name, version, _, _ = model_statistics(payload[at:at + size])
        if (name, version) in models:
            raise Malformed(f"the statistics of '{name}', version {version}, twice")
        models.add((name, version))
        at += size
    if at != len(payload):
        raise Malformed(f"{len(payload) - at} bytes after the last statistic")
    return found


def model_statistics(entry):
    """Name, version, statistics by name, and histograms by name: their sum and buckets."""
    layouts = PROTOCOL["records"]
    fields = unpack(layouts["model_statistics"]["fields"], entry[:12])
    at = 12 + fields["name_bytes"]
    name = text(entry[12:at])
    if not 1 <= fields["name_bytes"] <= LIMITS["model_name_bytes"] or at > len(entry):
        raise Malformed(f"statistics of a model with a name of {fields['name_bytes']} bytes")
    found, size = statistics_before(entry[at:], fields["statistic_count"])
    at, histograms = at + size, {}
    for _ in range(fields["histogram_count"]):
        if len(entry) - at < 11:
            raise Malformed(f"a histogram of '{name}' is cut")
        histogram = unpack(layouts["histogram"]["fields"], entry[at:at + 11])
        end = at + 11 + histogram["name_bytes"]
        label, at = text(entry[at + 11:end]), end + 16 * histogram["bucket_count"]
        if not label or at > len(entry) or label in histograms:
            raise Malformed(f"histogram '{label}' of '{name}' is without name, cut, or there twice")
        buckets = list(struct.iter_unpack("<QQ", entry[end:at]))
        if any(low[0] >= high[0] for low, high in zip(buckets, buckets[1:])):
            raise Malformed(f"bounds of histogram '{label}' that do not rise")
        histograms[label] = (histogram["sum"], buckets)
    return name, fields["version"], found, histograms


def statistics_before(payload, count):
    """Value and kind by name, and where they end."""
    found, at = {}, 0
    for _ in range(count):
        if len(payload) - at < 10:
            raise Malformed(f"statistic {len(found)} of {count} is cut")
        entry = unpack(PROTOCOL["records"]["statistic"]["fields"], payload[at:at + 10])
        at += 10 + entry["name_bytes"]
        name = text(payload[at - entry["name_bytes"]:at])
        if not name or at > len(payload) or name in found:
            raise Malformed(f"statistic '{name}' is without name, cut, or there twice")
        found[name] = (entry["value"], entry["kind"])
    return found, at


def answers(frame):
    """For each image of a RESULT: (class, probability), or the list of probabilities."""
    fields, payload = frame.fields, frame.payload
    count, kind = fields["count"], fields["return_kind"]
    if count == 0 or not payload or len(payload) % (4 * count):
        raise Malformed(f"a RESULT of {count} images in {len(payload)} bytes")
    if kind == ENUMS["return_kind"]["probabilities"]:
        classes = len(payload) // (4 * count)
        values = struct.unpack(f"<{count * classes}f", payload)
        if not all(0 <= value <= 1 for value in values):
            raise Malformed("a probability that is not in 0…1")
        return [values[at:at + classes] for at in range(0, len(values), classes)]
    if len(payload) != 8 * count:
        raise Malformed(f"{len(payload)} bytes for the top-1 of {count} images")
    records = [unpack(PROTOCOL["records"]["top1"]["fields"], payload[at:at + 8])
               for at in range(0, len(payload), 8)]
    return [(record["class"], record["probability"]) for record in records]


def welcome(frame):
    """A WELCOME's parameters, its limits, and its models."""
    if len(frame.payload) < 16:
        raise Malformed(f"a WELCOME with {len(frame.payload)} bytes of limits")
    message = MESSAGES[frame.type]
    limits = unpack(message["payload"]["parts"][0]["fields"], frame.payload[:16])
    fields = frame.fields
    if fields["magic"] != MAGIC or not all(limits.values()):
        raise Malformed(f"a WELCOME of magic {fields['magic']:#x} and limits {limits}")
    return {**fields, **limits, "models": model_entries(frame.payload[16:], fields["model_count"])}


def check_from_server(frame):
    """Malformed where a server of version 1 does not send this frame so."""
    if frame.flags:
        raise Malformed(f"{frame.name} with flags {frame.flags:#06x}")
    if frame.type not in MESSAGES or MESSAGES[frame.type]["direction"] != "server_to_client":
        raise Malformed(f"{frame.name} from a server")
    fields = frame.fields
    if MESSAGES[frame.type]["request_id"] == "zero" and frame.id:
        raise Malformed(f"{frame.name} with id {frame.id}")
    if frame.name == "WELCOME":
        welcome(frame)
    elif frame.name == "RESULT":
        answers(frame)
    elif frame.name == "STATS_REPLY":
        statistics(frame.payload, fields["entry_count"], fields["model_count"])
    elif frame.name in ("METADATA_REPLY", "MODELS_CHANGED"):
        model_entries(frame.payload, fields["model_count"])
    elif frame.name == "ERROR":
        check_error(frame, fields)
    elif frame.name == "RELOAD_REPLY":
        if len(frame.payload) > MESSAGES[frame.type]["payload"]["max"]:
            raise Malformed(f"a RELOAD_REPLY with {len(frame.payload)} bytes")
        text(frame.payload)
    elif frame.name != "PONG" and frame.payload:
        raise Malformed(f"{frame.name} with a payload of {len(frame.payload)} bytes")


def check_error(frame, fields):
    text(frame.payload)
    if len(frame.payload) > LIMITS["error_message_bytes"]:
        raise Malformed(f"an ERROR with a message of {len(frame.payload)} bytes")
    if fields["code"] not in CODE_NAMES:
        raise Malformed(f"an ERROR of code {fields['code']}")
    known = CODES[CODE_NAMES[fields["code"]]]
    expected = {"class": ENUMS["error_class"][known["class"]],
                "retryable": int(known["retryable"]), "closes": int(known["closes"]),
                "processed": ENUMS["processed"][known["processed"]]}
    got = {name: fields[name] for name in expected}
    if got != expected:
        raise Malformed(f"{known['name']} with {got}, not {expected}")


def pixels_of(frame):
    """The f32 pixels of a PREDICT that are not in 0…1."""
    if frame.fields["pixel_type"] != ENUMS["pixel_type"]["f32"]:
        return []
    values = struct.unpack(f"<{len(frame.payload) // 4}f", frame.payload)
    return [value for value in values if not (math.isfinite(value) and 0 <= value <= 1)]

#!/usr/bin/env python3
"""Checks digits.lua with tshark, 4.0 or later: python3 check.py [CAPTURE…]

Without captures: its names and numbers against ../protocol.json, and every vector of ../Vectors,
cut into segments in several ways. With captures: that each byte of TCP in them belongs to a frame
with a name, and that none is malformed. Standard library only.
"""

import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

HERE = pathlib.Path(__file__).resolve().parent
PROTOCOL = HERE.parent
sys.path.insert(0, str(PROTOCOL / "Vectors"))

from capture import Capture  # noqa: E402
from hexadecimal import expand  # noqa: E402
import frames  # noqa: E402

# What a dissector can know of a request without the state of the server, and does not look into.
JUDGED = {
    "MALFORMED_FRAME": "mark", "FRAME_TOO_LARGE": "too_large", "UNKNOWN_TYPE": "type",
    "UNSUPPORTED_FLAG": "flags", "BAD_REQUEST_ID": "request_id", "BAD_REQUEST": "value reserved",
    "LENGTH_MISMATCH": "payload", "NO_IMAGES": "count", "TOO_MANY_IMAGES": "count",
    "MALFORMED_HELLO": "value reserved request_id flags payload",
}
SEGMENTS = {
    "whole": (60_000,), "of 1,448 bytes": (1_448,), "of 1 to 61 bytes": (1, 31, 2, 61, 5),
    "of 33 bytes": (33,),
}


def expect(condition, what):
    if not condition:
        sys.exit(f"dissector: expected {what}")


def tshark(*options):
    command = ["tshark", *options, "-X", f"lua_script:{HERE / 'digits.lua'}"]
    done = subprocess.run(command, capture_output=True, check=False)
    errors = done.stderr.decode(errors="replace")
    expect(done.returncode == 0 and "Lua: " not in errors, f"{command} to work, got {errors}")
    return done.stdout.decode(errors="replace")


# Names and numbers


def check_names(protocol):
    fields = {
        columns[2]: columns for columns in table("fields")
        if columns[0] == "F" and columns[2].startswith("digits.")}
    values = collections.defaultdict(dict)
    for columns in table("values"):
        if columns[0] == "V" and columns[1].startswith("digits."):
            values[columns[1]][int(columns[2], 0)] = columns[3]
    known = set()

    def compare(prefix, field):
        name, kind = f"digits.{prefix}.{field['name']}", field["type"]
        types = {"u8": "FT_UINT8", "u16": "FT_UINT16", "u32": "FT_UINT32", "u64": "FT_UINT64",
                 "f32": "FT_FLOAT"}
        known.add(name)
        expect(name in fields, f"a field {name}")
        expect(fields[name][3] == types.get(kind, "FT_BYTES"), f"{name} to be {kind}")
        if "enum" in field:
            compare_values(name, protocol["enums"][field["enum"]])
        sets = {**protocol["bit_sets"],
                "features": {bit["name"]: bit["value"] for bit in protocol["features"]}}
        for bit, mask in sets.get(field.get("bits"), {}).items():
            found = fields.get(f"{name}.{bit}")
            expect(found and int(found[6], 16) == mask, f"a bit {name}.{bit} of {mask:#x}")

    def compare_values(name, named):
        expected = {number: text for text, number in named.items()}
        expect(values[name] == expected, f"{name} to name {expected}, got {values[name]}")

    for message in protocol["messages"]:
        for field in message["parameters"]:
            compare(message["name"].lower(), field)
        for part in message["payload"].get("parts", []):
            for field in part.get("fields", []):
                compare(message["name"].lower(), field)
    for record, layout in protocol["records"].items():
        for field in layout["fields"]:
            compare(record, field)
    compare_values("digits.type", {m["name"]: m["type"] for m in protocol["messages"]})
    compare_values("digits.error.code", {e["name"]: e["code"] for e in protocol["errors"]})
    for flag in protocol["flags"]["defined"]:
        found = fields.get(f"digits.flags.{flag['name']}")
        expect(found and int(found[6], 16) == flag["value"], f"the flag {flag}")
    print(f"dissector: {len(known)} fields and their values are those of protocol.json")


def table(name):
    return [line.split("\t") for line in tshark("-G", name).splitlines()]


# What tshark saw


class Frame:
    """A frame as tshark shows it: values by field name, and the faults that it was told."""

    def __init__(self, element):
        self.text = element.get("showname")
        self.values = collections.defaultdict(list)
        self.faults = set()
        self.fields = list(element.iter("field"))
        for field in self.fields:
            name = field.get("name")
            if name.startswith("digits.expert."):
                self.faults.add(name.split(".")[-1])
            self.values[name].append(field)

    def numbers(self, name):
        return [number(field.get("show")) for field in self.values[f"digits.{name}"]]

    def bytes(self, name):
        return [bytes.fromhex(field.get("value") or "") for field in self.values[f"digits.{name}"]]


def number(text):
    if text in ("True", "False"):
        return int(text == "True")
    return float(text) if "." in text or "e" in text else int(text, 0)


def dissected(path, *options):
    """The frames of each TCP stream, and the streams' packets that belong to no frame."""
    streams, others = collections.defaultdict(list), []
    output = tshark("-r", str(path), "-T", "pdml", "-o", "tcp.check_checksum:FALSE", *options)
    for packet in xml.fromstring(output).iter("packet"):
        stream, size, found = stream_of(packet), 0, []
        for proto in packet.iter("proto"):
            if proto.get("name") == "digits":
                found.append(Frame(proto))
        for field in packet.iter("field"):
            broken = field.get("name").startswith(("_ws.malformed.", "_ws.lua.err", "_ws.short"))
            expect(not broken, f"no {field.get('showname')} in stream {stream}")
            if field.get("name") == "tcp.len":
                size = int(field.get("show"))
            elif field.get("name") == "tcp.segment_data":
                size = 0
        streams[stream] += found
        if size and not found:
            others.append(packet)
    return streams, others


def stream_of(packet):
    return next(
        (int(field.get("show")) for field in packet.iter("field")
         if field.get("name") == "tcp.stream"), None)


# Vectors


def check_valid(folder):
    vectors = json.loads((PROTOCOL / "Vectors" / "valid.json").read_text())
    for name, sizes in SEGMENTS.items():
        small = min(sizes) < 1_000
        chosen = [v for v in vectors if not small or size(v) < 5_000]
        capture = Capture(7311)
        for vector in chosen:
            data = b"".join(expand(part["hex"]) for part in vector.get("stream", [vector]))
            capture.connect()(data, vector["direction"] == "client_to_server", sizes)
        # All in one connection too, so that frames begin and end within segments. Only vectors
        # that are within every limit, because a WELCOME among them sets the limits.
        together = capture.connect()
        plain = [v for v in chosen if "hex" in v and size(v) < 100_000]
        for direction in ("client_to_server", "server_to_client"):
            data = b"".join(expand(v["hex"]) for v in plain if v["direction"] == direction)
            together(data, direction == "client_to_server", sizes)
        capture.write(folder / "valid.pcap")
        streams, _ = dissected(folder / "valid.pcap")
        for index, vector in enumerate(chosen):
            compare_parts(vector["name"], vector.get("stream", [vector]), streams[index])
        for_all = [v for d in ("client_to_server", "server_to_client") for v in plain
                   if v["direction"] == d]
        compare_parts("all in one connection", for_all, streams[len(chosen)], judge=False)
        print(f"dissector: {len(chosen)} valid vectors in segments {name}: each named, with its"
              " values, without a fault")


def size(vector):
    return sum(len(expand(part["hex"])) for part in vector.get("stream", [vector]))


def compare_parts(name, parts, found, judge=True):
    expect(len(found) == len(parts), f"{len(parts)} frames in '{name}', got {len(found)}")
    for part, frame in zip(parts, found):
        compare(part.get("name", name), part["meaning"], expand(part["hex"]), frame, judge)


def compare(name, means, data, frame, judge=True):
    if judge:
        expect(not frame.faults, f"no fault in '{name}', got {frame.faults}")
    kind = means["type"]
    expect(frame.numbers("type") == [frames.number(frames.TYPES, kind)], f"the type of '{name}'")
    label = kind if isinstance(kind, str) else f"type 0x{kind:02X}"
    expect(label in frame.text, f"'{name}' to be shown as {label}, got {frame.text}")
    prefix = label.lower()
    names = {key: value for values in (
        frames.PIXEL_TYPES, frames.RETURN_KINDS, frames.PRECISIONS, frames.PROBES,
        frames.GOAWAY_REASONS, frames.RELOAD_OUTCOMES, frames.CLASSES, frames.PROCESSED)
        for key, value in values.items()
        if key not in ("f32", "u8")}
    for field, value in means.items():
        if field in ("request_id", "flags"):
            expect(frame.numbers(field) == [value], f"{field} {value} in '{name}'")
        elif field in ("pixel_type", "precision"):
            table = frames.PIXEL_TYPES if field == "pixel_type" else frames.PRECISIONS
            expect(frame.numbers(f"{prefix}.{field}") == [table[value]], f"{value} in '{name}'")
        elif field == "raw":
            expect(frame.numbers("flags.raw") == [int(value)], f"raw {value} in '{name}'")
        elif field in ("type", "skipped", "models", "entries", "model_statistics", "top1",
                       "probabilities", "images"):
            continue
        elif field in ("token", "echo"):
            expect(b"".join(frame.bytes(f"{prefix}.{field}")) == expand(value), f"'{name}'")
        elif field == "message":
            continue
        else:
            value = 0xFFFFFFFF if value is None else names.get(value, value)
            got = frame.numbers(f"{prefix}.{field}")
            expect(got == [int(value)], f"{field} {value} in '{name}', got {got}")
    compare_lists(name, means, data, frame)


def compare_lists(name, means, data, frame):
    if "images" in means:
        got = b"".join(frame.bytes("predict.image"))
        expect(got == data[32:], f"the pixels of '{name}'")
    if "probabilities" in means:
        expected = [value for row in means["probabilities"] for value in row]
        compare_floats(name, expected, frame.numbers("result.probability"))
    if "top1" in means:
        compare_floats(name, [record["probability"] for record in means["top1"]],
                       frame.numbers("top1.probability"))
        expected = [record["class"] for record in means["top1"]]
        expect(frame.numbers("top1.class") == expected, f"classes {expected} in '{name}'")
    if "entries" in means:
        compare_statistics(name, means["entries"], means["model_statistics"], frame)
    if "models" in means:
        compare_models(name, means["models"], frame)


def compare_statistics(name, entries, models, frame):
    entries = entries + [entry for model in models for entry in model["entries"]]
    histograms = [histogram for model in models for histogram in model["histograms"]]
    buckets = [bucket for histogram in histograms for bucket in histogram["buckets"]]
    for found, key, field in (
            (entries, "value", "statistic.value"), (models, "version", "model_statistics.version"),
            (histograms, "sum", "histogram.sum"), (buckets, "upper_bound", "bucket.upper_bound"),
            (buckets, "count", "bucket.count")):
        expected = [one[key] for one in found]
        expect(frame.numbers(field) == expected, f"{field} {expected} in '{name}'")
    for found, field in ((entries, "statistic.name"), (models, "model_statistics.name"),
                         (histograms, "histogram.name")):
        compare_texts(name, [one["name"] for one in found], frame, field)


def compare_models(name, models, frame):
    for key, field in (("handle", "handle"), ("default", "properties.default"),
                       ("conditioned", "properties.conditioned"), ("rows", "rows"),
                       ("columns", "columns"), ("default_version", "default_version")):
        expected = [int(model[key]) for model in models]
        got = frame.numbers(f"model_entry.{field}")
        expect(got == expected, f"{field} {expected} in '{name}', got {got}")
    versions = [version for model in models for version in model["versions"]]
    expect(frame.numbers("model_entry.version") == versions, f"{versions} in '{name}'")
    compare_texts(name, [model["name"] for model in models], frame, "model_entry.name")
    labels = [label for model in models for label in model["labels"]]
    compare_texts(name, [label for label in labels if label], frame, "model_entry.label")
    problems = [model["problem"] for model in models if "problem" in model]
    compare_texts(name, problems, frame, "model_entry.problem")
    # Those that cannot be used are shown as well.
    thresholds = [model["rejection_threshold"] for model in models if "rejection_threshold" in model]
    got = frame.numbers("model_entry.rejection_threshold")
    expect(all(any(abs(a - b) < 1e-6 for b in got) for a in thresholds),
           f"rejection thresholds {thresholds} in '{name}', got {got}")


def compare_texts(name, expected, frame, field):
    got = [data.decode() for data in frame.bytes(field)]
    got = [text for text in got if text and text != "\0"]
    expect(got == expected, f"{expected} in '{name}', got {got}")


def compare_floats(name, expected, got):
    near = len(got) == len(expected) and all(
        abs(a - b) <= 1e-5 * abs(b) for a, b in zip(got, expected))
    expect(near, f"{expected[:10]} in '{name}', got {got[:10]}")


def check_malformed(folder):
    """A vector is judged where a frame alone, or a frame and the WELCOME, tells the fault."""
    vectors = json.loads((PROTOCOL / "Vectors" / "malformed.json").read_text())
    welcome = frames.welcome([frames.model_entry(1, "cnn-28", (1,), [str(n) for n in range(10)])])
    answer = {"type": "WELCOME", "request_id": 0}
    capture = Capture(7311)
    for vector in vectors:
        send = capture.connect()
        to_server, parts = vector["direction"] == "client_to_server", vector["stream"]
        for index, part in enumerate(parts + vector.get("after", [])):
            send(expand(part), to_server)
            if to_server and index == 0 and answer in vector["others"]:
                send(welcome, False)
    capture.write(folder / "malformed.pcap")
    streams, _ = dissected(folder / "malformed.pcap")
    judged = 0
    for index, vector in enumerate(vectors):
        found = set().union(*(frame.faults for frame in streams[index]))
        # A header whose payload does not come is not shown where no limit is known.
        is_shown = streams[index] or vector["expect"].get("name") == "FRAME_TOO_LARGE"
        expect(is_shown, f"'{vector['name']}' to be shown")
        code = vector["expect"].get("name")
        if code and (code not in JUDGED or not is_told(vector)):
            continue
        judged += 1
        allowed = set(JUDGED[code].split()) if code else None
        expect(found and (allowed is None or found & allowed),
               f"a fault of {allowed or 'any kind'} in '{vector['name']}', got {found}")
    print(f"dissector: {len(vectors)} malformed vectors: each shown, the fault of {judged} told")


def is_told(vector):
    """Not what depends on the order of frames, on the drain, or on limits before HELLO."""
    before_hello = vector["expect"]["name"] == "FRAME_TOO_LARGE" and not vector["others"]
    return not vector.get("setup") and (not before_hello or "HELLO of" in vector["name"])


# Captures


def check_capture(path):
    streams, others = dissected(path)
    named, unnamed = collections.Counter(), []
    directions = collections.Counter()
    for found in streams.values():
        for frame in found:
            expect(not frame.faults, f"no fault in {frame.text} of {path}, got {frame.faults}")
            name = frame.text.split(", ")[1].split(" ")[0]
            (named.update([name]) if name.isupper() else unnamed.append(frame.text))
            directions["server" if frame.numbers("type")[0] >= 0x80 else "client"] += 1
    expect(not unnamed and named, f"frames with names in {path}, got {unnamed[:5]}")
    expect(not others, f"every segment of {path} to belong to a frame, {len(others)} do not")
    expect(len(directions) == 2, f"frames of both sides in {path}, got {dict(directions)}")
    print(f"dissector: {path}: {sum(named.values())} frames, none malformed: "
          + ", ".join(f"{count} {name}" for name, count in sorted(named.items())))


def main():
    if captures := sys.argv[1:]:
        for path in captures:
            check_capture(path)
        return
    check_names(json.loads((PROTOCOL / "protocol.json").read_text()))
    with tempfile.TemporaryDirectory() as folder:
        check_valid(pathlib.Path(folder))
        check_malformed(pathlib.Path(folder))


if __name__ == "__main__":
    main()

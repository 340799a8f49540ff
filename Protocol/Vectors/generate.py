#!/usr/bin/env python3
"""Writes valid.json and malformed.json beside itself; with --check, tells whether they are stale.

Standard library only, and nothing random: the same source writes the same bytes.
"""

import json
import pathlib
import sys

import frames
import malformed
import valid

HERE = pathlib.Path(__file__).resolve().parent
PERIODS = (1, 4, 8, 16)


def compact(data):
    """Hexadecimal, with (XX*N) where a pattern of up to 16 bytes comes again and again."""
    text, at = [], 0
    while at < len(data):
        period, times = max(
            ((period, repeats(data, at, period)) for period in PERIODS),
            key=lambda found: (found[0] * found[1], -found[0]))
        if times >= 3 and period * times >= 8:
            text.append(f"({data[at:at + period].hex().upper()}*{times})")
            at += period * times
        else:
            text.append(f"{data[at]:02X}")
            at += 1
    return "".join(text)


def repeats(data, at, period):
    pattern, times = data[at:at + period], 1
    if len(pattern) < period:
        return 0
    while data[at + times * period:at + (times + 1) * period] == pattern:
        times += 1
    return times


def hex_of(data):
    """A frame's fields apart: length, type, mark, flags, id, parameters, payload."""
    if len(data) < 32 or data[5] != 0xD1:
        return compact(data)
    ends = [0, 4, 5, 6, 8, 16, 32]
    fields = [data[a:b].hex().upper() for a, b in zip(ends, ends[1:])]
    return " ".join(fields + [compact(data[32:])]).rstrip()


def expand(text):
    """The inverse of hex_of; README.md describes it for others."""
    data, text = bytearray(), text.replace(" ", "")
    while text:
        if text[0] == "(":
            group, text = text[1:].split(")", 1)
            pattern, times = group.split("*")
            data += bytes.fromhex(pattern) * int(times)
        else:
            data += bytes.fromhex(text[:2])
            text = text[2:]
    return bytes(data)


def in_hex(value):
    """The vector with every bytes object written as text."""
    if isinstance(value, bytes):
        text = hex_of(value)
        assert expand(text) == value
        return text
    if isinstance(value, dict):
        return {key: in_hex(item) for key, item in value.items()}
    if isinstance(value, list):
        return [in_hex(item) for item in value]
    return value


def compare(protocol, data, means):
    """Asserts that parameters mean what the vector says, where protocol.json puts them."""
    message = next((m for m in protocol["messages"] if m["name"] == means["type"]), None)
    for field in message["parameters"] if message else []:
        size = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}.get(field["type"])
        if size is None or field["name"] not in means:
            continue
        at = 16 + field["offset"]
        got, expected = int.from_bytes(data[at:at + size], "little"), means[field["name"]]
        if "enum" in field:
            expected = protocol["enums"][field["enum"]][expected]
        if expected is None:
            expected = protocol["constants"]["no_image"]
        assert got == expected, (means, field, got)


def document(vectors):
    names = [vector["name"] for vector in vectors]
    assert len(set(names)) == len(names), [n for n in names if names.count(n) > 1]
    blocks = []
    for vector in vectors:
        lines = [f"    {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
                 for key, value in in_hex(vector).items()]
        blocks.append("  {\n" + ",\n".join(lines) + "\n  }")
    return "[\n" + ",\n".join(blocks) + "\n]\n"


def main():
    protocol = json.loads((HERE.parent / "protocol.json").read_text())
    types = {message["name"]: message["type"] for message in protocol["messages"]}
    assert types == frames.TYPES, "protocol.json and frames.py name other message types"
    good = valid.vectors(protocol)
    for vector in good:
        for part in vector.get("stream", [vector]):
            compare(protocol, part["hex"], part["meaning"])
    documents = {
        "valid.json": document(good),
        "malformed.json": document(malformed.vectors(protocol)),
    }
    if sys.argv[1:] == ["--check"]:
        stale = [name for name, text in documents.items()
                 if not (HERE / name).exists() or (HERE / name).read_text() != text]
        sys.exit(f"stale: {', '.join(stale)}; run {sys.argv[0]}" if stale else 0)
    for name, text in documents.items():
        (HERE / name).write_text(text)


if __name__ == "__main__":
    main()

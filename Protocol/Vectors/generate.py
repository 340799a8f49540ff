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
from hexadecimal import expand, hex_of

HERE = pathlib.Path(__file__).resolve().parent


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

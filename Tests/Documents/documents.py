#!/usr/bin/env python3
"""Runs what the documents of a tree tell people to type, in reading order.

Usage: documents.py TREE [--loopback]

TREE is a copy of the repository, with the programs in .build/release. Every command must exit with
0 and print the lines that the document shows; of long blocks, and of flags in the text, it is only
checked that the programs' --help names them. --loopback brings the loopback device up first, as a
network namespace of one's own needs it.
"""

import fcntl
import re
import socket
import struct
import sys
import tempfile
import time

import flags
import reading
from session import Session

# A server's log may come a little after its command.
LATER_SECONDS = 5


def main(arguments):
    if len(arguments) not in (1, 2) or arguments[1:] not in ([], ["--loopback"]):
        print(__doc__, file=sys.stderr)
        return 2
    if len(arguments) == 2:
        bring_loopback_up()
    begin = time.monotonic()
    failures, counts = check(arguments[0])
    for failure in failures:
        print(f"documents: {failure}", file=sys.stderr)
    print(
        f"documents: {counts['run']} commands run and {counts['parsed']} parsed in "
        f"{counts['documents']} documents, {time.monotonic() - begin:.0f} s, "
        f"{len(failures)} failures")
    return 1 if failures else 0


def check(tree):
    """What is wrong, in sentences, and how much was looked at."""
    helps = flags.Helps(tree)
    failures, counts = [], {"run": 0, "parsed": 0, "documents": 0}
    for path in reading.documents(text_of(tree, "README.md")):
        text = text_of(tree, path)
        counts["documents"] += 1
        try:
            commands = reading.commands(path, text)
        except reading.DocumentError as error:
            failures.append(str(error))
            continue
        failures += flags_of_text(path, text, helps)
        for command in commands:
            problem = flags.complaint(command.text, helps)
            if problem:
                failures.append(f"{command.path}:{command.line}: {command.text}: {problem}")
        short = [command for command in commands if not command.is_long]
        counts["parsed"] += len(commands) - len(short)
        counts["run"] += len(short)
        failures += run(tree, short)
    return failures, counts


def text_of(tree, path):
    with open(f"{tree}/{path}", encoding="utf-8") as file:
        return file.read()


def flags_of_text(path, text, helps):
    """Flags that are named in running text, such as `--batch N`, and that nothing has."""
    known = helps.all_flags()
    outside = re.sub(r"^```.*?^```", lambda block: "\n" * block.group().count("\n"), text, flags=re.M | re.S)
    failures = []
    for number, line in enumerate(outside.split("\n"), 1):
        for flag in re.findall(r"`(--[A-Za-z][\w-]*)", line):
            if flag not in known:
                failures.append(f"{path}:{number}: expected a flag of one of the programs, got {flag}")
    return failures


def run(tree, commands):
    """The failures of one document's commands; after a failed one the rest would only follow it."""
    if not commands:
        return []
    with tempfile.TemporaryDirectory() as scratch:
        session = Session(tree, scratch)
        try:
            for command in commands:
                problem = failure(session, command)
                if problem:
                    return [f"{command.path}:{command.line}: {command.text}: {problem}"]
        finally:
            session.close()
    return []


def failure(session, command):
    status, output = session.run(command.text)
    if status != 0:
        got = f"status {status}" if status is not None else "none in time"
        return f"expected status 0, got {got}; it printed:\n{indented(output)}"
    end = time.monotonic() + (LATER_SECONDS if command.text.rstrip().endswith("&") else 0)
    missing = reading.missing_line(command.expected, output)
    while missing is not None and time.monotonic() < end:
        time.sleep(0.05)
        output = session.later_output()
        missing = reading.missing_line(command.expected, output)
    if missing is None:
        return None
    return f"expected the line '{missing}', got:\n{indented(output)}"


def indented(output):
    lines = output.rstrip("\n").split("\n")
    left_out = [f"    … {len(lines) - 40} lines more"] if len(lines) > 40 else []
    return "\n".join(["    " + line for line in lines[:40]] + left_out)


def bring_loopback_up():
    """Sets the flag IFF_UP of the device lo (netdevice(7))."""
    get_flags, set_flags, is_up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = fcntl.ioctl(control, get_flags, struct.pack("16sh22x", b"lo", 0))
        flags_now = struct.unpack("16sh22x", request)[1]
        fcntl.ioctl(control, set_flags, struct.pack("16sh22x", b"lo", flags_now | is_up))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

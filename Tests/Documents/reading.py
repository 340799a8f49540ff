"""Reads the commands of Markdown documents, and what the documents say that they print.

A block is read by the words after its three backquotes:

    console        lines that begin with "$ " are commands, the others what they print
    sh             every line is a command
    console long   (and sh long) as above, but not for running: only its flags are looked up

Where a command's line ends with a backslash it goes on in the next. A line "…" stands for any
lines that are left out. Other blocks hold no commands.
"""

import dataclasses
import re

COMMAND_KINDS = ("console", "sh")
ELLIPSIS = "…"


class DocumentError(Exception):
    """What is wrong with a document, and where."""


@dataclasses.dataclass
class Command:
    path: str
    line: int
    text: str
    is_long: bool
    expected: list


def commands(path, text):
    """The commands of one document, in order."""
    found = []
    for start, info, lines in blocks(text):
        kind, _, rest = info.partition(" ")
        if kind not in COMMAND_KINDS:
            if any(line.startswith("$ ") for line in lines):
                raise DocumentError(
                    f"{path}:{start}: expected ```console before commands, got ```{info}")
            continue
        if rest not in ("", "long"):
            raise DocumentError(f"{path}:{start}: expected nothing or 'long' after {kind}, got '{rest}'")
        found += block_commands(path, start, kind, lines, rest == "long")
    return found


def blocks(text):
    """Each fenced block: the number of its first line within, its info string, its lines."""
    info, start, lines = None, 0, []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.startswith("```"):
            lines.append(line)
        elif info is None:
            info, start, lines = line[3:].strip(), number + 1, []
        else:
            yield start, info, lines
            info = None


def block_commands(path, start, kind, lines, is_long):
    found, continues = [], False
    for number, line in enumerate(lines, start):
        if continues:
            found[-1].text += "\n" + line
        elif kind == "sh" or line.startswith("$ "):
            text = line[2:] if kind == "console" else line
            if not text.strip() or text.lstrip().startswith("#"):
                continue
            found.append(Command(path, number, text, is_long, []))
        elif found:
            found[-1].expected.append(line)
            continue
        elif line.strip() not in ("", ELLIPSIS):
            raise DocumentError(f"{path}:{number}: expected a command before '{line}'")
        continues = bool(found) and found[-1].text.endswith("\\")
    return found


def documents(readme):
    """The documents that the README names, in reading order."""
    linked = re.findall(r"\]\(((?:Docs|Deploy)/[^)#]+\.md)", readme)
    return ["README.md"] + list(dict.fromkeys(linked))


TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z ")


def normalized(line):
    return " ".join(TIMESTAMP.sub("", line).split())


def missing_line(expected, output):
    """The first expected line that the output lacks, or None.

    A line without digits must be there as it is, but for blanks; of one with digits only what stands
    before the first of them: figures differ from run to run. Lines come in the order of the document.
    """
    lines = [normalized(line) for line in output.split("\n")]
    position = 0
    for line in expected:
        wanted = normalized(line)
        if wanted in ("", ELLIPSIS):
            continue
        begin = re.match(r"[^\d]*", wanted).group()
        is_whole = begin == wanted
        if not is_whole and not re.search(r"[^\W\d]", begin):
            continue
        for index in range(position, len(lines)):
            if lines[index] == wanted if is_whole else lines[index].startswith(begin.rstrip()):
                position = index + 1
                break
        else:
            return line
    return None

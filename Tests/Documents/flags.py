"""Looks the flags of commands up in the help of the programs that they are for."""

import os
import re
import shlex
import subprocess

PROGRAMS = ("digitd", "digitctl", "digitlab")


class Helps:
    """The help texts of the programs in a folder of a tree, read when they are asked for."""

    def __init__(self, root):
        self.root = root
        self.texts = {}

    def of(self, *words):
        """The help of a program or of its command; None where there is no such command."""
        if words not in self.texts:
            if words[0] == "./dev":
                arguments = ["./dev", "help"]
            else:
                arguments = [f".build/release/{words[0]}", *words[1:], "--help"]
            done = subprocess.run(arguments, cwd=self.root, capture_output=True, text=True)
            self.texts[words] = done.stdout if done.returncode == 0 else None
        return self.texts[words]

    def knows(self, flag, *words):
        return flag in flags_in(self.of(*words) or "")

    def all_flags(self):
        """Every flag of every program and command."""
        found = flags_in(self.of("./dev"))
        for program in PROGRAMS:
            text = self.of(program)
            found |= flags_in(text)
            part = re.search(r"\nCommands:\n((?:  .*\n)+)", text)
            for name in re.findall(r"^  ([a-z]\S*)  ", part.group(1) if part else "", re.M):
                found |= flags_in(self.of(program, name) or "")
        return found


def flags_in(help_text):
    return set(re.findall(r"(?<![\w-])(--?[A-Za-z][\w-]*)", help_text))


def simple_commands(text):
    """A command line's simple commands, as words; comments are left out."""
    lexer = shlex.shlex(text.replace("\\\n", " "), posix=True, punctuation_chars="|&;<>()")
    lexer.whitespace_split = True
    words = []
    for word in list(lexer) + [";"]:
        if re.fullmatch(r"[|&;()]+", word):
            if words:
                yield words
            words = []
        else:
            words.append(word)


def complaint(text, helps):
    """What is wrong with the flags of a command line, or None."""
    for words in simple_commands(text):
        name = os.path.basename(words[0])
        if words[0] == "./dev":
            problem = dev_complaint(words, helps)
        elif name in PROGRAMS:
            problem = program_complaint(name, words[1:], helps)
        else:
            problem = None
        if problem:
            return problem
    return None


def dev_complaint(words, helps):
    name = words[1] if len(words) > 1 else "help"
    if not re.search(rf"^  {re.escape(name)}\s", helps.of("./dev"), re.M):
        return f"expected a command of ./dev, got '{name}'"
    return unknown_flag(words[2:], helps, "./dev")


def program_complaint(name, words, helps):
    path = [name]
    if name != "digitd" and words and not words[0].startswith("-"):
        path.append(words[0])
    if helps.of(*path) is None:
        return f"expected a command of {name}, got '{words[0]}'"
    return unknown_flag(words, helps, *path)


def unknown_flag(words, helps, *path):
    for word in words:
        flag = word.split("=")[0]
        if re.match(r"--?[A-Za-z]", flag) and not helps.knows(flag, *path):
            return f"expected a flag that '{' '.join(path)} --help' names, got '{flag}'"
    return None

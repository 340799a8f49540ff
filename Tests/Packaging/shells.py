"""Types command lines into real shells that have the completions, and tells what came of them.

    shells.py FOLDER    # FOLDER/{bash,zsh,fish} hold the completions as they are installed

bash and zsh run in a pseudo-terminal: what is typed has tabs in it, and the program is replaced by
a function that prints its words. fish is asked by `complete -C`, its own door for that.
"""

import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

PROGRAMS = ("digitd", "digitctl", "digitlab")
WAIT_SECONDS = 20
# For so long a shell that completes says nothing more.
QUIET_SECONDS = 0.5

# What is typed, with a tab in each place where a person would press it, and the words that come.
TYPED = [
    ("digitctl ben\t--scen\toff\t", "bench --scenario offline"),
    ("digitctl bench --arrivals=p\t", "bench --arrivals=poisson"),
    ("digitctl eval\t--min\t1", "evaluate --min-accuracy 1"),
    ("digitctl --gen\tcomplete-z\t", "--generate complete-zsh"),
    ("digitctl predict pict\t", "predict picture.png"),
    ("digitctl bench --report re\t", "bench --report reports/"),
    ("digitctl bench --csv lo\t", "bench --csv load.csv"),
    ("digitd --pin\t--log-level war\t", "--pin-workers --log-level warning"),
    ("digitd --models re\t", "--models reports/"),
    ("digitlab exp\t--onn\tmo\t", "export --onnx model.onnx"),
]

# What fish is asked, a candidate that it must offer, and one that it must not.
ASKED = [
    ("digitctl ", "predict", "--scenario"),
    ("digitctl bench --sc", "--scenario", "--rate"),
    ("digitctl bench --scenario ", "offline", "picture.png"),
    ("digitctl bench --scenario=of", "--scenario=offline", "picture.png"),
    ("digitctl predict pic", "picture.png", "bench"),
    ("digitctl bench --report ", "reports/", "picture.png"),
    ("digitctl health --", "--ready", "--scenario"),
    ("digitd --log-level ", "warning", "picture.png"),
    ("digitlab ", "train", "bench-x"),
]


class Terminal:
    """A shell in a pseudo-terminal."""

    def __init__(self, words, folder):
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.environ.update(TERM="dumb", HOME=folder, PS1="> ", INPUTRC="/dev/null", LANG="C.UTF-8")
            os.execvp(words[0], words)
        self.text = ""

    def send(self, text):
        os.write(self.file, text.encode())

    def until(self, pattern):
        """The match of what comes next; what was before it is dropped."""
        end = time.monotonic() + WAIT_SECONDS
        while not (match := re.search(pattern, self.text)):
            if not select.select([self.file], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"expected {pattern!r} within {WAIT_SECONDS} s, got {self.text!r}")
            self.text += os.read(self.file, 65536).decode(errors="replace")
        self.text = self.text[match.end():]
        return match

    def settle(self):
        """Reads until nothing has come for a while."""
        while select.select([self.file], [], [], QUIET_SECONDS)[0]:
            self.text += os.read(self.file, 65536).decode(errors="replace")

    def close(self):
        os.close(self.file)
        os.waitpid(self.pid, 0)


def stubs():
    return "; ".join(
        f"{name}() {{ printf '[%s %s]\\n' said \"$*\"; }}" for name in PROGRAMS)


def start(shell, completions, folder):
    if shell == "bash":
        terminal = Terminal(["bash", "--norc", "--noprofile", "-i"], folder)
        loads = "; ".join(f"source {completions}/bash/{name}" for name in PROGRAMS)
        setup = f"bind 'set completion-query-items 0'; bind 'set bell-style none'; {loads}"
    else:
        terminal = Terminal(["zsh", "-f", "-i"], folder)
        setup = (f"fpath=({completions}/zsh $fpath); autoload -U compinit; compinit -u -D; "
                 "unsetopt beep zle_bracketed_paste prompt_cr prompt_sp")
    terminal.send(f"{setup}; {stubs()}; echo rea''dy\n")
    terminal.until(r"ready\r?\n")
    return terminal


def check_typed(shell, completions, folder):
    failures = []
    terminal = start(shell, completions, folder)
    # The first lines are slow, for the shell reads its own functions then.
    warm_up = [("digitctl bench --js\t", None), ("digitctl predict pict\t", None)]
    for typed, words in warm_up + TYPED:
        # One after another: what is typed while the shell completes is not part of the line.
        for piece in re.findall(r"[^\t]*\t|[^\t]+$", typed):
            terminal.send(piece)
            terminal.settle()
        terminal.send("\n")
        said = terminal.until(r"\[said ([^\]]*)\]").group(1).strip()
        # zsh writes --name=value and no slash where a folder's name ends the word.
        if words is not None and plain(said) != plain(words):
            failures.append(f"{shell}: {typed!r}: expected {words!r}, got {said!r}")
    terminal.close()
    return failures


def plain(words):
    return words.replace("=", " ").replace("/", "")


def check_asked(completions, folder):
    failures = []
    for line, wanted, unwanted in ASKED:
        program = line.split()[0]
        script = (f"source {completions}/fish/{program}.fish; complete -C '{line}'")
        done = subprocess.run(
            ["fish", "--no-config", "-c", script], capture_output=True, text=True, cwd=folder,
            env={**os.environ, "HOME": folder})
        offered = [row.split("\t")[0] for row in done.stdout.splitlines()]
        if wanted not in offered or unwanted in offered or done.stderr:
            failures.append(
                f"fish: {line!r}: expected {wanted!r} and not {unwanted!r}, got {offered} {done.stderr}")
    return failures


def main():
    completions = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/reports")
        for name in ("picture.png", "load.csv", "model.onnx"):
            open(f"{folder}/{name}", "w").close()
        failures = check_typed("bash", completions, folder)
        failures += check_typed("zsh", completions, folder)
        failures += check_asked(completions, folder)
    for failure in failures:
        print(f"shells: {failure}", file=sys.stderr)
    print(f"shells: {2 * len(TYPED) + len(ASKED)} command lines completed, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

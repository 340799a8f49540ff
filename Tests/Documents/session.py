"""A shell in which the commands of one document run, one after another, as typed."""

import os
import re
import select
import subprocess
import time

COMMAND_SECONDS = 300
SERVER_SECONDS = 120
USUAL_ADDRESS = "127.0.0.1:7311"


class Session:
    """Output of each command, and of what it leaves in the background, goes to a file of its own."""

    def __init__(self, tree, scratch):
        self.tree, self.scratch, self.count = tree, scratch, 0
        kept = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        self.shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], cwd=tree, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
            env={**environment, "LANG": "C.UTF-8"}, text=True)
        self.tell("set -m")

    def tell(self, line):
        self.shell.stdin.write(line + "\n")
        self.shell.stdin.flush()

    def run(self, text):
        """The status and the output of a command; None as status where it takes too long."""
        self.count += 1
        base = f"{self.scratch}/{self.count}"
        killed = re.match(r"kill\b.*(%\d+)", text)
        with open(f"{base}.sh", "w", encoding="utf-8") as file:
            # What is told to stop has stopped before the next command, and says how.
            file.write(text + (f"\nwait {killed.group(1)}" if killed else "") + "\n")
        self.tell(f"{{ . {base}.sh; }} > {base}.out 2>&1 < /dev/null; echo $?")
        status = self.answer(COMMAND_SECONDS)
        if status == 0:
            for address in served(text):
                if not self.is_ready(address):
                    return None, self.output(f"{base}.out")
        return status, self.output(f"{base}.out")

    def later_output(self):
        """What the last command's background processes have written by now."""
        return self.output(f"{self.scratch}/{self.count}.out")

    @staticmethod
    def output(path):
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def answer(self, seconds):
        readable, _, _ = select.select([self.shell.stdout], [], [], seconds)
        line = self.shell.stdout.readline().strip() if readable else ""
        return int(line) if line else None

    def is_ready(self, address):
        end = time.monotonic() + SERVER_SECONDS
        while time.monotonic() < end:
            done = subprocess.run(
                [".build/release/digitctl", "health", "--ready", "--server", address],
                cwd=self.tree, capture_output=True, text=True)
            # One that wants TLS says so to whoever does not encrypt.
            if done.returncode == 0 or "expected TLS" in done.stderr:
                return True
            time.sleep(0.05)
        return False

    def close(self):
        """Ends the shell, and by their ids what it has left in the background."""
        if self.shell.poll() is None:
            self.tell("kill $(jobs -p) 2> /dev/null; wait; exit")
        try:
            self.shell.communicate(timeout=SERVER_SECONDS)
        except subprocess.TimeoutExpired:
            self.shell.kill()
            self.shell.communicate()


def served(text):
    """The addresses of the servers that a command starts in the background."""
    command = re.sub(r"\s#.*", "", text).rstrip()
    if not command.endswith("&"):
        return []
    return [
        address
        for part in command.split("&") if re.search(r"(^|/)digitd\b", part.strip())
        for address in re.findall(r"--listen[ =](\S+)", part) or [USUAL_ADDRESS]
    ]

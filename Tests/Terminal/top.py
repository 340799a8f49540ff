"""Watches servers with `digitctl top` on terminals of its own: python3 top.py DIGITD DIGITCTL MODELS

What is shown is read as a terminal shows it: of the alternate screen the last picture.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
PATIENCE = 60


def expect(condition, what):
    if not condition:
        sys.exit(f"top: expected {what}")


class Server:
    def __init__(self, digitd, models, address):
        self.process = subprocess.Popen(
            [digitd, "--models", models, "--listen", address, "--http", "none"],
            stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if " ready " in line:
                return
        sys.exit("top: expected digitd to be ready")

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(PATIENCE)
        self.process.stderr.close()


class Terminal:
    """A program on a terminal of so many columns and rows."""

    def __init__(self, words, columns=80, rows=24, **environment):
        self.seen = b""
        self.master, self.slave = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self.slave)

        def become_its_session():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            words, stdin=self.slave, stdout=self.slave, stderr=self.slave,
            env={**os.environ, "TERM": "xterm", **environment}, preexec_fn=become_its_session)

    def resize(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        os.write(self.master, keys)

    def read(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            self.seen += os.read(self.master, 65536)

    def wait(self, what, condition):
        """Reads until the last whole picture is as wanted."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.read(0.1)
            pictures = self.seen.split(b"\x1b[H")
            if len(pictures) > 1 and b"\x1b[J" in pictures[-1] and condition(plain(pictures[-1])):
                return plain(pictures[-1])
        sys.exit(f"top: expected {what}, got {self.seen[-3000:]!r}")

    def ended(self):
        """How the program ended; what it had changed about the terminal is as it was."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.read(0.05)
            if self.process.poll() is not None:
                self.read(0.2)
                expect(self.seen.count(ENTER) == self.seen.count(LEAVE) == 1,
                       "the alternate screen to be entered and left once")
                expect(b"\x1b[?25h" in self.seen, "a cursor that is shown again")
                expect(self.seen.rindex(LEAVE) > self.seen.rindex(b"\x1b[J"),
                       "no picture after the alternate screen")
                expect(termios.tcgetattr(self.slave) == self.before, "the terminal's old modes")
                os.close(self.master)
                os.close(self.slave)
                return self.process.returncode
        sys.exit("top: expected the program to end")


def plain(picture):
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", picture.decode("utf-8", "replace"))
    return [line.rstrip("\r") for line in text.split("\n")]


def has(text):
    return lambda lines: any(text in line for line in lines)


def check_picture(top, load):
    """With load there are rates, percentiles and bars, in 24 lines of 80 columns."""
    terminal = Terminal(top)
    bench = subprocess.Popen(load, stdout=subprocess.DEVNULL)
    lines = terminal.wait(
        "a row with figures and bars", lambda lines: any(
            re.match(r"tiny v1 .*\d (µs|ms).*[▁▂▃▄▅▆▇█]{3}", line) for line in lines))
    expect(len(lines) <= 24 and all(len(line) <= 80 for line in lines), f"80 × 24, got {lines}")
    for heading in ("MODEL", "IMG/S", "p99", "p50", "IMAGES/S"):
        expect(has(heading)(lines), f"'{heading}', got {lines}")
    print("\n".join(lines))
    bench.wait(PATIENCE)
    expect(b"\x1b[7m" in terminal.seen, "a heading in reverse video")
    terminal.resize(140, 8)
    lines = terminal.wait("more columns and fewer lines", has("QUEUE p50"))
    expect(len(lines) <= 8 and has("more lines")(lines), f"8 lines, got {lines}")
    terminal.resize(20, 5)
    terminal.wait("20 × 5", lambda lines: len(lines) <= 5 and all(len(l) <= 20 for l in lines))
    terminal.type(b"xq")
    expect(terminal.ended() == 0, "status 0 after 'q'")


def check_ends(top):
    for what, act, status in (
        ("Ctrl-C", lambda terminal: terminal.type(b"\x03"), 0),
        ("SIGTERM", lambda terminal: terminal.process.terminate(), 0),
    ):
        terminal = Terminal(top, NO_COLOR="1")
        terminal.wait("a picture", has("MODEL"))
        terminal.type(b"\x1a\x1c")  # Ctrl-Z and Ctrl-\ do nothing
        act(terminal)
        expect(terminal.ended() == status, f"status {status} after {what}")
        expect(re.search(rb"\x1b\[[0-9;]*m", terminal.seen) is None, "no colour with NO_COLOR")


def check_second_interrupt(digitctl, folder):
    """A second Ctrl-C ends a program that waits for a server that does not answer."""
    server_folder = os.path.join(folder, "stopped")
    terminal = None
    for number in (signal.SIGINT, signal.SIGTERM):
        server = Server(DIGITD, MODELS, f"unix:{server_folder}")
        terminal = Terminal(
            [digitctl, "top", "--interval", "100ms", "--server", f"unix:{server_folder}"])
        terminal.wait("a picture", has("MODEL"))
        server.process.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        for _ in range(3):
            terminal.process.send_signal(number)
            time.sleep(0.02)
        expect(terminal.ended() in (0, 1, -number), "an end after a second signal")
        server.process.send_signal(signal.SIGCONT)
        server.end()


def check_restart(digitctl, folder):
    """A server that is killed is told about, and one at its place watched on."""
    address = "unix:" + os.path.join(folder, "restarted")
    server = Server(DIGITD, MODELS, address)
    terminal = Terminal([digitctl, "top", "--interval", "100ms", "--server", address])
    terminal.wait("a picture", has("MODEL"))
    server.end(signal.SIGKILL)
    terminal.wait("a word about the server", has("NOT ANSWERING"))
    expect(b"\x1b[1;31m" in terminal.seen, "a warning in red")
    server = Server(DIGITD, MODELS, address)
    terminal.wait("the server that is back", lambda lines: not has("NOT ANSWERING")(lines))
    server.end(signal.SIGKILL)
    terminal.wait("a word about the server", has("NOT ANSWERING"))
    terminal.type(b"q")
    expect(terminal.ended() == 1, "status 1 without a server")


def check_lines(top):
    """Where no picture can be shown there are lines."""
    for words in ([*top], ["/bin/sh", "-c", 'exec "$@" | cat', "sh", *top]):
        if words == top:
            terminal = Terminal(words, TERM="dumb")
        else:
            terminal = Terminal(words)
        end = time.monotonic() + PATIENCE
        while b"images a batch" not in terminal.seen and time.monotonic() < end:
            terminal.read(0.1)
        expect(b"images a batch" in terminal.seen, "lines of figures")
        expect(b"\x1b" not in terminal.seen, f"no sequences, got {terminal.seen!r}")
        terminal.type(b"\x03")
        terminal.process.wait(PATIENCE)


def main():
    with tempfile.TemporaryDirectory() as folder:
        address = "unix:" + os.path.join(folder, "socket")
        server = Server(DIGITD, MODELS, address)
        top = [DIGITCTL, "top", "--interval", "100ms", "--server", address]
        load = [DIGITCTL, "bench", "--server", address, "--model", "tiny", "--duration", "3s",
                "--warmup", "0s"]
        check_picture(top, load)
        check_ends(top)
        check_lines(top)
        server.end()
        check_second_interrupt(DIGITCTL, folder)
        check_restart(DIGITCTL, folder)
    print("top: pictures, ends, restarts and resizes are as they should be")


if __name__ == "__main__":
    DIGITD, DIGITCTL, MODELS = sys.argv[1:]
    main()

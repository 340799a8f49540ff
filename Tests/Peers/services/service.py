"""A server under comparison: started on free loopback ports, asked, stopped."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SERVERS = Path(__file__).resolve().parent / "servers"


class Failed(Exception):
    """A service or its load did not do what it must."""


class NotYet(Exception):
    """A service is still starting."""


class Service:
    # How long a start may take: TensorFlow's is slow on a busy machine.
    START_SECONDS = 60
    STOP_SECONDS = 10
    name = ""
    # The servers' settings to try.
    settings = [{}]

    def __init__(self, files, setting):
        self.files = files
        self.setting = setting
        self.processes = []
        self.log = tempfile.TemporaryFile("w+")

    def commands(self):
        """The command of each process to start, with the port that it is to listen on."""
        raise NotImplementedError

    def probabilities(self, port, pixels):
        """Asks for images [n, 28, 28] of uint8: [n, 10]."""
        raise NotImplementedError

    def load(self, case, shape, seconds):
        """Loads the service for a window, and returns its figures."""
        raise NotImplementedError

    def connections(self, in_flight):
        """Over how many connections so many requests may be spread: the ways to try."""
        return [in_flight]

    def __enter__(self):
        self.ports = []
        try:
            for port, command in self.commands():
                self.ports.append(port)
                self.processes.append(self.started(command))
            for port in self.ports:
                self.await_answer(port)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def started(self, command):
        # One thread computes each request: a process has one core.
        environment = os.environ | self.environment() | {"OMP_NUM_THREADS": "1"}
        return subprocess.Popen(
            [str(part) for part in command], env=environment, cwd=SERVERS, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        )  # fmt: skip

    def environment(self):
        return {}

    def await_answer(self, port):
        deadline = time.monotonic() + self.START_SECONDS
        while True:
            try:
                return self.probabilities(port, self.files.pixels[:1])
            except Exception as error:  # each client has its own for "not listening yet"
                ended = any(process.poll() is not None for process in self.processes)
                refused = isinstance(error, Failed)
                if ended or refused or time.monotonic() > deadline:
                    raise Failed(f"{self} did not start: {error}\n{self.logged()}") from None
            time.sleep(0.1)

    def stop(self):
        """Ends all processes of the service's groups, at last by force."""
        for process in self.processes:
            signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + self.STOP_SECONDS
        for process in self.processes:
            try:
                process.wait(max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            # Also where the leader has ended: workers may be left.
            signal_group(process, signal.SIGKILL)
            process.wait()
        self.processes = []

    def logged(self):
        self.log.seek(0)
        return self.log.read()[-2000:]

    def __str__(self):
        shape = ", ".join(f"{key} {value}" for key, value in self.setting.items())
        return f"{self.name} ({shape})" if shape else self.name


def signal_group(process, number):
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


def free_port():
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return place.getsockname()[1]


def python(*arguments):
    return [sys.executable, *arguments]

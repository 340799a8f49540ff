#!/usr/bin/env python3
"""What a service manager sees of a worker that hangs: watchdog.py DIGITD

Stops the worker's thread of a running digitd, as a debugger would, and has it asked: its request
is answered with INTERNAL, readiness turns no, and WATCHDOG=1 comes no more, so that systemd would
restart it. When the thread goes on, so does the service. Needs the right to trace a process.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent import futures
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Protocol" / "clients" / "python"))
from digits_client import DigitsClient, ServerError  # noqa: E402

PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17
WATCHDOG_SECONDS = 2
INTERNAL = 48
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def trace(request, thread):
    if libc.ptrace(request, thread, None, None) != 0:
        sys.exit(f"watchdog: expected the right to trace: {os.strerror(ctypes.get_errno())}")


def hold(thread):
    if libc.ptrace(PTRACE_SEIZE, thread, None, None) != 0:
        # A container may not give it to root either.
        print(f"watchdog: SKIPPED: expected the right to trace a process: "
              f"{os.strerror(ctypes.get_errno())}", file=sys.stderr)
        sys.exit(0)
    trace(PTRACE_INTERRUPT, thread)
    os.waitpid(thread, 0x40000000)  # __WALL: also for a thread that is no child's first


class Digitd:
    """A server of one worker, and the socket that it tells its manager by."""

    def __init__(self, program, folder):
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(str(folder / "notify"))
        self.address = f"unix:{folder / 'socket'}"
        environment = {"NOTIFY_SOCKET": str(folder / "notify"),
                       "WATCHDOG_USEC": str(WATCHDOG_SECONDS * 1_000_000)}
        self.process = subprocess.Popen(
            [program, "--models", ROOT / "Models", "--listen", self.address, "--workers", "1",
             "--inline-budget", "0s", "--worker-timeout", "500ms", "--log-level", "error",
             # On a busy machine so much load waits for longer than is taken otherwise.
             "--queue-age", "0s"],
            env=os.environ | environment)
        self.expect("READY=1", 60)

    def expect(self, line, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if line in self.told(end - time.monotonic()):
                return
        sys.exit(f"watchdog: expected {line} within {seconds} s")

    def told(self, seconds):
        """The lines of one datagram; none where none comes in this time."""
        self.manager.settimeout(max(seconds, 0.01))
        try:
            return self.manager.recv(4096).decode().splitlines()
        except TimeoutError:
            return []

    def silent_watchdog(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if "WATCHDOG=1" in self.told(end - time.monotonic()):
                return False
        return True

    def threads(self):
        """All but the first, which the event loop runs on."""
        tasks = map(int, os.listdir(f"/proc/{self.process.pid}/task"))
        return [task for task in tasks if task != self.process.pid]


def wait_until_ready(client, is_ready):
    end = time.monotonic() + 30
    while client.health(ready=True) != is_ready:
        if time.monotonic() > end:
            sys.exit(f"watchdog: expected readiness to turn {is_ready} within 30 s")
        time.sleep(0.05)


def check(server):
    with DigitsClient(server.address) as client:
        with futures.ThreadPoolExecutor() as pool:
            load = pool.submit(ask_for_seconds, server.address)
            # Until the worker is in a batch of it.
            while client.stats()["images_inferred"] < 1000:
                time.sleep(0.01)
            held = server.threads()
            for thread in held:
                hold(thread)
            try:
                check_held(server, client, load)
            finally:
                for thread in held:
                    trace(PTRACE_DETACH, thread)
        wait_until_ready(client, True)
        server.expect("WATCHDOG=1", 30)
        client.predict(np.zeros(784, np.uint8))


def ask_for_seconds(address):
    noise = np.random.default_rng(1).integers(0, 256, (100_000, 784), np.uint8)
    with DigitsClient(address) as client:
        client.predict(noise, "ensemble")


def check_held(server, client, load):
    error = load.exception(timeout=30)
    if not isinstance(error, ServerError) or error.code != INTERNAL:
        sys.exit(f"watchdog: expected INTERNAL, got {error}")
    if error.processed != "unknown":
        sys.exit(f"watchdog: expected processed unknown, got {error.processed}")
    wait_until_ready(client, False)
    # Those of the time before are still to be read.
    while server.told(0):
        pass
    if not server.silent_watchdog(WATCHDOG_SECONDS * 2):
        sys.exit("watchdog: expected no WATCHDOG=1 while the worker hangs")


def main():
    with tempfile.TemporaryDirectory() as name:
        server = Digitd(sys.argv[1], Path(name))
        try:
            check(server)
        finally:
            server.process.send_signal(signal.SIGTERM)
            status = server.process.wait()
    if status != 0:
        sys.exit(f"watchdog: expected digitd to stop with 0, got {status}")
    print("watchdog: a worker that hangs: INTERNAL, not ready, no WATCHDOG=1; then all again")


main()

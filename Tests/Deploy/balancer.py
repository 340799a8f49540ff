#!/usr/bin/env python3
"""Runs Deploy/haproxy/haproxy.cfg before two digitd, kills one under load and drains the other.

Usage: balancer.py DIGITD CONFIGURATION [--metrics FILE]

Clients send what a closed connection or a refusal cut off again; those of HTTP only what was closed
without any answer, as HTTP lets them. No request may be lost or answered wrongly. --metrics FILE
keeps what HAProxy tells Prometheus.
"""

import http.client
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Protocol/clients/python"), str(ROOT / "Tests/Peers")]

import idx
from digits_client import ConnectionEnded, DigitsClient, ServerError

MODEL = "tiny"
IMAGES_PER_REQUEST = 8
PHASE_SECONDS = 1.5
TRIES_MAX = 40
ACTIVE_SERVERS = re.compile(
    r'^haproxy_backend_active_servers\{proxy="digits[^"]*"\} (\d+)', re.M)


class Failure(Exception):
    """What was expected and what came."""


def main(arguments):
    if len(arguments) not in (2, 4) or arguments[2:3] not in ([], ["--metrics"]):
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        try:
            run(pathlib.Path(folder), *arguments[:2], *arguments[3:])
        except Failure as failure:
            print(f"balancer: {failure}", file=sys.stderr)
            for log in sorted(pathlib.Path(folder).glob("*.log")):
                print(f"-- {log.name}\n{log.read_text()}", file=sys.stderr)
            return 1
    return 0


def run(folder, digitd, configuration, metrics=None):
    servers = {name: Server(digitd, folder / f"{name}.log") for name in "ab"}
    balancer = Balancer(configuration, folder, servers)
    try:
        for server in servers.values():
            server.start()
        balancer.start()
        balancer.wait_for_servers(2)
        load = Load(balancer, expected_labels(servers["a"]))
        load.phase("two servers")
        servers["b"].kill()
        load.phase("one killed")
        balancer.wait_for_servers(1)
        load.phase("one left")
        servers["b"].start()
        balancer.wait_for_servers(2)
        load.phase("both again")
        held = HeldRequest(servers["a"].http)
        servers["a"].drain()
        load.phase("one drained")
        balancer.wait_for_servers(1)
        held.end()
        servers["a"].expect_clean_end()
        if metrics:
            pathlib.Path(metrics).write_text(balancer.metrics())
        load.finish()
    finally:
        for process in (balancer, *servers.values()):
            process.kill()


def expected_labels(server):
    """Batches of images, each with the labels that a server gives when it is asked alone."""
    images = idx.read(ROOT / "Tests/Data/mnist/t10k-images-idx3-ubyte.gz")[:512]
    batches = images.reshape(-1, IMAGES_PER_REQUEST, 28, 28)
    with DigitsClient(server.address) as client:
        return [(batch, client.predict(batch, MODEL).labels.tolist()) for batch in batches]


class Server:
    """A digitd that keeps its ports over a restart."""

    def __init__(self, program, log):
        self.program, self.log, self.process = program, log, None
        self.address, self.http = free_address(), free_address()

    def start(self):
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [self.program, "--models", "Models", "--listen", self.address, "--http", self.http,
                 "--workers", "1", "--drain-grace", "5s"], cwd=ROOT, stderr=log)
        eventually("digitd to be ready", lambda: " ready " in self.log.read_text())

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def drain(self):
        self.process.send_signal(signal.SIGTERM)

    def expect_clean_end(self):
        status = self.process.wait(timeout=10)
        if status != 0:
            raise Failure(f"expected a drained digitd to end with 0, got {status}")


class Balancer:
    """HAProxy with the configuration as it is shipped, on addresses of our own."""

    def __init__(self, configuration, folder, servers):
        self.folder, self.process = folder, None
        self.address, self.http, self.figures = free_address(), free_address(), free_address()
        text = pathlib.Path(configuration).read_text(encoding="utf-8")
        if os.geteuid() != 0:
            # Only root becomes somebody else.
            text = re.sub(r"^  (user|group) haproxy\n", "", text, flags=re.M)
        (folder / "haproxy.cfg").write_text(text, encoding="utf-8")
        self.environment = os.environ | {
            "DIGITD_A": servers["a"].address, "DIGITD_A_HTTP": servers["a"].http,
            "DIGITD_B": servers["b"].address, "DIGITD_B_HTTP": servers["b"].http,
            "DIGITS_LISTEN": self.address, "DIGITS_HTTP_LISTEN": self.http,
            "DIGITS_METRICS_LISTEN": self.figures, "DIGITS_ADMIN": str(folder / "admin")}

    def start(self):
        with open(self.folder / "haproxy.log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["haproxy", "-f", str(self.folder / "haproxy.cfg")], env=self.environment,
                stdout=log, stderr=log)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def metrics(self):
        with urllib.request.urlopen(f"http://{self.figures}/metrics", timeout=5) as answer:
            return answer.read().decode()

    def wait_for_servers(self, count):
        """Until both doors have so many servers."""
        def has_so_many():
            return ACTIVE_SERVERS.findall(self.metrics()) == [str(count)] * 2
        eventually(f"HAProxy to have {count} servers at each door", has_so_many)


class Load:
    """Clients that send all the time, until they are stopped."""

    def __init__(self, balancer, batches):
        self.balancer, self.batches = balancer, batches
        self.lock, self.ended = threading.Lock(), threading.Event()
        self.milliseconds, self.retried, self.problems = {}, 0, []
        self.threads = [
            threading.Thread(target=self.send, args=(kind, offset), daemon=True)
            for kind, count in ((BinaryCaller, 4), (HTTPCaller, 2)) for offset in range(count)]
        for thread in self.threads:
            thread.start()

    def send(self, kind, offset):
        caller = kind(self.balancer)
        while not self.ended.is_set():
            batch, labels = self.batches[offset % len(self.batches)]
            offset += 1
            begin = time.monotonic()
            try:
                got, retries = caller.ask(batch)
            except Exception as error:  # whatever it is, the request is lost
                with self.lock:
                    self.problems.append(f"{kind.name}: lost: {error!r}")
                continue
            with self.lock:
                self.milliseconds.setdefault(kind.name, []).append(
                    (time.monotonic() - begin) * 1000)
                self.retried += retries
                if got != labels:
                    self.problems.append(f"{kind.name}: expected {labels}, got {got}")

    def phase(self, name):
        """Prints what became of the requests of the next moment."""
        with self.lock:
            self.milliseconds, self.retried = {}, 0
        time.sleep(PHASE_SECONDS)
        with self.lock:
            figures = []
            for kind, values in sorted(self.milliseconds.items()):
                values.sort()
                figures.append(
                    f"{kind} {len(values)} requests, p99 {values[int(len(values) * 0.99)]:.1f} ms, "
                    f"max {values[-1]:.0f} ms")
            print(f"  {name:<12} {'; '.join(figures)}; {self.retried} sent again", flush=True)
            if len(figures) < 2:
                raise Failure(f"expected answers at both doors with {name}, got {figures}")
            if self.problems:
                raise Failure(
                    f"{len(self.problems)} requests went wrong, such as: {self.problems[0]}")

    def finish(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(timeout=10)
        if self.problems:
            raise Failure(f"{len(self.problems)} requests went wrong: {self.problems[0]}")


class BinaryCaller:
    """Asks again over another connection where one ends or the server says that one may."""

    name = "binary"

    def __init__(self, balancer):
        self.address, self.client = balancer.address, None

    def ask(self, batch):
        """The labels, and how often it was asked again."""
        for attempt in range(TRIES_MAX):
            try:
                if self.client is None or self.client.is_leaving:
                    self.close()
                    self.client = DigitsClient(self.address)
                return self.client.predict(batch, MODEL).labels.tolist(), attempt
            except ServerError as error:
                if not error.retryable:
                    raise
            except (ConnectionEnded, OSError):
                pass
            self.close()
            time.sleep(0.02 * min(attempt, 10))
        raise Failure(f"no answer after {TRIES_MAX} tries")

    def close(self):
        if self.client:
            self.client.close()
        self.client = None


class HTTPCaller:
    """Asks again only where the connection was closed without an answer: any other status than 200
    is an error, since HAProxy is to try the other server. Every second request is the first of its
    connection, which may come to either server."""

    name = "HTTP"

    def __init__(self, balancer):
        self.connection = http.client.HTTPConnection(balancer.http, timeout=10)
        self.count = 0

    def ask(self, batch):
        self.count += 1
        if self.count % 2:
            self.connection.close()
        for attempt in range(TRIES_MAX):
            try:
                return self.labels(batch), attempt
            except (http.client.RemoteDisconnected, ConnectionError):
                self.connection.close()
        raise Failure(f"no answer after {TRIES_MAX} tries")

    def labels(self, batch):
        body = batch.tobytes()
        self.connection.putrequest("POST", f"/v1/predict?model={MODEL}")
        self.connection.putheader("Content-Type", "application/octet-stream")
        self.connection.putheader("Content-Length", str(len(body)))
        self.connection.endheaders()
        # As over a network: a balancer has the header before it has all of the body.
        time.sleep(0.002)
        self.connection.send(body)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            raise Failure(f"status {answer.status}: {text[:200]}")
        return [int(digit) for digit in re.search(r'"text":"(\d+)"', text).group(1)]


class HeldRequest:
    """A request without its body, which a server that is stopping waits for: long enough for
    requests to come to it that HAProxy sends before it knows."""

    def __init__(self, address):
        host, port = address.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self.send(f"POST /v1/predict?model={MODEL} HTTP/1.1\r\nHost: localhost\r\n"
                  "Content-Type: application/octet-stream\r\nContent-Length: 784\r\n"
                  "Expect: 100-continue\r\n\r\n".encode(), "100 Continue")

    def end(self):
        self.send(bytes(784), "200 OK")
        self.socket.close()

    def send(self, data, expected):
        self.socket.sendall(data)
        answer = self.socket.recv(65536).decode()
        if not answer.startswith(f"HTTP/1.1 {expected}"):
            raise Failure(f"expected {expected} to a request begun before a drain, got {answer!r}")


def free_address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def eventually(what, is_so, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if is_so():
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise Failure(f"expected {what} within {seconds} s")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

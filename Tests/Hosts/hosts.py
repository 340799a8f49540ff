#!/usr/bin/env python3
"""Three digitd on hosts of their own, behind HAProxy and behind clients that balance themselves.

Usage: hosts.py DIGITD DIGITCTL CONFIGURATION [--rounds N] [--seconds S] [--rate R] [--json FILE]

Hosts are network namespaces; every packet between the client's and a server's takes 0.5 ms. An open
loop goes on while a server is killed, frozen, drained, all of them are restarted with a new version
of the model, and 1 % of the packets is lost. Both ways of balancing send through the same client
(digitctl bench --balance), in turn: to HAProxy on the client's own host, or to a name that stands
for the three servers. A server that is drained leaves the name before, and is there again when it
is ready, as in a headless service of Kubernetes.

Fails where a request is lost or answered wrongly, or the 99th percentile of the clients that
balance themselves is higher than HAProxy's beyond the 95 % interval of the paired rounds, which
holds for all phases at once.
"""

import argparse
import contextlib
import gzip
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from figures import WAYS, tell
from namespaces import Namespace, Relay, missing

ROOT = pathlib.Path(__file__).resolve().parents[2]
DELAY_SECONDS, LOSS = 0.0005, 0.01
CONNECTIONS = 6
# In the client's /etc/hosts.
NAME = "digitd-headless"
# In turn the model's versions.
NETWORKS = ["mlp-50-50", "tiny"]
IMAGES = 2_000
# A client that sends one request in a hundred later than this measures the machine, and not the
# servers: such a load is driven again.
LATE_SECONDS = 0.01
TRIES_MAX = 6


class Failure(Exception):
    """What was expected and what came."""


class Server:
    """A digitd on a host of its own, with a model folder of its own."""

    def __init__(self, program, host, address, folder):
        self.program, self.host, self.folder = program, host, folder
        self.address, self.process, self.version = address, None, 0
        self.log = folder / "digitd.log"
        (folder / "models/digits").mkdir(parents=True)
        self.add_version()

    def add_version(self):
        self.version += 1
        folder = self.folder / f"models/digits/{self.version}"
        folder.mkdir()
        network = NETWORKS[(self.version - 1) % len(NETWORKS)]
        shutil.copy(ROOT / f"Models/{network}.safetensors", folder / "model.safetensors")

    def start(self):
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                self.host.command(
                    self.program, "--models", str(self.folder / "models"),
                    "--listen", f"{self.address}:7311", "--http", f"{self.address}:7380",
                    "--insecure", "--http-host", "localhost", "--workers", "1",
                    "--drain-grace", "5s"),
                stderr=log, stdout=subprocess.DEVNULL)
        eventually("digitd to be ready", lambda: " ready " in self.log.read_text())

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        status = self.process.wait(timeout=15)
        if status not in (0, -signal.SIGKILL):
            raise Failure(f"expected digitd to end with 0, got {status}")

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()


class Balancer:
    """HAProxy as it is configured for users, with a third server, on the client's host."""

    def __init__(self, configuration, host, folder, servers):
        self.host, self.folder, self.process = host, folder, None
        text = pathlib.Path(configuration).read_text(encoding="utf-8")
        # The line of another server, as the file says.
        text, count = re.subn(
            r"^  server b .*\n", lambda line: line[0] + third(line[0]), text, flags=re.M)
        if count != 2:
            raise Failure(f"expected two lines 'server b' in {configuration}, got {count}")
        (folder / "haproxy.cfg").write_text(text, encoding="utf-8")
        self.environment = os.environ | {
            "DIGITS_LISTEN": "127.0.0.1:7311", "DIGITS_HTTP_LISTEN": "127.0.0.1:7380",
            "DIGITS_METRICS_LISTEN": "127.0.0.1:8405", "DIGITS_ADMIN": str(folder / "admin")}
        for letter, server in zip("ABC", servers):
            self.environment[f"DIGITD_{letter}"] = f"{server.address}:7311"
            self.environment[f"DIGITD_{letter}_HTTP"] = f"{server.address}:7380"

    def start(self):
        with open(self.folder / "haproxy.log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                self.host.command("haproxy", "-f", str(self.folder / "haproxy.cfg")),
                env=self.environment, stdout=log, stderr=log)

    def servers_up(self):
        with socket.socket(socket.AF_UNIX) as admin:
            admin.connect(str(self.folder / "admin"))
            admin.sendall(b"show stat\n")
            text = b"".join(iter(lambda: admin.recv(65_536), b"")).decode()
        rows = [line.split(",") for line in text.splitlines() if line.startswith("digits")]
        return sum(row[1] in "abc" and row[17].startswith("UP") for row in rows)

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def third(line):
    return line.replace("server b", "server c").replace("DIGITD_B", "DIGITD_C").replace(
        "732", "733").replace("738", "739")


class Hosts:
    """Everything that runs, and what befalls it."""

    def __init__(self, options, folder):
        self.options, self.folder, self.repeated = options, folder, 0
        self.closing = contextlib.ExitStack()

    def __enter__(self):
        try:
            self.build()
        except BaseException:
            self.closing.close()
            raise
        return self

    def __exit__(self, *_):
        self.closing.close()

    def kept(self, thing):
        """Closed at the end, whatever happens; the last first."""
        self.closing.callback(thing.close)
        return thing

    def build(self):
        self.client = self.kept(Namespace("client"))
        hosts = [self.kept(Namespace(name)) for name in "abc"]
        self.relay = self.kept(Relay(DELAY_SECONDS))
        self.servers = []
        for index, host in enumerate(hosts):
            near, far = f"10.77.{index}.1", f"10.77.{index}.2"
            self.relay.link(
                self.client.tun(f"to-{'abc'[index]}", near, far), host.tun("uplink", far, near))
            folder = self.folder / host.name
            folder.mkdir()
            self.servers.append(self.kept(Server(self.options.digitd, host, far, folder)))
        self.relay.start()
        for server in self.servers:
            server.start()
        self.publish(*self.servers)
        self.balancer = self.kept(
            Balancer(self.options.configuration, self.client, self.folder, self.servers))
        self.balancer.start()
        self.settle()
        self.images = self.choose_images()

    def publish(self, *servers):
        """Has the name stand for these."""
        self.client.set_hosts(
            ["127.0.0.1 localhost"] + [f"{server.address} {NAME}" for server in servers])

    def replace(self, server, pause=0.0):
        """Drains it and, after a pause, starts it again."""
        self.publish(*(other for other in self.servers if other is not server))
        server.signal(signal.SIGTERM)
        server.wait()
        time.sleep(pause)
        server.start()
        self.publish(*self.servers)

    def settle(self):
        eventually(
            "HAProxy to have three servers at each door",
            lambda: self.balancer.servers_up() == 2 * len(self.servers))

    def choose_images(self):
        """Files of images that every version reads as they are labelled: any other answer is
        wrong."""
        right = None
        for network in NETWORKS:
            folder = self.folder / network
            folder.mkdir()
            shutil.copy(ROOT / f"Models/{network}.safetensors", folder)
            address = f"unix:{folder}/socket"
            with open(folder / "log", "w", encoding="utf-8") as log:
                process = subprocess.Popen(
                    [self.options.digitd, "--models", str(folder), "--listen", address],
                    stderr=log)
            try:
                eventually("digitd to be ready", lambda: " ready " in (folder / "log").read_text())
                subprocess.run(
                    [self.options.digitctl, "evaluate", "--server", address, "--limit",
                     str(2 * IMAGES), "--predictions", str(folder / "predictions"), "--json"],
                    cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            finally:
                process.kill()
                process.wait()
            lines = [line.split() for line in (folder / "predictions").read_text().splitlines()]
            read = {int(index): int(label) for index, label in lines if index.isdigit()}
            right = {pair for pair in read.items() if right is None or pair in right}
        data = ROOT / "Tests/Data/mnist"
        with gzip.open(data / "t10k-images-idx3-ubyte.gz") as file:
            images = file.read()[16:]
        with gzip.open(data / "t10k-labels-idx1-ubyte.gz") as file:
            labels = file.read()[8:]
        chosen = [index for index, label in sorted(right) if labels[index] == label][:IMAGES]
        count = len(chosen).to_bytes(4, "big")
        paths = self.folder / "images", self.folder / "labels"
        paths[0].write_bytes(
            b"\0\0\x08\x03" + count + b"\0\0\0\x1c" * 2
            + b"".join(images[784 * index:784 * index + 784] for index in chosen))
        paths[1].write_bytes(b"\0\0\x08\x01" + count + bytes(labels[index] for index in chosen))
        return [str(path) for path in paths]

    # What befalls the servers while a load goes on

    def calm(self, _):
        pass

    def killed(self, seconds):
        time.sleep(seconds / 3)
        self.servers[0].signal(signal.SIGKILL)
        self.servers[0].wait()
        time.sleep(seconds / 3)
        self.servers[0].start()

    def frozen(self, seconds):
        time.sleep(seconds / 3)
        self.servers[1].signal(signal.SIGSTOP)
        time.sleep(seconds / 3)
        self.servers[1].signal(signal.SIGCONT)

    def drained(self, seconds):
        time.sleep(seconds / 3)
        self.replace(self.servers[2], pause=seconds / 3)

    def loss(self, _):
        self.relay.loss = LOSS

    def rolling(self, seconds):
        time.sleep(seconds / 6)
        for server in self.servers:
            server.add_version()
            self.replace(server)
            time.sleep(seconds / 6)

    PHASES = {
        "calm": calm, "killed": killed, "frozen": frozen, "drained": drained, "1 % loss": loss,
        "rolling": rolling}

    # Loads

    def load(self, way, phase, number):
        """The report of a load whose client kept its schedule."""
        for _ in range(TRIES_MAX):
            report = self.tried_load(way, phase, number)
            if report["schedule"]["lateness_us"]["p99"] <= LATE_SECONDS * 1e6:
                return report
            self.repeated += 1
        # Every request has been answered all the same.
        return report

    def tried_load(self, way, phase, number):
        """What digitctl reports of a load while something befalls the servers."""
        options = self.options
        if way == "HAProxy":
            server, each = "127.0.0.1:7311", CONNECTIONS
        else:
            server, each = f"{NAME}:7311", CONNECTIONS // len(self.servers)
        path = self.folder / "report.json"
        with open(path, "wb") as output, open(self.folder / "bench.log", "wb") as log:
            process = subprocess.Popen(
                self.client.command(
                    options.digitctl, "bench", "--balance", "--server", server, "--connections",
                    str(each), "--model", "digits", "--rate", str(options.rate), "--arrivals",
                    "poisson", "--seed", str(number), "--duration", f"{options.seconds}s",
                    "--warmup", "300ms", "--late-share", "1", "--images", self.images[0],
                    "--labels", self.images[1], "--json"),
                stdout=output, stderr=log)
            try:
                time.sleep(0.4)
                self.PHASES[phase](self, options.seconds)
                process.wait(timeout=60)
            finally:
                self.relay.loss = 0.0
                process.kill()
                process.wait()
        self.settle()
        text = path.read_text()
        if not text:
            raise Failure(f"{way}, {phase}: {(self.folder / 'bench.log').read_text().strip()}")
        report = json.loads(text)
        lost = report["sent"] - report["answered"]
        if lost or report["wrong"] or not report["sent"]:
            raise Failure(
                f"{way}, {phase}: expected a right answer to each of {report['sent']} requests, "
                f"got {lost} without one and {report['wrong']} wrong: "
                + (self.folder / "bench.log").read_text().strip())
        return report


def eventually(what, is_so, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if is_so():
                return
        time.sleep(0.02)
    raise Failure(f"expected {what} within {seconds} s")


def measure(hosts, options):
    """The reports by phase and way."""
    reports = {phase: {way: [] for way in WAYS} for phase in hosts.PHASES}
    for number in range(options.rounds):
        for phase in hosts.PHASES:
            # A B, B A, …: a steady drift favours neither.
            for way in WAYS if number % 2 == 0 else reversed(WAYS):
                reports[phase][way].append(hosts.load(way, phase, number + 1))
    return reports


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("digitd")
    parser.add_argument("digitctl")
    parser.add_argument("configuration")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--rate", type=int, default=300)
    parser.add_argument("--json", help="keep the reports here")
    options = parser.parse_args()
    why = missing()
    if why:
        print(f"hosts: SKIPPED: {why}", file=sys.stderr)
        return 0
    # An end by a signal cleans up, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # HAProxy gives up being root.
        folder.chmod(0o755)
        try:
            with Hosts(options, folder) as hosts:
                reports = measure(hosts, options)
                relay = hosts.relay
                print(
                    f"three hosts in network namespaces; delay {DELAY_SECONDS * 1000} ms and loss "
                    f"by a relay over TUN, which carried {relay.carried} packets and dropped "
                    f"{relay.dropped}; {options.rate} requests/s, {options.rounds} rounds of "
                    f"{options.seconds} s; {hosts.repeated} loads driven again, for the client "
                    "had been late")
        except Failure as failure:
            print(f"hosts: {failure}", file=sys.stderr)
            for log in sorted(folder.glob("**/*.log")):
                print(f"-- {log.name}\n{log.read_text()[-2000:]}", file=sys.stderr)
            return 1
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(reports), encoding="utf-8")
    is_good = tell(reports, options.rounds)
    print("no request was lost, and none was answered wrongly")
    if not is_good:
        print("hosts: expected no higher p99 of clients that balance themselves", file=sys.stderr)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())

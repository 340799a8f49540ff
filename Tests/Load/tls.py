#!/usr/bin/env python3
"""Compare what digitd answers over TLS with what it answers without: tls.py [--rounds N]

Two servers of all shipped models, one with a certificate made for this, take turns under a closed
loop of digitctl; servers stay on the last processor of those that may be used, the client on the
first. Which of the two begins changes from round to round. Printed is, for each model and batch,
the median of the rounds' ratios of images a second, and the lowest and highest. Exit status: 0
each median reaches its goal, 1 otherwise. Needs a release build, openssl and taskset.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".build" / "release"
# Model, images in a request, goal.
CASES = [
    ("mlp-50-50", 1, 0.6), ("mlp-50-50", 64, 0.6), ("cnn-32-64", 1, 0.9), ("cnn-32-64", 64, 0.9),
]
# Connections, and requests in flight on each: of single images, and of large requests, of which
# more would wait longer than the queue's age allows.
SINGLE, LARGE = (8, 8), (4, 2)


class Server:
    def __init__(self, processor, log, *options):
        with open(log, "w") as file:
            self.process = subprocess.Popen(
                ["taskset", "-c", str(processor), BIN / "digitd", "--models", ROOT / "Models",
                 "--workers", "1", "--listen", "127.0.0.1:0", *options], stderr=file)
        end = time.monotonic() + 60
        while " ready " not in Path(log).read_text():
            if time.monotonic() > end or self.process.poll() is not None:
                sys.exit(f"tls: expected digitd to be ready, got: {Path(log).read_text()}")
            time.sleep(0.05)
        self.address = re.search(r"listening address=(\S+)", Path(log).read_text())[1]


def images_per_second(server, processor, model, batch, seconds, *options):
    connections, pipeline = SINGLE if batch == 1 else LARGE
    done = subprocess.run(
        ["taskset", "-c", str(processor), BIN / "digitctl", "bench", "--server", server.address,
         "--model", model, "--batch", str(batch), "--connections", str(connections),
         "--pipeline", str(pipeline), "--duration", f"{seconds}s", "--json", *options],
        capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"tls: {done.stderr}")
    return json.loads(done.stdout)["images_per_second"]


def make_certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", folder / "key", "-out", folder / "certificate", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True)
    return folder / "certificate", folder / "key"


def compare(plain, secure, authority, processor, options):
    missed = 0
    print(f"{'model':<12} {'batch':>5} {'plain/s':>10} {'TLS/s':>10} {'ratio':>6}  of rounds", end="")
    print("      goal")
    for model, batch, goal in CASES:
        ratios, figures = [], {plain: [], secure: []}
        for number in range(options.rounds):
            for server in (plain, secure) if number % 2 == 0 else (secure, plain):
                tls = ["--tls-ca", authority] if server is secure else []
                figures[server].append(images_per_second(
                    server, processor, model, batch, options.seconds, *tls))
            ratios.append(figures[secure][-1] / figures[plain][-1])
        ratio = statistics.median(ratios)
        missed += ratio < goal
        print(f"{model:<12} {batch:>5} {statistics.median(figures[plain]):>10.0f} "
              f"{statistics.median(figures[secure]):>10.0f} {ratio:>6.3f}  "
              f"{min(ratios):.3f} to {max(ratios):.3f}  {goal}", flush=True)
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    options = parser.parse_args()
    processors = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificate, key = make_certificate(folder)
        servers = [
            Server(processors[-1], folder / "plain.log"),
            Server(processors[-1], folder / "tls.log", "--tls-cert", certificate, "--tls-key", key)]
        try:
            missed = compare(*servers, certificate, processors[0], options)
        finally:
            for server in servers:
                server.process.terminate()
                server.process.wait()
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Measure what reloads of models cost a server's clients: reloads.py [--reloads N] [--seconds T]

digitd serves one model of a folder at half of what it can do. In every second window of time its
version is replaced twice: a new one is put beside the old, becomes the default and is loaded on
SIGHUP; then the old one is removed. Windows with and without reloads come in pairs, either first.

Printed are the ratio of the windows' p99 with its 95 % interval (bootstrap over pairs) and what
the server's memory was. Exit status: 0 every request was answered, accuracy and memory stayed, and
the interval reaches below 1.2; 1 otherwise. Needs a release build.
"""

import argparse
import json
import math
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RATIO_GOAL = 1.2
RELOADS_PER_WINDOW = 2
# Memory that came with the first reloads is kept: growth is judged after them.
SETTLING_WINDOWS = 10
GROWTH_KIB_MAX = 4096
# Windows answer a few images more or fewer than each other, of a set that is sent again and again.
ACCURACY_SPREAD = 0.001


class Repository:
    """A folder with one version of a model, which is replaced by the next."""

    def __init__(self, folder, model):
        self.folder, self.model, self.version = folder, model, 1
        self.put(1)
        self.point(1)

    def put(self, version):
        target = self.folder / "m" / str(version)
        partial = self.folder / f".partial-{version}"
        partial.mkdir(parents=True)
        for suffix in ("safetensors", "json"):
            shutil.copy(ROOT / "Models" / f"{self.model}.{suffix}", partial / f"model.{suffix}")
        target.parent.mkdir(exist_ok=True)
        partial.rename(target)

    def point(self, version):
        partial = self.folder / "models.partial"
        partial.write_text(json.dumps({"aliases": {"m": {"default": version}}}))
        partial.rename(self.folder / "models.json")


class Server:
    def __init__(self, build, repository, log):
        self.build, self.repository, self.log = build, repository, log
        self.process = subprocess.Popen(
            [f"{build}/digitd", "--models", str(repository.folder), "--listen", "127.0.0.1:0"],
            stderr=log.open("w"),
        )
        self.await_log(" ready ", 1)
        self.address = re.search(r" listening address=(\S+)", log.read_text())[1]
        self.reloads = 0

    def await_log(self, what, count):
        until = time.monotonic() + 20
        while self.log.read_text().count(what) < count:
            if self.process.poll() is not None or time.monotonic() > until:
                sys.exit(f"reloads: expected{what}in digitd's log {count} times; it is\n"
                         f"{self.log.read_text()[-2000:]}")
            time.sleep(0.005)

    def hang_up(self):
        self.reloads += 1
        self.process.send_signal(signal.SIGHUP)
        self.await_log(" models reloaded ", self.reloads)

    def replace_version(self):
        old = self.repository.version
        self.repository.put(old + 1)
        self.repository.point(old + 1)
        self.hang_up()
        shutil.rmtree(self.repository.folder / "m" / str(old))
        self.hang_up()
        self.repository.version = old + 1

    def resident_kib(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    def bench(self, *options):
        return subprocess.Popen(
            [f"{self.build}/digitctl", "bench", "--server", self.address, "--json", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip


def result(bench):
    output, errors = bench.communicate()
    try:
        return json.loads(output)
    except ValueError:
        sys.exit(f"reloads: digitctl bench: {errors}")


def window(server, rate, seconds, reloading):
    bench = server.bench(
        "--rate", str(rate), "--connections", "8", "--pipeline", "64",
        "--duration", f"{seconds}s", "--warmup", "200ms", "--late-share", "1",
    )  # fmt: skip
    if reloading:
        time.sleep(0.3)
        server.replace_version()
    return result(bench)


def interval(ratios, seed=1):
    """The geometric mean of ratios, and its 95 % interval by the percentile bootstrap."""
    chance = random.Random(seed)
    logs = [math.log(ratio) for ratio in ratios]
    means = sorted(statistics.fmean(chance.choices(logs, k=len(logs))) for _ in range(10_000))
    return [math.exp(value) for value in (statistics.fmean(logs), means[250], means[9_749])]


def failed(window):
    return {
        key: window[key] for key in ("refused", "lost", "timed_out", "abandoned") if window.get(key)
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--reloads", type=int, default=100, metavar="N")
    arguments.add_argument("--seconds", type=float, default=2, metavar="T")
    arguments.add_argument("--model", default="cnn-32-64", metavar="NAME")
    arguments.add_argument("--build", default=".build/release", metavar="DIR")
    options = arguments.parse_args()
    pairs = max(30, math.ceil(options.reloads / RELOADS_PER_WINDOW))
    with tempfile.TemporaryDirectory() as folder:
        repository = Repository(Path(folder) / "models", options.model)
        server = Server(options.build, repository, Path(folder) / "digitd.log")
        try:
            measure(server, pairs, options.seconds)
        finally:
            server.process.terminate()
            if server.process.wait(timeout=30) != 0:
                sys.exit(f"reloads: digitd ended with {server.process.returncode}")


def measure(server, pairs, seconds):
    load = ("--connections", "8", "--pipeline", "8", "--duration", "3s")
    capacity = result(server.bench(*load))["requests_per_second"]
    rate = int(capacity / 2)
    print(f"{capacity:.0f} requests/s are served; {pairs} pairs of windows at {rate} requests/s")
    chance = random.Random(1)
    ratios, accuracies, failures, memory = [], set(), [], []
    for pair in range(pairs):
        p99 = {}
        for reloading in chance.sample([True, False], 2):
            got = window(server, rate, seconds, reloading)
            p99[reloading] = got["latency_us"]["p99"]
            accuracies.add(got["accuracy"])
            failures += [failed(got)] if failed(got) else []
        ratios.append(p99[True] / p99[False])
        memory.append(server.resident_kib())
        if sys.stderr.isatty():
            print(f"\rpair {pair + 1} of {pairs}", end="", file=sys.stderr, flush=True)
    report(server, ratios, accuracies, failures, memory)


def report(server, ratios, accuracies, failures, memory):
    mean, low, high = interval(ratios)
    # Medians: at any one moment the version before may still be there, or not.
    settled = memory[min(SETTLING_WINDOWS, len(memory) - 1):]
    part = (len(settled) + 2) // 3
    first, last = statistics.median(settled[:part]), statistics.median(settled[-part:])
    growth = last - first
    print(f"reloads          {server.reloads}, each seen in the log")
    print(f"requests failed  {failures or 'none'}")
    print(f"accuracy         {sorted(accuracies)} of the windows")
    print(f"p99 with reloads {mean:.3f} of that without, 95 % interval {low:.3f} to {high:.3f}")
    print(f"resident memory  {first:.0f} KiB after the first reloads, {last:.0f} KiB at the end "
          "(medians)")
    spread = max(accuracies) - min(accuracies)
    if failures or spread > ACCURACY_SPREAD or low >= RATIO_GOAL or growth > GROWTH_KIB_MAX:
        sys.exit("reloads: reloading is not free: see above")


if __name__ == "__main__":
    main()

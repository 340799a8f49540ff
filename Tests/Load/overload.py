#!/usr/bin/env python3
"""What a server does with more than it can do: overload.py [--seconds N] [--part PART]...

    load    more requests than are computed, with and without deadlines: goodput, what the server
            says of the time in queue and inference, what it turned away and why
    fair    a client that asks for one image at a time, beside one that floods

Floods of questions are Tests/Peers/attacks/compare.py's.

Needs a release build, python3 and two processors: the server has the first to itself, clients the
second. Other work on either disturbs the figures; compare runs that were made one after the other.
"""
import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

BUILD = ".build/release"
MODEL = "ensemble"


class Server:
    def __init__(self, *options):
        self.log = tempfile.NamedTemporaryFile("r", suffix=".log")
        self.process = subprocess.Popen(
            ["taskset", "-c", "0", f"{BUILD}/digitd", "--listen", "127.0.0.1:0",
             "--http", "127.0.0.1:0", "--workers", "1", *options],
            stderr=open(self.log.name, "w"))
        while " ready " not in self.text():
            if self.process.poll() is not None:
                sys.exit(f"overload: digitd did not start: {self.text()}")
            time.sleep(0.05)
        self.port = int(re.search(r"address=127.0.0.1:(\d+)", self.text())[1])
        self.http = re.search(r"http=(\S+)", self.text())[1]

    def text(self):
        with open(self.log.name) as log:
            return log.read()

    def metrics(self):
        with urllib.request.urlopen(self.http + "metrics") as answer:
            lines = answer.read().decode().splitlines()
        samples = (line.rsplit(" ", 1) for line in lines if line[0] != "#")
        return {name: float(value) for name, value in samples}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def bench(server, *options, model=MODEL):
    command = ["taskset", "-c", "1", f"{BUILD}/digitctl", "bench", "--server",
               f"127.0.0.1:{server.port}", "--model", model, "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        return json.loads(done.stdout)
    except ValueError:
        sys.exit(f"overload: {' '.join(command)}: {done.stderr}")


def changes(before, after, prefix):
    names = {n: re.search(r'"([^"]*)"\}$', n)[1] for n in after if n.startswith(prefix)}
    grown = {name: int(after[name] - before.get(name, 0)) for name in names}
    return {names[name]: count for name, count in grown.items() if count}


def load(seconds):
    with Server() as server:
        closed = bench(server, "--connections", "4", "--pipeline", "64", "--duration", "5s",
                       "--warmup", "1s")
        capacity = closed["images_per_second"]
        print(f"capacity of a closed loop: {capacity:.0f} images/s")
        print("deadline  load  goodput   late  p99 queue + inference  turned away")
        for deadline in ([], ["--deadline", "100ms"]):
            for times in (0.8, 1.2, 2, 4):
                before = server.metrics()
                got = bench(server, "--rate", str(int(capacity * times)), "--arrivals", "poisson",
                            "--connections", "64", "--pipeline", "256",
                            "--duration", f"{seconds}s", "--warmup", "1s", *deadline)
                shed = changes(before, server.metrics(), "digitd_requests_shed_total")
                goodput = got["answered"] / seconds / (capacity * min(times, 1))
                queue, inference = (got[f"server_{part}_us"]["p99"] / 1e3
                                    for part in ("queue", "compute"))
                print(f"{(deadline or ['', 'none'])[1]:8} {times:5} {goodput:8.0%} "
                      f"{got['timed_out']:6} {queue:8.0f} + {inference:.0f} ms  {shed}"
                      f"{'' if got['valid'] else '  (client not valid)'}", flush=True)


def beside(server, model, seconds):
    """The latencies of one image at a time, in milliseconds."""
    got = bench(server, "--connections", "1", "--duration", f"{seconds}s", "--warmup", "500ms",
                model=model)
    latency = {name: round(got["latency_us"][name] / 1e3, 2) for name in ("p50", "p99", "max")}
    return f"{model:10} {latency} refused {got['refused']}"


def fair(seconds):
    for model in (MODEL, "mlp-50-50"):
        with Server() as server:
            print("alone              ", beside(server, model, seconds), flush=True)
        with Server() as server:
            flooding = threading.Thread(target=bench, args=(
                server, "--connections", "1", "--pipeline", "256", "--batch", "64",
                "--duration", f"{seconds + 3}s"))
            flooding.start()
            time.sleep(1.5)
            print("beside 256 x 64    ", beside(server, model, seconds), flush=True)
            flooding.join()


def main():
    parts = {"load": load, "fair": fair}
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=int, default=10, help="length of each run (default: 10)")
    options.add_argument("--part", choices=parts, action="append", help="only these")
    given = options.parse_args()
    for name in given.part or parts:
        parts[name](given.seconds)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What a server does with more than it can do: overload.py [--seconds N] [--part PART]...

    load    more requests than are computed, with and without deadlines: the share of what a closed
            loop on as many connections has computed before and after; what the server says of the
            time in queue and inference, of refusing, and of answers that came too late; what it
            turned away and why; its memory
    small   a client that asks a small model for one image at a time, beside twice as many requests
            to a large one as are computed
    fair    the same, and one of the large model, beside a client that floods

What has a goal is said to be within it or not; the exit status is 1 where something is not.

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
SMALL = "mlp-50-50"
CONNECTIONS = 64
# Of a closed loop's images a second, by how much of that is asked for.
GOODPUT = {0.8: 0, 1.2: 0.85, 2: 0.85, 4: 0.75}
# As digitd has it for --queue-age, and what clients ask for, in milliseconds.
QUEUE_AGE, DEADLINE = 500, 100
# What the client may send late, beside waits of this length.
LATE_AFTER = "5ms"
# Refusals at the header, 99 of 100, in milliseconds; and how much more memory may be resident.
REFUSAL, GROWTH = 5, 1.05
missed = []


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

    def resident(self):
        with open(f"/proc/{self.process.pid}/statm") as pages:
            return int(pages.read().split()[1]) * 4096

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


def buckets(before, after, name):
    """How many were within each bound and not within the one before, by the bound in ms."""
    grown, last = {}, 0
    for label, count in after.items():
        if bound := re.match(rf'{name}_bucket{{le="(.*)"}}$', label):
            within = count - before.get(label, 0)
            grown[float(bound[1]) * 1e3], last = within - last, within
    return {bound: count for bound, count in grown.items() if count}


def percentile(buckets, fraction):
    """The bound that so many kept to; 0 where there are none."""
    wanted, seen = fraction * sum(buckets.values()), 0
    for bound, count in buckets.items():
        seen += count
        if seen >= wanted:
            return bound
    return 0


def within(after, name, limit):
    """Up to which bound what lies within the limit may be counted."""
    bounds = (re.match(rf'{name}_bucket{{le="(.*)"}}$', label) for label in after)
    return min(b for b in (float(bound[1]) * 1e3 for bound in bounds if bound) if b >= limit)


def judge(what, is_met):
    if not is_met:
        missed.append(what)
    print(f"      {'within' if is_met else 'MISSED'}  {what}", flush=True)


def closed_loop(server):
    """Images a second; as many in flight as fill four batches."""
    return bench(server, "--connections", str(CONNECTIONS), "--pipeline", "4", "--duration", "5s",
                 "--warmup", "1s")["images_per_second"]


def open_loop(server, rate, seconds, *options):
    return bench(server, "--rate", str(int(rate)), "--arrivals", "poisson", "--connections",
                 str(CONNECTIONS), "--pipeline", "256", "--duration", f"{seconds}s", "--warmup",
                 "1s", "--late-after", LATE_AFTER, *options)


def load(seconds):
    with Server() as server:
        resident = []
        for deadline in (None, DEADLINE):
            for times in GOODPUT:
                overloaded(server, times, deadline, seconds)
            resident.append(server.resident())
        grown = resident[1] / resident[0]
        judge(f"resident memory {resident[1] >> 20} MB, {grown:.3f} times that of half-way: "
              f"{GROWTH}", grown <= GROWTH)


def overloaded(server, times, deadline, seconds):
    ahead, before = closed_loop(server), server.metrics()
    options = ["--deadline", f"{deadline}ms"] if deadline else []
    got = open_loop(server, ahead * times, seconds, *options)
    after = server.metrics()
    capacity = (ahead + closed_loop(server)) / 2
    goodput = got["answered"] / seconds / min(capacity, ahead * times)
    queue, inference = (got[f"server_{part}_us"] for part in ("queue", "compute"))
    waited, batch = (queue["p99"] + inference["p99"]) / 1e3, inference["max"] / 1e3
    print(f"{times} x {capacity:.0f} images/s, deadline {deadline or 'none'}: turned away "
          f"{changes(before, after, 'digitd_requests_shed_total')}")
    judge(f"goodput {goodput:.1%}: {GOODPUT[times]:.0%}", goodput >= GOODPUT[times])
    judge(f"p99 of queue and inference {waited:.0f} ms: {QUEUE_AGE} ms + 2 batches of {batch:.0f}",
          waited <= QUEUE_AGE + 2 * batch)
    refusal = percentile(buckets(before, after, "digitd_refusal_seconds"), 0.99)
    judge(f"p99 of refusals at the header {refusal} ms: {REFUSAL} ms", refusal <= REFUSAL)
    overdue = buckets(before, after, "digitd_overdue_seconds")
    judge(f"{sum(overdue.values()):.0f} answers too late, by at most {max(overdue, default=0)} ms: "
          f"a batch of {batch:.1f} ms",
          max(overdue, default=0) <= within(after, "digitd_overdue_seconds", batch))
    ended = got["answered"] + sum(got["refused"].values()) + got["timed_out"]
    judge(f"{ended} of {got['sent']} requests answered, {got['timed_out']} after the deadline by "
          f"the client's clock", ended == got["sent"] and not got["schedule"]["never_sent"])
    judge(f"client: {got['schedule']['late_share']:.1%} sent late, busy for "
          f"{got['client_busy']:.0%} of the time: valid", got["valid"])


def small(seconds):
    """Its batches wait for the large one's: the one that is computed, and the next."""
    with Server() as server:
        alone = latency(server, SMALL, seconds)
        rate = 2 * closed_loop(server)
        flooding = Background(lambda: open_loop(server, rate, seconds + 4))
        time.sleep(2)
        beside = latency(server, SMALL, seconds)
        batch = flooding.result()["server_compute_us"]["max"] / 1e3
        print(f"{SMALL} alone {alone}, beside {rate:.0f} images/s of {MODEL} {beside}")
        judge(f"p99 {beside['p99']} ms: {alone['p99']} + 2 batches of {batch:.0f} ms",
              beside["p99"] <= alone["p99"] + 2 * batch and not beside["refused"])


class Background(threading.Thread):
    """Runs it at once, on a thread of its own."""

    def __init__(self, work):
        super().__init__()
        self.work = work
        self.start()

    def run(self):
        self.done = self.work()

    def result(self):
        self.join()
        return self.done


def latency(server, model, seconds):
    """Of one image at a time, from its sending, in milliseconds."""
    got = bench(server, "--connections", "1", "--duration", f"{seconds}s", "--warmup", "500ms",
                model=model)
    times = {name: round(got["service_us"][name] / 1e3, 2) for name in ("p50", "p99", "max")}
    return {**times, "refused": sum(got["refused"].values())}


def fair(seconds):
    for model in (MODEL, SMALL):
        with Server() as server:
            alone = latency(server, model, seconds)
        with Server() as server:
            flooding = Background(lambda: bench(
                server, "--connections", "1", "--pipeline", "256", "--batch", "64", "--duration",
                f"{seconds + 3}s"))
            time.sleep(1.5)
            beside = latency(server, model, seconds)
            batch = flooding.result()["server_compute_us"]["max"] / 1e3
        print(f"{model} alone {alone}, beside 256 x 64 {beside}")
        judge(f"p99 {beside['p99']} ms: {alone['p99']} + 2 batches of {batch:.0f} ms",
              beside["p99"] <= alone["p99"] + 2 * batch and not beside["refused"])


def main():
    parts = {"load": load, "small": small, "fair": fair}
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=int, default=10, help="length of each run (default: 10)")
    options.add_argument("--part", choices=parts, action="append", help="only these")
    given = options.parse_args()
    for name in given.part or parts:
        parts[name](given.seconds)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs the policies of simulate.py against three real digitd, and simulates the same beside it.

Each server is stopped now and then for a fifth of a second (SIGSTOP), far longer than whatever else
the machine does, so that the share of slow requests is the policies' doing. The policies take
turns.
"""

import argparse
import asyncio
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
from random import Random

from policies import POLICIES, HedgeBudget
from simulate import Fleet, Simulation, percentile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVERS = 3
RATE = 400  # requests a second, to all
PAUSE_SECONDS, PAUSE_EVERY_SECONDS = 0.2, 4.0
HEDGE_AFTER_SECONDS = 0.02
SLOW_SECONDS = 0.1
MODEL = "tiny"
# SPEC.md: length, type, mark, flags, request id, parameters; model entries follow 16 bytes.
HEADER = struct.Struct("<IBBHQ16s")
MARK, HELLO, PREDICT, WELCOME, RESULT = 0xD1, 0x01, 0x02, 0x81, 0x82
PIXELS = bytes(784)


class Connection:
    """Requests by id, over one connection."""

    def __init__(self):
        self.waiting, self.next_id = {}, 0

    async def open(self, address):
        host, port = address.rsplit(":", 1)
        self.reader, self.writer = await asyncio.open_connection(host, int(port))
        hello = struct.pack("<4sHHII", b"DGT1", 1, 1, 0, 0)
        self.writer.write(HEADER.pack(0, HELLO, MARK, 0, 0, hello))
        kind, _, payload = await self.receive()
        if kind != WELCOME:
            raise SystemExit(f"measure: expected WELCOME, got type {kind:#x}")
        self.handle = handle(payload)
        self.reading = asyncio.create_task(self.read())

    async def receive(self):
        header = await self.reader.readexactly(HEADER.size)
        length, kind, _, _, identifier, _ = HEADER.unpack(header)
        return kind, identifier, await self.reader.readexactly(length)

    async def read(self):
        while True:
            kind, identifier, _ = await self.receive()
            if kind != RESULT:
                raise SystemExit(f"measure: expected RESULT, got type {kind:#x}")
            answered = self.waiting.pop(identifier)
            if not answered.done():
                answered.set_result(None)

    def predict(self):
        """A future of the answer."""
        self.next_id += 1
        answered = asyncio.get_running_loop().create_future()
        self.waiting[self.next_id] = answered
        parameters = struct.pack("<HBBHHII", self.handle, 1, 1, 1, 0, 0, 0)
        self.writer.write(HEADER.pack(784, PREDICT, MARK, 0, self.next_id, parameters) + PIXELS)
        return answered


def handle(payload):
    offset = 16
    while offset < len(payload):
        size, found = struct.unpack_from("<IH", payload, offset)
        versions, length = payload[offset + 20], payload[offset + 19]
        begin = offset + 24 + 4 * versions
        if payload[begin : begin + length].decode() == MODEL:
            return found
        offset += size
    raise SystemExit(f"measure: the server has no model {MODEL}")


async def run(connections, policy, hedged_share, seconds, random):
    """The latencies of one policy over a round, in seconds."""
    in_flight, chooser = [0] * SERVERS, policy(random, SERVERS)
    budget, latencies, tasks = HedgeBudget(hedged_share), [], []

    def attempt(avoided=None):
        chosen = chooser.choose(in_flight, random)
        while chosen == avoided:
            chosen = chooser.choose(in_flight, random)
        in_flight[chosen] += 1
        answered = connections[chosen].predict()

        def ended(_):
            in_flight[chosen] -= 1

        answered.add_done_callback(ended)
        return chosen, answered

    async def ask(begin):
        budget.earn()
        first, answered = attempt()
        attempts = [answered]
        if hedged_share:
            await asyncio.wait(attempts, timeout=HEDGE_AFTER_SECONDS)
            if not answered.done() and budget.spend():
                attempts.append(attempt(avoided=first)[1])
        await asyncio.wait(attempts, return_when=asyncio.FIRST_COMPLETED)
        latencies.append(time.monotonic() - begin)

    begin = time.monotonic()
    end, due = begin + seconds, begin
    while due < end:
        # Latency counts from when a request was due, not from when it could be sent.
        await asyncio.sleep(max(0, due - time.monotonic()))
        tasks.append(asyncio.create_task(ask(due)))
        due += random.expovariate(RATE)
    await asyncio.gather(*tasks)
    return latencies


async def disturb(process, random):
    while True:
        await asyncio.sleep(random.expovariate(1 / PAUSE_EVERY_SECONDS))
        os.kill(process.pid, signal.SIGSTOP)
        await asyncio.sleep(PAUSE_SECONDS)
        os.kill(process.pid, signal.SIGCONT)


async def measure(processes, addresses, options):
    connections = [Connection() for _ in addresses]
    for connection, address in zip(connections, addresses):
        await connection.open(address)
    random = Random(1)
    disturbing = [asyncio.create_task(disturb(process, random)) for process in processes]
    measured = {name: [] for name, _, _ in POLICIES}
    for _ in range(options.rounds):
        for name, policy, hedged_share in POLICIES:
            measured[name] += await run(
                connections, policy, hedged_share, options.seconds, random)
    for task in disturbing:
        task.cancel()
    return measured


def simulated(service, requests):
    fleet = Fleet(
        replicas=SERVERS, load=RATE * service / SERVERS, service=service, pause=PAUSE_SECONDS,
        pause_every=PAUSE_EVERY_SECONDS, hedge_after=HEDGE_AFTER_SECONDS)
    return {name: Simulation(fleet, policy, hedged_share, requests, 1).run()[0]
            for name, policy, hedged_share in POLICIES}


def report(measured, model):
    print(f"policy                  requests  slower than {SLOW_SECONDS * 1000:.0f} ms: measured"
          "  simulated   p50/ms   p99/ms  simulated")
    for name, latencies in measured.items():
        latencies.sort()
        shares = [sum(value > SLOW_SECONDS for value in values) / len(values) * 100
                  for values in (latencies, model[name])]
        print(f"{name:<22} {len(latencies):>9}  {shares[0]:>28.2f} % {shares[1]:>8.2f} %"
              f" {percentile(latencies, 0.5) * 1000:>8.2f}"
              f" {percentile(latencies, 0.99) * 1000:>8.2f}"
              f" {percentile(model[name], 0.99) * 1000:>10.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("digitd")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8, help="of a policy in a round")
    options = parser.parse_args()
    processes, addresses = [], []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for number in range(SERVERS):
                process, address = start(options.digitd, pathlib.Path(folder) / str(number))
                processes.append(process)
                addresses.append(address)
            measured = asyncio.run(measure(processes, addresses, options))
        finally:
            for process in processes:
                process.kill()
    # The service time is what a request takes where nothing disturbs it.
    service = percentile(sorted(measured["two choices"]), 0.5)
    report(measured, simulated(service, 200_000))
    return 0


def start(program, log_path):
    with open(log_path, "w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [program, "--models", ROOT / "Models", "--listen", "127.0.0.1:0", "--workers", "1"],
            stderr=log)
    for _ in range(200):
        text = log_path.read_text(encoding="utf-8")
        if " ready " in text:
            return process, re.search(r"listening address=(\S+)", text).group(1)
        time.sleep(0.05)
    process.kill()
    raise SystemExit(f"measure: digitd was not ready within 10 s: {text}")


if __name__ == "__main__":
    sys.exit(main())

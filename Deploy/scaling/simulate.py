#!/usr/bin/env python3
"""Simulates replicas behind several ways of balancing, and prints the tails of the latency.

A replica computes one request after the other, in the order in which they come, and now and then
stands still for a while, as processes on shared machines do. Requests come by a Poisson process
from clients that know only of their own requests. A request that has an answer is withdrawn from
the other replica's queue. The same seed gives the same figures.
"""

import argparse
import heapq
import sys
from collections import deque
from dataclasses import dataclass
from random import Random

from policies import POLICIES, HedgeBudget, TwoChoices

ARRIVAL, ENDING, HEDGE = range(3)
# The share of the requests at the beginning that is left out, while queues form.
WARM_UP = 0.1


@dataclass(frozen=True)
class Fleet:
    """Times are in seconds."""

    replicas: int
    load: float  # of what the replicas could do without pauses
    service: float = 0.0002
    spread: float = 0.2  # of the service time, evenly to both sides
    pause: float = 0.01
    pause_every: float = 1.0  # on average, from one's end to the next; 0: never
    clients: int = 1
    hedge_after: float = 0.002
    withdraws: bool = True  # a request that has an answer, from the other replica's queue


class Replica:
    """A queue, and a worker that stands still now and then."""

    def __init__(self, fleet, random):
        self.fleet, self.random = fleet, random
        self.queue, self.is_busy = deque(), False
        self.begin, self.end = 0.0, 0.0
        self.draw_pause()

    def draw_pause(self):
        every = self.fleet.pause_every
        self.begin = self.end + self.random.expovariate(1 / every) if every else float("inf")
        self.end = self.begin + self.fleet.pause

    def finish(self, now):
        """When a request that the worker turns to now will be done."""
        work = self.fleet.service * (1 + self.fleet.spread * (2 * self.random.random() - 1))
        while True:
            while self.end <= now:
                self.draw_pause()
            if now + work <= self.begin:
                return now + work
            work -= max(self.begin - now, 0.0)
            now = self.end


class Simulation:
    def __init__(self, fleet, policy, hedged_share, requests, seed):
        self.fleet, self.requests = fleet, requests
        self.random = Random(seed)
        self.replicas = [Replica(fleet, self.random) for _ in range(fleet.replicas)]
        self.in_flight = [[0] * fleet.replicas for _ in range(fleet.clients)]
        self.policies = [policy(self.random, fleet.replicas) for _ in range(fleet.clients)]
        self.budgets = [HedgeBudget(hedged_share) for _ in range(fleet.clients)]
        self.is_hedged = hedged_share > 0 and fleet.replicas > 1
        self.rate = fleet.load * fleet.replicas / fleet.service
        # Of each request that is not answered: when it came, its client, its replicas.
        self.open = {}
        self.events, self.latencies, self.attempts = [], [], 0

    def run(self):
        """The sorted latencies, and how many attempts a request took on average."""
        self.schedule(self.random.expovariate(self.rate), ARRIVAL, 0)
        while self.events:
            now, kind, request, replica = heapq.heappop(self.events)
            if kind == ARRIVAL:
                self.arrived(now, request)
            elif kind == ENDING:
                self.ended(now, request, replica)
            elif request in self.open and self.budgets[self.open[request][1]].spend():
                self.attempt(now, request)
        self.latencies.sort()
        return self.latencies, self.attempts / self.requests

    def schedule(self, time, kind, request, replica=0):
        heapq.heappush(self.events, (time, kind, request, replica))

    def arrived(self, now, request):
        client = int(self.random.random() * self.fleet.clients)
        self.open[request] = (now, client, [])
        self.budgets[client].earn()
        self.attempt(now, request)
        if self.is_hedged:
            self.schedule(now + self.fleet.hedge_after, HEDGE, request)
        if request + 1 < self.requests:
            self.schedule(now + self.random.expovariate(self.rate), ARRIVAL, request + 1)

    def attempt(self, now, request):
        _, client, asked = self.open[request]
        in_flight = self.in_flight[client]
        chosen = self.policies[client].choose(in_flight, self.random)
        while chosen in asked:
            chosen = self.policies[client].choose(in_flight, self.random)
        asked.append(chosen)
        in_flight[chosen] += 1
        self.attempts += 1
        self.replicas[chosen].queue.append(request)
        self.serve(now, chosen)

    def serve(self, now, index):
        """Takes the next request from a replica's queue; those with an answer were withdrawn."""
        replica = self.replicas[index]
        while replica.queue and not replica.is_busy:
            request = replica.queue.popleft()
            if request in self.open or not self.fleet.withdraws:
                replica.is_busy = True
                self.schedule(replica.finish(now), ENDING, request, index)

    def ended(self, now, request, index):
        self.replicas[index].is_busy = False
        if request in self.open:
            begin, client, asked = self.open.pop(request)
            for other in asked:
                self.in_flight[client][other] -= 1
            if request >= self.requests * WARM_UP:
                self.latencies.append(now - begin)
        self.serve(now, index)


def percentile(values, share):
    return values[min(int(len(values) * share), len(values) - 1)]


def row(name, fleet, result):
    latencies, attempts = result
    figures = [percentile(latencies, share) * 1000 for share in (0.5, 0.99, 0.999)]
    return (f"{fleet.replicas:>8}  {name:<22} {figures[0]:>8.2f} {figures[1]:>8.2f}"
            f" {figures[2]:>8.2f} {(attempts - 1) * 100:>9.2f} %")


def check(requests, seed):
    """One replica without pauses is the queue M/D/1, whose mean wait is known."""
    fleet = Fleet(replicas=1, load=0.7, spread=0, pause_every=0)
    latencies, _ = Simulation(fleet, TwoChoices, 0, requests, seed).run()
    wait = sum(latencies) / len(latencies) - fleet.service
    expected = fleet.service * fleet.load / (2 * (1 - fleet.load))
    if abs(wait / expected - 1) > 0.1:
        print(f"simulate: expected a mean wait of {expected * 1e6:.0f} µs in M/D/1 (±10 %), got"
              f" {wait * 1e6:.0f} µs", file=sys.stderr)
        return 1
    print(f"mean wait in M/D/1: {wait * 1e6:.0f} µs, by the formula {expected * 1e6:.0f} µs")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=300_000, help="of each row")
    parser.add_argument("--replicas", default="1,3,10,100,1000")
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--load", type=float, default=0.6)
    parser.add_argument(
        "--no-withdrawal", action="store_true", help="compute what already has an answer, too")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", action="store_true", help="compare with the formula of M/D/1")
    options = parser.parse_args()
    if options.check:
        return check(options.requests, options.seed)
    print("replicas  policy                   p50/ms   p99/ms p99.9/ms  sent twice")
    for count in map(int, options.replicas.split(",")):
        fleet = Fleet(
            replicas=count, load=options.load, clients=options.clients,
            withdraws=not options.no_withdrawal)
        for name, policy, hedged_share in POLICIES:
            result = Simulation(
                fleet, policy, hedged_share, options.requests, options.seed).run()
            print(row(name, fleet, result), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

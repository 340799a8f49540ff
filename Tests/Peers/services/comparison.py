"""The comparison itself: see compare.py, which runs it where the peers are installed."""

import json
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np

import options
from cases import CASES
from digits_service import DigitsService
from fastapi_service import FastAPIService
from files import Files
from grpc_service import GRPCService
from keras_service import KerasFunctionService, KerasService
from machine import machine, versions
from service import Failed
from table import show

PEERS = {
    "grpc": GRPCService, "fastapi": FastAPIService, "keras": KerasService,
    "keras-function": KerasFunctionService,
}  # fmt: skip
PACKAGES = ["onnxruntime", "grpcio", "fastapi", "uvicorn", "flask", "gunicorn", "keras"]
CORES = 2
# Of images in one request of the check.
CHECK_BATCH = 64
# An answer further from ours is not one of rounding.
TOLERANCE = 1e-4
SEARCH_SECONDS = 1


class Entry:
    """A service in one shape, and how it is loaded."""

    def __init__(self, key, setting, connections, in_flight):
        self.key = key
        self.setting = setting
        self.connections = connections
        self.in_flight = in_flight

    def report(self):
        return vars(self)


class Comparison:
    def __init__(self, chosen, folder):
        self.chosen = chosen
        self.folder = folder
        self.files = {}
        self.cases = []

    def run(self, case):
        if case.model not in self.files:
            self.files[case.model] = Files(case.model, self.folder, self.chosen.programs)
        peers = {key: PEERS[key] for key in case.peers if key in self.chosen.services}
        if not peers:
            return
        print(f"\n{case}", flush=True)
        services = {"digitd": DigitsService} | peers
        entries = [self.best(case, key, service) for key, service in services.items()]
        with ExitStack() as running:
            started = {
                entry.key: running.enter_context(self.service(case, services, entry))
                for entry in entries
            }
            rounds = [self.round(case, entries, started) for _ in range(self.chosen.rounds)]
        names = {key: service.name for key, service in services.items()}
        show(case, names, entries, rounds)
        shapes = [entry.report() for entry in entries]
        self.cases.append(vars(case) | {"shapes": shapes, "rounds": rounds})

    def service(self, case, services, entry):
        return services[entry.key](self.files[case.model], entry.setting)

    def best(self, case, key, kind):
        """The service's best shape for a case: each is tried once, and briefly."""
        tried = []
        for setting in kind.settings:
            with kind(self.files[case.model], setting) as service:
                self.check(service)
                for in_flight in case.ours if key == "digitd" else case.theirs:
                    for connections in service.connections(in_flight):
                        entry = Entry(key, setting, connections, in_flight)
                        result = service.load(case, connections, in_flight, SEARCH_SECONDS)
                        print(
                            f"  {service}: {in_flight} in flight on {connections}: "
                            f"{result['rate']:,.0f} requests/s, p50 {result['p50']:,.0f} µs",
                            flush=True,
                        )
                        tried.append((entry, result))
        return case.best(tried, lambda pair: pair[1])[0]

    def check(self, service):
        """Ends the comparison where a service reads the test images otherwise than digitd."""
        files = service.files
        parts = [
            files.pixels[first : first + CHECK_BATCH]
            for first in range(0, len(files.pixels), CHECK_BATCH)
        ]
        for port in service.ports:
            answer = np.concatenate([service.probabilities(port, part) for part in parts])
            if isinstance(service, DigitsService):
                files.expected = answer
            agreeing = int((answer.argmax(axis=1) == files.expected.argmax(axis=1)).sum())
            difference = float(np.abs(answer - files.expected).max())
            if agreeing < len(answer) or not difference <= TOLERANCE:
                raise Failed(
                    f"{service} reads {agreeing} of {len(answer)} images as digitd does; "
                    f"probabilities differ by up to {difference:.2g}"
                )
        print(f"  {service}: {agreeing} of {len(answer)} labels are digitd's", flush=True)

    def round(self, case, entries, started):
        """A window on each, one after another."""
        figures = {"load": round(os.getloadavg()[0], 2)}
        for entry in entries:
            service = started[entry.key]
            figures[entry.key] = service.load(
                case, entry.connections, entry.in_flight, self.chosen.seconds
            )
        return figures

    def report(self):
        settings = {"rounds": self.chosen.rounds, "seconds": self.chosen.seconds}
        where = {"machine": machine(), "cores": CORES, "packages": versions(PACKAGES)}
        return settings | where | {"cases": self.cases}


def main():
    chosen = options.parse()
    # Leaves by the same door as an error: services are stopped on the way.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    where = machine()
    print(f"{where['processor']}, {CORES} cores of {where['cores']}, {where['system']}")
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(chosen, Path(folder))
        try:
            for case in CASES:
                if case.name in chosen.cases:
                    comparison.run(case)
        except Failed as failure:
            sys.exit(f"compare: {failure}")
        finally:
            if chosen.out:
                chosen.out.write_text(json.dumps(comparison.report(), indent=2) + "\n")


if __name__ == "__main__":
    main()

"""The comparison itself: see compare.py, which runs it where the peers are installed."""

import json
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from operator import itemgetter
from pathlib import Path

import agreement
import options
from cases import CASES, Shape
from digits_service import DigitsOverHTTP, DigitsService
from fastapi_service import FastAPIService
from files import Files
from grpc_service import GRPCService
from keras_service import KerasOnBatchService, KerasService
from machine import machine, versions
from service import Failed
from table import OURS, show
from triton_service import TritonService

SERVICES = {
    OURS: DigitsService, "grpc": GRPCService, "fastapi": FastAPIService,
    "triton": TritonService, "keras": KerasService, "keras-on-batch": KerasOnBatchService,
}  # fmt: skip
PACKAGES = ["onnxruntime", "grpcio", "fastapi", "uvicorn", "flask", "gunicorn", "keras", "nvidia-pytriton"]
CORES = 2
SEARCH_SECONDS = 1
FINALISTS = 3


def kind(case, name):
    """The service of that name: ours by the door that the case asks."""
    return DigitsOverHTTP if name == OURS and case.http else SERVICES[name]


class Comparison:
    def __init__(self, chosen, folder):
        self.chosen = chosen
        self.folder = folder
        self.files = {}
        self.cases = []

    def run(self, case):
        peers = [name for name in case.peers if name in self.chosen.services]
        if not peers:
            return
        print(f"\n{case}", flush=True)
        if case.model not in self.files:
            self.files[case.model] = self.exported(case.model)
        shapes = {name: self.best_shape(case, name) for name in [OURS, *peers]}
        rounds = self.rounds(case, shapes)
        show(case, {name: kind(case, name).name for name in shapes}, shapes, rounds)
        shapes = {name: asdict(shape) for name, shape in shapes.items()}
        self.cases.append(asdict(case) | {"shapes": shapes, "rounds": rounds})

    def exported(self, model):
        files = Files(model, self.folder, self.chosen.programs)
        with DigitsService(files, {}) as ours:
            [port] = ours.ports
            files.expected = agreement.answers(ours, port)
        return files

    def best_shape(self, case, name):
        """Tries all briefly, and the best of them longer."""
        files, service_kind = self.files[case.model], kind(case, name)
        tried = []
        for setting in service_kind.settings:
            with service_kind(files, setting) as service:
                agreement.check(service, files.expected)
                for in_flight in case.ours if name == OURS else case.theirs:
                    for connections in service.connections(in_flight):
                        shape = Shape(setting, connections, in_flight)
                        tried.append(tried_shape(case, service, shape, SEARCH_SECONDS))
        if len(tried) == 1:
            return tried[0][0]
        print(f"  {service_kind.name}, the best again:", flush=True)
        again = []
        for shape, _ in case.ranked(tried, itemgetter(1))[:FINALISTS]:
            with service_kind(files, shape.setting) as service:
                again.append(tried_shape(case, service, shape, self.chosen.seconds))
        return case.ranked(again, itemgetter(1))[0][0]

    def rounds(self, case, shapes):
        """Loads all services in turn; all run, but only one has something to do."""
        with ExitStack() as running:
            files = self.files[case.model]
            services = {
                name: running.enter_context(kind(case, name)(files, shape.setting))
                for name, shape in shapes.items()
            }

            def round_of(seconds):
                figures = {"systemLoad": round(os.getloadavg()[0], 2)}
                for name, service in services.items():
                    figures[name] = service.load(case, shapes[name], seconds)
                return figures

            # Not counted: workers that are still starting would disturb it.
            round_of(SEARCH_SECONDS)
            return [round_of(self.chosen.seconds) for _ in range(self.chosen.rounds)]

    def report(self):
        settings = {"rounds": self.chosen.rounds, "seconds": self.chosen.seconds}
        where = {"machine": machine(), "coresUsed": CORES, "packages": versions(PACKAGES)}
        return settings | where | {"cases": self.cases}


def tried_shape(case, service, shape, seconds):
    figures = service.load(case, shape, seconds)
    rate, p50 = f"{figures['rate']:,.0f}", f"{figures['p50']:,.0f}"
    print(f"    {shape}: {rate} requests/s, p50 {p50} µs", flush=True)
    return shape, figures


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

import sys

import loads
from environment import ROOT
from open_inference_service import OpenInferenceService
from service import Service, free_port

sys.path.insert(0, str(ROOT / "Protocol" / "clients" / "python"))
from digits_client import DigitsClient


class DigitsService(Service):
    name = "digitd"
    # Which of its ports is asked.
    option = "--listen"

    def commands(self):
        port = free_port()
        models = ["--models", ROOT / "Models", "--log-level", "error"]
        threads = ["--workers", self.setting.get("workers", 2)]
        threads += ["--loops", self.setting.get("loops", 1)]
        place = [self.option, f"127.0.0.1:{port}"]
        yield port, [self.files.program("digitd"), *place, *models, *threads]

    def probabilities(self, port, pixels):
        with DigitsClient(f"127.0.0.1:{port}") as client:
            return client.predict(pixels, self.files.model, "probabilities").probabilities

    def connections(self, in_flight):
        return sorted({1, min(in_flight, 8), in_flight})

    def load(self, case, shape, seconds):
        program = self.files.program("digitctl")
        return loads.digitctl(case, shape, seconds, program, self.ports[0])


class DigitsOverHTTP(OpenInferenceService):
    name = "digitd over HTTP"
    option = "--http"
    # HTTP takes the loops more work than the binary protocol does: two of them and one worker, which
    # then has larger batches, share two cores better.
    settings = [{"loops": 1}, {"loops": 2}, {"loops": 2, "workers": 1}]
    commands = DigitsService.commands

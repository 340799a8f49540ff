import sys

import loads
from environment import ROOT
from service import Service, free_port

sys.path.insert(0, str(ROOT / "Protocol" / "clients" / "python"))
from digits_client import DigitsClient


class DigitsService(Service):
    name = "digitd"

    def commands(self):
        port = free_port()
        models = ["--models", ROOT / "Models", "--workers", 2, "--log-level", "error"]
        yield port, [self.files.program("digitd"), "--listen", f"127.0.0.1:{port}", *models]

    def probabilities(self, port, pixels):
        with DigitsClient(f"127.0.0.1:{port}") as client:
            return client.predict(pixels, self.files.model, "probabilities").probabilities

    def connections(self, in_flight):
        return sorted({1, min(in_flight, 8), in_flight})

    def load(self, case, shape, seconds):
        program = self.files.program("digitctl")
        return loads.digitctl(case, shape, seconds, program, self.ports[0])

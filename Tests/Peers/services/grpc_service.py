import grpc
import numpy as np

import loads
from service import SERVERS, Service, free_port, python
from servers.grpc_names import METHOD


class GRPCService(Service):
    name = "gRPC, ONNX Runtime"
    settings = [
        {"processes": 2, "server": "asyncio"},
        {"processes": 2, "server": "threads"},
        {"processes": 1, "server": "threads"},
    ]

    def commands(self):
        # A port each, so that the load is spread evenly; SO_REUSEPORT spreads by chance.
        for _ in range(self.setting["processes"]):
            port = free_port()
            server = SERVERS / "grpc_server.py"
            yield port, python(server, self.files.onnx, port, self.setting["server"])

    def probabilities(self, port, pixels):
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            reply = channel.unary_unary(METHOD)(pixels.tobytes(), timeout=5)
        return np.frombuffer(reply, np.float32).reshape(-1, 10)

    def connections(self, in_flight):
        return sorted({min(in_flight, 2), min(in_flight, 8), in_flight})

    def load(self, case, shape, seconds):
        body = self.files.body(case.batch)
        message = b"\0" + len(body).to_bytes(4, "big") + body
        headers = ["-H", "content-type: application/grpc", "-H", "te: trailers"]
        return loads.h2load(case, shape, seconds, self.ports, METHOD, message, headers)

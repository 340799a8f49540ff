import http.client

import numpy as np

import loads
from service import Failed, Service

PATH = "/predict"
BYTES = "application/octet-stream"


class HTTPService(Service):
    """Takes images as the bytes of a POST, and answers with the bytes of probabilities."""

    def probabilities(self, port, pixels):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("POST", PATH, pixels.tobytes(), {"content-type": BYTES})
            reply = connection.getresponse()
            content = reply.read()
        finally:
            connection.close()
        if reply.status != 200:
            raise Failed(f"{self} answered with {reply.status}")
        return np.frombuffer(content, np.float32).reshape(-1, 10)

    def load(self, case, shape, seconds):
        body = self.files.body(case.batch)
        arguments = ["--h1", "-H", f"content-type: {BYTES}"]
        return loads.h2load(case, shape, seconds, self.ports, PATH, body, arguments)

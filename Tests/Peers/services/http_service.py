import http.client

import numpy as np

import loads
from service import Failed, NotYet, Service

BYTES = "application/octet-stream"


class HTTPService(Service):
    """Takes images as the bytes of a POST, and answers with the bytes of probabilities."""

    # Statuses of a server that listens before it has its model.
    statuses_before_ready = ()

    def path(self):
        return "/predict"

    def message(self, pixels):
        """Headers and body of a request for images [n, 28, 28]."""
        return {"content-type": BYTES}, pixels.tobytes()

    def answer(self, headers, content):
        """The bytes of probabilities [n, 10] in a reply."""
        return content

    def probabilities(self, port, pixels):
        headers, body = self.message(pixels)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("POST", self.path(), body, headers)
            reply = connection.getresponse()
            content = reply.read()
        finally:
            connection.close()
        if reply.status in self.statuses_before_ready:
            raise NotYet(f"{self} answered with {reply.status}: {content[:200]}")
        if reply.status != 200:
            raise Failed(f"{self} answered with {reply.status}")
        return np.frombuffer(self.answer(reply.headers, content), np.float32).reshape(-1, 10)

    def load(self, case, shape, seconds):
        headers, body = self.message(self.files.pixels[: case.batch])
        arguments = ["--h1"]
        for name, value in headers.items():
            arguments += ["-H", f"{name}: {value}"]
        return loads.h2load(case, shape, seconds, self.ports, self.path(), body, arguments)

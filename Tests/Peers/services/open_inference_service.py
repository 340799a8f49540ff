import json

from http_service import HTTPService

HEADER_SIZE = "Inference-Header-Content-Length"


class OpenInferenceService(HTTPService):
    """Speaks the Open Inference Protocol, with its extension for tensors as bytes."""

    def path(self):
        return f"/v2/models/{self.files.model}/infer"

    def message(self, pixels):
        image = {"name": "image", "datatype": "UINT8", "shape": list(pixels.shape)}
        image["parameters"] = {"binary_data_size": pixels.size}
        output = {"name": "probabilities", "parameters": {"binary_data": True}}
        header = json.dumps({"inputs": [image], "outputs": [output]}).encode()
        return {HEADER_SIZE: len(header)}, header + pixels.tobytes()

    def answer(self, headers, content):
        return content[int(headers[HEADER_SIZE]) :]

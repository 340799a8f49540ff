from open_inference_service import OpenInferenceService
from service import SERVERS, free_port, python


class TritonService(OpenInferenceService):
    name = "Triton, ONNX Runtime"
    # How many processes compute; the largest batch that Triton makes of waiting requests.
    settings = [{"instances": 2, "batch": 1}, {"instances": 2, "batch": 256}]
    statuses_before_ready = (400, 404)
    # It ends its processes one after another.
    STOP_SECONDS = 30

    def commands(self):
        port = free_port()
        yield port, python(
            SERVERS / "triton_server.py", self.files.onnx, self.files.model, port,
            self.setting["instances"], self.setting["batch"],
        )  # fmt: skip

from http_service import HTTPService
from service import free_port, python


class KerasService(HTTPService):
    """Keras behind Flask and gunicorn, as its tutorials have it: `predict` for each request."""

    name = "Keras, Flask"
    call = "predict"
    settings = [{"workers": 2, "threads": 2}, {"workers": 2, "threads": 16}]

    def commands(self):
        port = free_port()
        yield port, python(
            "-m", "gunicorn", "keras_server:application", "--bind", f"127.0.0.1:{port}",
            "--workers", self.setting["workers"], "--threads", self.setting["threads"],
            "--worker-class", "gthread", "--keep-alive", 60, "--log-level", "warning",
        )  # fmt: skip

    def environment(self):
        return {
            "MODEL": str(self.files.safetensors), "CALL": self.call, "CUDA_VISIBLE_DEVICES": "-1",
            "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }  # fmt: skip


class KerasFunctionService(KerasService):
    """The same, its network compiled to a function: without what `predict` adds to each call."""

    name = "Keras as a function"
    call = "function"

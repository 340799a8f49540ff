from http_service import HTTPService
from service import free_port, python


class KerasService(HTTPService):
    """Keras behind Flask and gunicorn, as its tutorials have it: `predict` for each request."""

    name = "Keras, Flask"
    call = "predict"
    # As FastAPI's, and a thread or more to wait for requests in.
    settings = [
        {"processes": 2, "workers": 1, "threads": 1},
        {"processes": 2, "workers": 1, "threads": 4},
        {"processes": 1, "workers": 2, "threads": 4},
    ]

    def commands(self):
        for _ in range(self.setting["processes"]):
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


class KerasOnBatchService(KerasService):
    """The same by the call that a careful author would take: without what `predict` sets up."""

    name = "Keras, on batch"
    call = "predict_on_batch"

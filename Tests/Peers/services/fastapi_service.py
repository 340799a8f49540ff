from http_service import HTTPService
from service import free_port, python


class FastAPIService(HTTPService):
    name = "FastAPI, ONNX Runtime"
    # Workers share a port, and a burst of connections may go to one of them; processes with a
    # port each have as many each.
    settings = [{"processes": 2, "workers": 1}, {"processes": 1, "workers": 2}]

    def commands(self):
        for _ in range(self.setting["processes"]):
            port = free_port()
            yield port, python(
                "-m", "uvicorn", "fastapi_server:application", "--host", "127.0.0.1",
                "--port", port, "--workers", self.setting["workers"], "--loop", "uvloop",
                "--http", "httptools", "--no-access-log", "--log-level", "warning",
            )  # fmt: skip

    def environment(self):
        return {"MODEL": str(self.files.onnx)}

import numpy as np

from onnx_session import onnx_session


class Network:
    """An exported model: the bytes of n images in, of [n, 10] probabilities out."""

    def __init__(self, path):
        self.session = onnx_session(path)

    def __call__(self, content):
        pixels = np.frombuffer(content, np.uint8).reshape(-1, 1, 28, 28)
        ink = pixels / np.float32(255)
        return self.session.run(["probabilities"], {"ink": ink})[0].tobytes()

"""ONNX Runtime behind Triton's HTTP port: triton_server.py MODEL NAME PORT INSTANCES BATCH.

BATCH 1: requests are computed as they come, whatever they hold; more: Triton joins those that wait.
"""

import socket
import sys

import numpy as np
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

from network import Network

LARGEST_BATCH = 256


class Reader:
    """Computes in a process of its own, which makes its session at its first batch."""

    def __init__(self, path):
        self.path = path
        self.network = None

    @batch
    def __call__(self, image):
        self.network = self.network or Network(self.path)
        content = self.network(image.tobytes())
        return {"probabilities": np.frombuffer(content, np.float32).reshape(-1, 10)}


def free_port():
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return place.getsockname()[1]


def main(path, name, port, instances, joined):
    here = {"http_address": "127.0.0.1", "grpc_address": "127.0.0.1", "allow_grpc": False}
    ports = {"http_port": int(port), "grpc_port": free_port(), "metrics_port": free_port()}
    waits = DynamicBatcher(preferred_batch_size=None) if int(joined) > 1 else None
    with Triton(config=TritonConfig(**here, **ports)) as triton:
        triton.bind(
            name,
            [Reader(path) for _ in range(int(instances))],
            [Tensor(name="image", dtype=np.uint8, shape=(28, 28))],
            [Tensor(name="probabilities", dtype=np.float32, shape=(10,))],
            config=ModelConfig(batching=True, max_batch_size=LARGEST_BATCH, batcher=waits),
        )
        triton.serve()


# The processes that compute import this file, too.
if __name__ == "__main__":
    main(*sys.argv[1:])

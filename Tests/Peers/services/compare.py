#!/usr/bin/env python3
"""Compare digitd with services that others would build for the same network, in one run.

The peers: gRPC, FastAPI and Triton before ONNX Runtime, and Keras behind Flask and gunicorn; all
with our weights, in two processes on the same two cores, which the load's client shares. First each
service must read 500 test images as digitd does. Then it is tried in several shapes (processes, threads,
connections), and in its best one it is loaded in turn with the others, round after round. Only one
is under load at a time. The peers are installed under .build/ at the first run.

Needs a release build of digitd, digitctl and digitlab, and h2load (Debian: nghttp2-client).
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = [
    "numpy", "onnxruntime", "safetensors", "grpcio", "fastapi", "uvicorn", "uvloop", "httptools",
    "flask", "gunicorn", "nvidia-pytriton", "tensorflow-cpu",
]  # fmt: skip

sys.path.insert(0, str(HERE.parent))
import options
from environment import become

if __name__ == "__main__":
    options.parse(__doc__)
    become(HERE / "comparison.py", "services", PACKAGES)

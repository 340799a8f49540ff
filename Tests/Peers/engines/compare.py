#!/usr/bin/env python3
"""Compare how fast our engine and others compute the shipped models, on one machine in one run.

Every model is exported as ONNX. First the labels and probabilities of all of them are compared
on the 10,000 test images; then they are timed in turn, round after round, with the same batches.
With more threads, each has an engine of its own, as digitd's workers have. Beside the clock stands
processor time, which others who use the machine do not lengthen as much. The peers are installed
under .build/ at the first run, and TensorFlow too, to convert for LiteRT.

All compute in f32, but for OpenVINO as it comes, which stands beside. With --precision bf16 or int8
ours computes in that, and the peers in int8 and in bf16: the best of theirs is the best of both.
Then probabilities may differ, and it fails where an engine's accuracy is more than a point below
that of ours in f32.

Usage: Tests/Peers/engines/compare.py [--precision f32|bf16|int8] [--models FILE …]
                                      [--batches 1,8,64,256] [--threads 1,2] [--rounds 5]
                                      [--seconds 0.25] [--json FILE]

Needs a release build of digitlab.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = ["numpy", "onnx", "onnxruntime", "openvino", "MNN", "ai-edge-litert", "ncnn"]

sys.path.insert(0, str(HERE.parent))
from environment import become

if __name__ == "__main__":
    become(HERE / "comparison.py", "engines", PACKAGES)

#!/usr/bin/env python3
"""Checks an exported ONNX file with the onnx package, and runs it in ONNX Runtime beside ours.

    digitlab export --model NAME --onnx NAME.onnx
    digitlab evaluate --model NAME --probabilities ours.bin …
    python3 Tests/Parity/onnx_parity.py NAME.onnx ours.bin

Needs numpy, onnx and onnxruntime. Prints the largest absolute difference and exits with 1
where the file is not valid or the difference is above 1e-5.
"""

import argparse
import sys

import numpy as np
import onnx
import onnxruntime

from parity import TEST_IMAGES, TOLERANCE, read_images


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("onnx_file")
    parser.add_argument("probabilities")
    parser.add_argument("--images", default=TEST_IMAGES, help="IDX file, gzipped")
    parser.add_argument("--count", type=int, default=1000)
    arguments = parser.parse_args()

    onnx.checker.check_model(onnx.load(arguments.onnx_file), full_check=True)
    pixels = read_images(arguments.images, arguments.count)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        arguments.onnx_file, options, providers=["CPUExecutionProvider"])
    ink = (pixels[:, np.newaxis] / np.float32(255)).astype(np.float32)
    got = session.run(["probabilities"], {"ink": ink})[0]
    ours = np.fromfile(arguments.probabilities, dtype="<f4")[:got.size].reshape(got.shape)
    difference = np.abs(got - ours).max()
    agreeing = int((got.argmax(axis=1) == ours.argmax(axis=1)).sum())
    print(f"{len(pixels)} images in ONNX Runtime: largest absolute difference {difference:.3g} "
          f"(at most {TOLERANCE:g}), {agreeing} labels agree")
    sys.exit(0 if difference <= TOLERANCE else 1)


if __name__ == "__main__":
    main()

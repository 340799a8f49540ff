#!/usr/bin/env python3
"""Compares our probabilities for the first test images with an independent evaluation.

    digitlab evaluate … --probabilities ours.bin
    python3 Tests/Parity/parity.py Models/NAME.safetensors ours.bin

ours.bin: little-endian float32, images × classes. Needs numpy and safetensors. Prints the largest
absolute difference and exits with 1 if it is above 1e-5 (or not a number).
"""

import argparse
import gzip
import pathlib
import sys

import numpy as np

from numpy_network import evaluate, load

TOLERANCE = 1e-5
TEST_IMAGES = pathlib.Path(__file__).parent.parent / "Data/mnist/t10k-images-idx3-ubyte.gz"


def read_images(path, count):
    with gzip.open(path) as file:
        header = np.frombuffer(file.read(16), dtype=">u4")
        if header[0] != 2051:
            sys.exit(f"{path}: expected an IDX file of images (magic 2051), got {header[0]}")
        available, height, width = (int(value) for value in header[1:])
        count = min(count, available)
        pixels = np.frombuffer(file.read(count * height * width), dtype=np.uint8)
    return pixels.reshape(count, height, width)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("probabilities")
    parser.add_argument("--images", default=TEST_IMAGES, help="IDX file, gzipped")
    parser.add_argument("--count", type=int, default=1000)
    arguments = parser.parse_args()

    architecture, tensors, _ = load(arguments.model)
    pixels = read_images(arguments.images, arguments.count)
    expected = np.concatenate([
        evaluate(architecture, tensors, part / 255.0)
        for part in np.array_split(pixels, max(1, len(pixels) // 100))])
    got = np.fromfile(arguments.probabilities, dtype="<f4")
    if len(got) < expected.size:
        sys.exit(f"{arguments.probabilities}: expected at least {expected.size} floats, got {len(got)}")
    got = got[:expected.size].reshape(expected.shape).astype(np.float64)

    difference = np.abs(got - expected).max()
    agreeing = int((got.argmax(axis=1) == expected.argmax(axis=1)).sum())
    print(f"{len(pixels)} images: largest absolute difference {difference:.3g} "
          f"(at most {TOLERANCE:g}), {agreeing} labels agree")
    sys.exit(0 if difference <= TOLERANCE else 1)


if __name__ == "__main__":
    main()

"""The 60,000 training images, as the peers read them."""

import gzip
from pathlib import Path

import numpy


def training_set(folder, count):
    """The first images [count, 28, 28] of 0…1 as float32, and labels [count] as int64."""
    pixels = read(Path(folder) / "train-images-idx3-ubyte.gz", header=16)
    labels = read(Path(folder) / "train-labels-idx1-ubyte.gz", header=8)
    images = pixels.reshape(-1, 28, 28).astype(numpy.float32) / 255
    return images[:count], labels[:count].astype(numpy.int64)


def read(path, header):
    with gzip.open(path) as file:
        return numpy.frombuffer(file.read(), dtype=numpy.uint8, offset=header)

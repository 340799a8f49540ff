"""The 60,000 training images, as the peers read them."""

from pathlib import Path

import numpy

import idx


def training_set(folder, count):
    """The first images [count, 28, 28] of 0…1 as float32, and labels [count] as int64."""
    pixels = idx.read(Path(folder) / "train-images-idx3-ubyte.gz")
    labels = idx.read(Path(folder) / "train-labels-idx1-ubyte.gz")
    images = pixels.astype(numpy.float32) / 255
    return images[:count], labels[:count].astype(numpy.int64)

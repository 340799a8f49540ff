#!/usr/bin/env python3
"""Make the files of this folder from the full data set that ./dev fetch-mnist leaves.

- t10k-*: the 10,000 test images, as they are.
- train-5k-*: 500 training images of each digit. Of a digit's n occurrences in the training set,
  those at ⌊(k + ½)·n/500⌋ are taken, k = 0…499: spread evenly over the set, and so over its
  writers. Their indices are listed in train-5k-indices.txt, in the order of the images.

Usage: make-files.py FOLDER   (the folder that ./dev fetch-mnist names)
"""

import gzip
import hashlib
import os
import sys

PER_DIGIT = 500
IMAGE_HEADER, LABEL_HEADER, IMAGE_BYTES = 16, 8, 784
HERE = os.path.dirname(os.path.abspath(__file__))


def read(folder, name):
    with gzip.open(os.path.join(folder, name + ".gz")) as file:
        return file.read()


def write(name, raw):
    packed = gzip.compress(raw, compresslevel=9, mtime=0)
    with open(os.path.join(HERE, name + ".gz"), "wb") as file:
        file.write(packed)
    print(f"| `{name}` | {hashlib.sha256(raw).hexdigest()} | {hashlib.sha256(packed).hexdigest()} |")


def stratified_indices(labels):
    chosen = []
    for digit in range(10):
        places = [index for index, label in enumerate(labels) if label == digit]
        chosen += [places[(2 * k + 1) * len(places) // (2 * PER_DIGIT)] for k in range(PER_DIGIT)]
    return sorted(chosen)


def main(folder):
    for name in ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
        write(name, read(folder, name))

    images = read(folder, "train-images-idx3-ubyte")[IMAGE_HEADER:]
    labels = read(folder, "train-labels-idx1-ubyte")[LABEL_HEADER:]
    indices = stratified_indices(labels)
    count = len(indices).to_bytes(4, "big")
    side = (28).to_bytes(4, "big")
    chosen_images = b"".join(images[i * IMAGE_BYTES : (i + 1) * IMAGE_BYTES] for i in indices)
    write("train-5k-images-idx3-ubyte", b"\0\0\x08\x03" + count + side + side + chosen_images)
    write("train-5k-labels-idx1-ubyte", b"\0\0\x08\x01" + count + bytes(labels[i] for i in indices))
    with open(os.path.join(HERE, "train-5k-indices.txt"), "w") as file:
        file.writelines(f"{index}\n" for index in indices)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])

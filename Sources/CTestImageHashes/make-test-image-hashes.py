#!/usr/bin/env python3
"""Write test-image-hashes.bin: what DigitFiles knows the 10,000 MNIST test images by.

For each image the first 8 bytes of the SHA-256 of its 784 pixels, sorted as bytes, joined.

Usage: make-test-image-hashes.py FILE   (t10k-images-idx3-ubyte.gz)
"""

import gzip
import hashlib
import os
import sys

HEADER, IMAGE, PREFIX = 16, 784, 8


def main(path):
    with gzip.open(path) as file:
        pixels = file.read()[HEADER:]
    images = [pixels[start : start + IMAGE] for start in range(0, len(pixels), IMAGE)]
    hashes = sorted(hashlib.sha256(image).digest()[:PREFIX] for image in images)
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "test-image-hashes.bin"), "wb") as file:
        file.write(b"".join(hashes))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])

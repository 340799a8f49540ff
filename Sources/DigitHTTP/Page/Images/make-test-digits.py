#!/usr/bin/env python3
"""Write the test digits that the page offers: test-digits.zlib and ../Modules/test-digits.js.

The first image of each digit in the MNIST test set, and those that a shipped model misreads with
the highest confidence, no two with the same truth and answer and at most two of one truth.

Usage: make-test-digits.py EVALUATION   (what 'digitlab evaluate --model cnn-28 --json' prints;
run from the root of the repository)
"""

import gzip
import json
import os
import sys
import zlib

DATA = "Tests/Data/mnist"
IMAGE, HEADER, MISREAD_COUNT = 784, 16, 10


def misread(mistakes):
    chosen = []
    for mistake in sorted(mistakes, key=lambda mistake: -mistake["confidence"]):
        if sum(other["truth"] == mistake["truth"] for other in chosen) < 2 and not any(
            (other["truth"], other["label"]) == (mistake["truth"], mistake["label"])
            for other in chosen
        ):
            chosen.append(mistake)
    return chosen[:MISREAD_COUNT]


def main(path):
    with open(path) as file:
        evaluation = json.load(file)
    with gzip.open(f"{DATA}/t10k-images-idx3-ubyte.gz") as file:
        pixels = file.read()[HEADER:]
    with gzip.open(f"{DATA}/t10k-labels-idx1-ubyte.gz") as file:
        labels = file.read()[8:]
    mistakes = evaluation["evaluation"]["mistakes"]
    wrong = {mistake["index"] for mistake in mistakes}
    firsts = [
        next(i for i, label in enumerate(labels) if label == digit and i not in wrong)
        for digit in range(10)
    ]
    digits = [{"index": index, "truth": labels[index]} for index in firsts]
    digits += [
        {"index": each["index"], "truth": each["truth"], "misreadAs": each["label"]}
        for each in misread(mistakes)
    ]
    for digit in digits:
        assert labels[digit["index"]] == digit["truth"]
    here = os.path.dirname(os.path.abspath(__file__))
    images = [pixels[each["index"] * IMAGE : (each["index"] + 1) * IMAGE] for each in digits]
    with open(os.path.join(here, "test-digits.zlib"), "wb") as file:
        file.write(zlib.compress(b"".join(images), 9))
    rows = ",\n".join(
        "  { " + ", ".join(f"{key}: {value}" for key, value in digit.items()) + " }"
        for digit in digits
    )
    with open(os.path.join(here, "../Modules/test-digits.js"), "w") as file:
        file.write(
            "// Written by Images/make-test-digits.py: the images of test-digits.zlib, in its\n"
            "// order, by their index in the MNIST test set.\n"
            f'export const misreadBy = "{evaluation["model"]}";\n'
            f"export const testDigits = [\n{rows},\n];\n"
        )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])

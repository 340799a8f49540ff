#!/usr/bin/env python3
"""Writes pictures that are difficult to preprocess, and labels.txt beside them ("name digits").

`single` has one digit a file, `empty` none (labelled "-"), `rows` several side by side, `forms`
printed boxes with a digit or none ("-") in each. Digits are
MNIST's test digits (t10k), except the `straight` ones, which are drawn with straight strokes. A
file's name ends in its kind: thin pens (down to 0.2 % of the picture is ink), digits that touch
borders, ruled and squared paper, page edges, thumbs, shadows and so on.

Usage: make-difficult.py [--seed N] [--each N] [FOLDER]     (needs Pillow and numpy)
"""

import argparse
import gzip
import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "Robustness"))
from grounds import paper  # noqa: E402
from picture_set import boxes  # noqa: E402
from pictures import empty_picture, laid, photographed, row_picture, single_picture  # noqa: E402
from pictures import write  # noqa: E402
from strokes import drawn  # noqa: E402

SINGLE = ["thin", "thin-light", "thin-flat", "straight", "straight-ruled", "small",
          "border-one", "border-two", "border-three", "border-light", "tight", "tight-ruled",
          "ruled", "ruled-aligned", "squared", "margin-line", "page-edge", "page-band", "thumb",
          "shadow", "skewed", "perspective", "pencil", "chalk"]
EMPTY = ["white", "grey", "black", "gradient", "shadow", "texture", "noise", "ruled", "squared",
         "margin-line", "page-edge", "page-band", "thumb", "crease"]
ROWS = ["plain", "border", "ruled", "squared", "thin", "shadow", "page-edge", "light"]


def test_digits():
    folder = HERE.parent / "mnist"
    images = gzip.open(folder / "t10k-images-idx3-ubyte.gz").read()[16:]
    labels = gzip.open(folder / "t10k-labels-idx1-ubyte.gz").read()[8:]
    return np.frombuffer(images, np.uint8).reshape(-1, 28, 28), np.frombuffer(labels, np.uint8)


def form_picture(random, glyphs, text):
    """Boxes side by side, in which the text's digits are written."""
    tall = random.uniform(60, 140)
    pen = random.choice([None, max(1.8, tall * random.uniform(0.05, 0.09))])
    cell, high, margin = (round(tall * part) for part in (1.25, 1.4, 0.6))
    level = paper(random, high + 2 * margin, round((cell + 0.3 * tall) * len(text)) + 2 * margin)
    level, corners = boxes(random, level, margin, margin, [cell] * len(text), high)
    glyphs = iter(glyphs)
    for corner, character in zip(corners, text):
        if character == "-":
            continue
        mask = drawn(next(glyphs), tall * random.uniform(0.85, 1), pen, random.uniform(-6, 6))
        left = corner + (cell - mask.shape[1]) / 2 + random.uniform(-0.05, 0.05) * tall
        top = margin + (high - mask.shape[0]) / 2 + random.uniform(-0.05, 0.05) * tall
        level = laid(level, mask, round(top), round(left), random.uniform(0.6, 0.95))
    return photographed(random, level, noise=random.choice([0, 1, 2]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=HERE)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--each", type=int, default=20, help="pictures of a kind of single digit")
    options = parser.parse_args()
    pixels, labels = test_digits()

    def singles():
        for index in range(options.each * len(SINGLE)):
            random = np.random.default_rng([options.seed, 1, index])
            kind = SINGLE[index % len(SINGLE)]
            # Every kind has every digit; lines hide strokes of some digits more than of others.
            turn = index % len(SINGLE) + index // len(SINGLE)
            wanted = turn % 10
            if kind in ("ruled-aligned", "tight", "tight-ruled"):
                wanted = [7, 4, 1, 2, 5][turn % 5]
            if kind.startswith("straight"):
                wanted = [7, 4, 1][turn % 3]
            place = int(random.choice(np.flatnonzero(labels == wanted)))
            yield kind, str(wanted), single_picture(random, pixels[place], kind, wanted), random

    def empties():
        for index in range(max(1, options.each // 2) * len(EMPTY)):
            random = np.random.default_rng([options.seed, 2, index])
            kind = EMPTY[index % len(EMPTY)]
            yield kind, "-", empty_picture(random, kind), random

    def rows():
        for index in range(max(1, options.each // 2) * len(ROWS)):
            random = np.random.default_rng([options.seed, 3, index])
            kind = ROWS[index % len(ROWS)]
            places = random.integers(0, len(labels), 3 + index // len(ROWS) % 4)
            text = "".join(str(labels[place]) for place in places)
            yield kind, text, row_picture(random, pixels[places], kind), random

    def forms():
        for index in range(4 * max(1, options.each // 2)):
            random = np.random.default_rng([options.seed, 4, index])
            places = random.integers(0, len(labels), 2 + index % 4)
            text = [str(labels[place]) for place in places]
            for _ in range(1 + index % 2):
                text.insert(random.integers(0, len(text) + 1), "-")
            yield "form", "".join(text), form_picture(random, pixels[places], text), random

    groups = {"single": singles(), "empty": empties(), "rows": rows(), "forms": forms()}
    for name, pictures in groups.items():
        write(options.folder / name, pictures)


if __name__ == "__main__":
    main()

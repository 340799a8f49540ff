#!/usr/bin/env python3
"""What models read of damaged digits: evaluate.py [--models A,B] [--half HALF] [--split NAME]

Damages every image of a split once for each kind of corruptions.py, has `digitlab evaluate` read
them, and prints per cent right. With --non-digits it tells how well the largest probability sets
digits apart from each kind of non_digits.py (the area under the ROC curve), and the expected
calibration error. The split train-5k, of training images, serves while one designs; t10k is for
the report. Needs a release build, numpy and Pillow.
"""

import argparse
import gzip
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

import numpy as np

import corruptions
import non_digits

ROOT = pathlib.Path(__file__).resolve().parents[2]
MNIST = ROOT / "Tests/Data/mnist"
SHIPPED = "mlp-50-50,cnn-28,cnn-32-64,cnn-32-64-tanh,cnn-vgg-bn,tiny,compact,ensemble,cascade"


def options():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--models", default=SHIPPED, metavar="A,B")
    arguments.add_argument("--half", choices=("open", "held", "both"), default="open")
    arguments.add_argument("--split", choices=("train-5k", "t10k"), default="train-5k")
    arguments.add_argument("--seed", type=int, default=1, metavar="N")
    arguments.add_argument("--build", default=".build/release", metavar="DIR")
    arguments.add_argument("--models-folder", default="Models", metavar="DIR")
    arguments.add_argument("--keep", metavar="DIR", help="also keep the images there")
    arguments.add_argument("--non-digits", action="store_true",
                           help="set digits apart from what is none, instead of reading digits")
    arguments.add_argument("--count", type=int, default=1000, metavar="N",
                           help="images of each kind of non-digits")
    return arguments.parse_args()


def kinds(half):
    halves = {"open": corruptions.OPEN, "held": corruptions.HELD}
    names = ["open", "held"] if half == "both" else [half]
    return [(name, kind, halves[name][kind]) for name in names for kind in halves[name]]


def read_images(split):
    data = gzip.open(MNIST / f"{split}-images-idx3-ubyte.gz").read()
    return np.frombuffer(data, np.uint8, offset=16).reshape(-1, 28, 28)


def write_idx(path, images):
    path.write_bytes(struct.pack(">4I", 0x803, *images.shape) + images.tobytes())


def evaluated(chosen, model, images, labels, *more):
    """What `digitlab evaluate` tells."""
    command = [f"{chosen.build}/digitlab", "evaluate", "--model", model, "--models",
               chosen.models_folder, "--images", str(images), "--labels", str(labels), "--json",
               *map(str, more)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode != 0:
        sys.exit(f"evaluate: {' '.join(command)}: {done.stderr}")
    return json.loads(done.stdout)


def percent_right(chosen, model, images, labels):
    return 100 * evaluated(chosen, model, images, labels)["accuracy"]


def confidences(chosen, model, images, labels, folder):
    """The largest probability of each image."""
    path = folder / "probabilities"
    evaluated(chosen, model, images, labels, "--probabilities", path)
    return np.fromfile(path, "<f4").reshape(-1, 10).max(1)


def area_under_roc(digits, others):
    """How often a digit has a larger confidence than another image; equal ones count half."""
    others = np.sort(others)
    below = np.searchsorted(others, digits, "left") + np.searchsorted(others, digits, "right")
    return below.mean() / 2 / len(others)


def is_flat(images):
    """Whether no two pixels differ by more than 8 levels."""
    flattened = images.reshape(len(images), -1).astype(int)
    return flattened.max(1) - flattened.min(1) <= 8


def threshold(chosen, model):
    """Below which an answer means "not a digit"; None where the model has none."""
    with (ROOT / chosen.models_folder / f"{model}.safetensors").open("rb") as file:
        (byte_count,) = struct.unpack("<Q", file.read(8))
        metadata = json.loads(file.read(byte_count)).get("__metadata__", {})
    return json.loads(metadata.get("confidence", "{}")).get("rejectionThreshold")


def print_row(group, kind, values, form="{:15.4f}"):
    cells = ("-".rjust(15) if value is None else form.format(value) for value in values)
    print(f"{group:9} {kind:15}" + "".join(cells), flush=True)


def set_apart(chosen, models, folder):
    """Prints the areas, and how many of each kind pass as digits."""
    clean, labels = digits_of(chosen.split)
    digits = {}
    for model in models:
        digits[model] = confidences(chosen, model, clean, labels, folder)
    print(f"{'':9} {'':15}" + "".join(f"{model:>15}" for model in models))
    print_row("digits", "ece", [
        evaluated(chosen, model, clean, labels)["evaluation"]["calibration"]["ece"]
        for model in models])
    thresholds = [threshold(chosen, model) for model in models]
    print_row("digits", "threshold", thresholds)
    print_row("digits", "kept", [
        None if least is None else np.mean(digits[model] >= least)
        for model, least in zip(models, thresholds)])
    for group, kinds in (("trained", non_digits.TRAINED), ("untrained", non_digits.UNTRAINED)):
        scores = {model: [] for model in models}
        for kind, draw in kinds.items():
            chance = np.random.default_rng([chosen.seed, zlib.crc32(kind.encode())])
            images = draw(chosen.count, chance)
            path, any_label = folder / f"{kind}-images-idx3-ubyte", folder / f"{kind}-labels"
            write_idx(path, images)
            any_label.write_bytes(struct.pack(">2I", 0x801, len(images)) + bytes(len(images)))
            areas, passed = [], []
            for model, least in zip(models, thresholds):
                found = confidences(chosen, model, path, any_label, folder)
                scores[model].append(found)
                areas.append(area_under_roc(digits[model], found))
                passed.append(
                    None if least is None else np.mean((found >= least) & ~is_flat(images)))
            print_row(group, kind, areas)
            print_row(group, "  passes", passed)
        print_row(group, "all", [
            area_under_roc(digits[model], np.concatenate(scores[model])) for model in models])


def digits_of(split):
    return MNIST / f"{split}-images-idx3-ubyte.gz", MNIST / f"{split}-labels-idx1-ubyte.gz"


def main():
    chosen = options()
    models = chosen.models.split(",")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(chosen.keep or folder)
        folder.mkdir(exist_ok=True)
        if chosen.non_digits:
            set_apart(chosen, models, folder)
        else:
            damage_digits(chosen, models, folder)


def damage_digits(chosen, models, folder):
    """Prints per cent right of each kind of damage."""
    clean = read_images(chosen.split)
    labels = MNIST / f"{chosen.split}-labels-idx1-ubyte.gz"
    rows = []
    print(f"{'half':5} {'kind':15}" + "".join(f"{model:>15}" for model in models))
    for half, kind, damage in kinds(chosen.half):
        # One stream of chance for each kind: a kind that is added changes no other.
        chance = np.random.default_rng([chosen.seed, zlib.crc32(kind.encode())])
        path = folder / f"{kind}-images-idx3-ubyte"
        write_idx(path, damage(clean, chance))
        row = [percent_right(chosen, model, path, labels) for model in models]
        rows.append((half, row))
        print(f"{half:5} {kind:15}" + "".join(f"{value:15.2f}" for value in row), flush=True)
    for half in dict.fromkeys(half for half, _ in rows):
        mean = np.mean([row for name, row in rows if name == half], axis=0)
        print(f"{half:5} {'mean':15}" + "".join(f"{value:15.2f}" for value in mean))


if __name__ == "__main__":
    main()

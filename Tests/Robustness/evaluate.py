#!/usr/bin/env python3
"""What models read of damaged digits: evaluate.py [--models A,B] [--half HALF] [--split NAME]

Damages every image of a split once for each kind of corruptions.py, has `digitlab evaluate` read
them, and prints per cent right. The split train-5k, of training images, serves while one designs;
t10k is for the report. Needs a release build, numpy and Pillow.
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

ROOT = pathlib.Path(__file__).resolve().parents[2]
MNIST = ROOT / "Tests/Data/mnist"
SHIPPED = "mlp-50-50,cnn-28,cnn-32-64,cnn-32-64-tanh,cnn-vgg-bn,tiny,compact,ensemble"


def options():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--models", default=SHIPPED, metavar="A,B")
    arguments.add_argument("--half", choices=("open", "held", "both"), default="open")
    arguments.add_argument("--split", choices=("train-5k", "t10k"), default="train-5k")
    arguments.add_argument("--seed", type=int, default=1, metavar="N")
    arguments.add_argument("--build", default=".build/release", metavar="DIR")
    arguments.add_argument("--keep", metavar="DIR", help="also keep the damaged images there")
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


def percent_right(build, model, images, labels):
    command = [f"{build}/digitlab", "evaluate", "--model", model, "--images", str(images),
               "--labels", str(labels), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode != 0:
        sys.exit(f"evaluate: {' '.join(command)}: {done.stderr}")
    return 100 * json.loads(done.stdout)["accuracy"]


def main():
    chosen = options()
    models = chosen.models.split(",")
    clean = read_images(chosen.split)
    labels = MNIST / f"{chosen.split}-labels-idx1-ubyte.gz"
    rows = []
    print(f"{'half':5} {'kind':15}" + "".join(f"{model:>15}" for model in models))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(chosen.keep or folder)
        folder.mkdir(exist_ok=True)
        for half, kind, damage in kinds(chosen.half):
            # One stream of chance for each kind: a kind that is added changes no other.
            chance = np.random.default_rng([chosen.seed, zlib.crc32(kind.encode())])
            path = folder / f"{kind}-images-idx3-ubyte"
            write_idx(path, damage(clean, chance))
            row = [percent_right(chosen.build, model, path, labels) for model in models]
            rows.append((half, row))
            print(f"{half:5} {kind:15}" + "".join(f"{value:15.2f}" for value in row), flush=True)
    for half in dict.fromkeys(half for half, _ in rows):
        mean = np.mean([row for name, row in rows if name == half], axis=0)
        print(f"{half:5} {'mean':15}" + "".join(f"{value:15.2f}" for value in mean))


if __name__ == "__main__":
    main()

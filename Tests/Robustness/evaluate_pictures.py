#!/usr/bin/env python3
"""What a model reads of pictures as people send them: evaluate_pictures.py [--model NAME]

Draws the set of picture_set.py (330 single digits, 114 pictures without ink, 120 rows), has
`digitctl predict` read it from a server of its own, and prints by kind how many were read right,
wrong, taken for no digit, or not found. A digit that is called none is left out of what was read.
Seed 1 serves while one designs; seed 2 is for the report. Digits are of the training images
train-5k, which the models know: what is read wrong is the preprocessing's. Needs a release build,
numpy and Pillow.
"""

import argparse
import contextlib
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

import picture_set
from pictures import write

ROOT = pathlib.Path(__file__).resolve().parents[2]
MNIST = ROOT / "Tests/Data/mnist"
GOALS = {"single": ("at least", 0.98), "empty": ("at most", 0.03), "rows": ("at least", 0.97)}
OUTCOMES = {"single": ["right", "wrong", "not a digit", "no ink"],
            "empty": ["answered", "not a digit", "no ink"],
            "rows": ["right", "wrong", "no ink"]}


def options():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--model", default="compact", metavar="NAME")
    arguments.add_argument("--seed", type=int, default=1, metavar="N")
    arguments.add_argument("--split", choices=("train-5k", "t10k"), default="train-5k")
    arguments.add_argument("--each", type=int, default=10, metavar="N",
                           help="single digits of each kind (default: 10)")
    arguments.add_argument("--build", default=".build/release", metavar="DIR")
    arguments.add_argument("--keep", metavar="DIR", help="keep the pictures there, and use those "
                           "that are there already")
    arguments.add_argument("--failures", action="store_true", help="name what was read wrong")
    arguments.add_argument("--folder", metavar="DIR", help="instead of the set: the folders of "
                           "pictures in this one, each with a labels.txt")
    return arguments.parse_args()


def read_idx(name, offset):
    return np.frombuffer(gzip.open(MNIST / name).read(), np.uint8, offset=offset)


def draw(chosen, folder):
    pixels = read_idx(f"{chosen.split}-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)
    labels = read_idx(f"{chosen.split}-labels-idx1-ubyte.gz", 8)
    groups = {
        "single": picture_set.singles(chosen.seed, chosen.each, pixels, labels),
        "empty": picture_set.empties(chosen.seed, max(1, chosen.each * 6 // 10)),
        "rows": picture_set.rows(chosen.seed, max(1, chosen.each * 8 // 10), pixels, labels)}
    for name, pictures in groups.items():
        write(folder / name, pictures)


@contextlib.contextmanager
def server(chosen, folder):
    """The address of a server that has begun to listen."""
    path = pathlib.Path(folder) / "digitd.sock"
    process = subprocess.Popen([f"{chosen.build}/digitd", "--listen", f"unix:{path}"], cwd=ROOT,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        while not path.exists():
            if process.poll() is not None:
                sys.exit(f"evaluate_pictures: digitd: {process.stderr.read()}")
            time.sleep(0.05)
        yield f"unix:{path}"
    finally:
        process.terminate()
        process.wait()


def read(chosen, address, folder, is_row):
    """What `digitctl predict` tells of each file."""
    command = [f"{chosen.build}/digitctl", "predict", "--json", "--server", address, "--model",
               chosen.model, *(["--many"] if is_row else []), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode != 0:
        sys.exit(f"evaluate_pictures: {' '.join(command)}: {done.stderr}")
    return {pathlib.Path(file["file"]).name: file["digits"] for file in
            json.loads(done.stdout)["files"]}


def outcome(group, digits, text):
    said = "".join(str(digit["label"]) for digit in digits if not digit["not_a_digit"])
    if not digits:
        return "no ink"
    if group == "empty":
        return "answered" if said else "not a digit"
    if said == text:
        return "right"
    return "wrong" if said or group == "rows" else "not a digit"


def evaluate(chosen, address, folder, group):
    """Prints the group's table."""
    answers = read(chosen, address, folder, group == "rows")
    outcomes = OUTCOMES[group]
    counts, failures = {}, []
    for line in (folder / "labels.txt").read_text().splitlines():
        name, text = line.split()
        kind = name.split("-", 1)[1].rsplit(".", 1)[0] if "-" in name else group
        result = outcome(group, answers[name], text)
        counts.setdefault(kind, dict.fromkeys(outcomes, 0))[result] += 1
        if result == "answered" or group != "empty" and result != "right":
            said = " ".join(f"{digit['label']}{'?' * digit['not_a_digit']}"
                            for digit in answers[name])
            failures.append(f"  {name}: {text}, read as {said or 'nothing'}")
    print(f"{group:20}" + "".join(f"{name:>12}" for name in outcomes))
    for kind, row in counts.items():
        print(f"  {kind:18}" + "".join(f"{value or '.':>12}" for value in row.values()))
    total = [sum(row[name] for row in counts.values()) for name in outcomes]
    print(f"  {'all':18}" + "".join(f"{value:>12}" for value in total))
    word, goal = GOALS[group]
    print(f"  {outcomes[0]}: {total[0]} of {sum(total)}, {100 * total[0] / sum(total):.1f} % "
          f"(goal: {word} {100 * goal:.0f} %)")
    print(*(failures if chosen.failures else []), sep="\n", flush=True)


def group_of(folder):
    labels = [line.split()[1] for line in (folder / "labels.txt").read_text().splitlines()]
    if set(labels) == {"-"}:
        return "empty"
    return "single" if all(len(label) == 1 for label in labels) else "rows"


def main():
    chosen = options()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(chosen.folder or chosen.keep or temporary)
        if not chosen.folder and not (folder / "rows" / "labels.txt").exists():
            draw(chosen, folder)
        with server(chosen, temporary) as address:
            for part in sorted(path.parent for path in folder.glob("*/labels.txt")):
                evaluate(chosen, address, part, group_of(part))


if __name__ == "__main__":
    main()

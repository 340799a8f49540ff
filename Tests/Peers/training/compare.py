#!/usr/bin/env python3
"""Time one epoch of cnn-32-64 in digitlab, PyTorch and Keras, one after another, in rounds.

The same for all: 60,000 images in memory, batches of 128, Adam at 0.001, dropout, no augmentation.
Reading the data, compiling and the first steps do not count for the peers; for digitlab only
reading the data does not. Processor seconds stand beside those of the clock, because the latter
grow where others use the machine; digitlab's are of the whole process, reading and testing
included. The peers are installed under .build/ at the first run (several gigabytes). Each run is
a process of its own, so that none inherits another's memory or threads.

Usage: Tests/Peers/training/compare.py [--rounds 3] [--threads 2] [--images 60000] [--json FILE]

Needs the 60,000 training images (./dev fetch-mnist) and a release build of digitlab.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = ["torch", "tensorflow-cpu", "numpy"]

sys.path.insert(0, str(HERE.parent))
from environment import ROOT, python_with
from machine import machine


def main():
    options = parse()
    python = python_with("training", PACKAGES)
    runs = {
        "digitlab": lambda: digitlab_epoch(options),
        "PyTorch": lambda: peer_epoch(python, "torch_epoch.py", options),
        "Keras": lambda: peer_epoch(python, "keras_epoch.py", options),
    }
    results = {name: [] for name in runs}
    for number in range(options.rounds):
        for name, run in runs.items():
            load = os.getloadavg()[0]
            result = run() | {"load": round(load, 2)}
            results[name].append(result)
            seconds = f"{result['seconds']:6.1f} s"
            print(f"round {number + 1}  {name:9} {seconds}  load {load:.1f}", flush=True)
    report(results, options.images)
    if options.json:
        settings = {"threads": options.threads, "images": options.images, "batch": 128}
        settings["machine"] = machine()
        text = json.dumps({"settings": settings, "runs": results}, indent=2)
        Path(options.json).write_text(text + "\n")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--images", type=int, default=60_000, help="the first so many only")
    parser.add_argument("--json", help="write every run there")
    parser.add_argument("--data", default=str(Path.home() / ".cache" / "digits" / "mnist"))
    parser.add_argument("--digitlab", default=str(ROOT / ".build" / "release" / "digitlab"))
    return parser.parse_args()


def digitlab_epoch(options):
    with tempfile.TemporaryDirectory() as folder:
        command = [
            options.digitlab, "train", "--arch", "cnn-32-64", "--recipe", "reference",
            "--epochs", "1", "--batch", "128", "--augmentation", "none",
            "--threads", str(options.threads), "--train-limit", str(options.images),
            "--data", options.data, "--out", folder, "--name", "epoch",
        ]  # fmt: skip
        before = os.times()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = os.times()
        card = json.loads((Path(folder) / "epoch.json").read_text())
    used = after.children_user + after.children_system
    used -= before.children_user + before.children_system
    return {
        "seconds": card["training_seconds"],
        "processorSeconds": used,
        "loss": card["last_training_loss"],
    }


def peer_epoch(python, script, options):
    command = [python, HERE / script, options.data, str(options.threads), str(options.images)]
    # OpenMP's threads wait by spinning, which is ruinous where others use the machine.
    environment = os.environ | {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONPATH": str(HERE.parent)}
    output = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=environment,
    ).stdout  # fmt: skip
    return json.loads(output.splitlines()[-1])


def report(results, images):
    ours = median(results["digitlab"], "seconds")
    ours_used = median(results["digitlab"], "processorSeconds")
    print("\n          median s  images/s  × ours  processor s  × ours   loss")
    for name, runs in results.items():
        seconds, used = median(runs, "seconds"), median(runs, "processorSeconds")
        print(
            f"{name:9} {seconds:9.1f} {images / seconds:9,.0f} {seconds / ours:7.2f} "
            f"{used:12.1f} {used / ours_used:7.2f} {runs[-1]['loss']:6.3f}"
        )


def median(runs, figure):
    return statistics.median(run[figure] for run in runs)


if __name__ == "__main__":
    sys.exit(main())

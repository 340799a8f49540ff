"""The comparison itself: see compare.py, which runs it where the peers are installed."""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import inputs
from compare import PACKAGES
from environment import ROOT
from machine import machine, versions
from peer_process import PeerProcess
from peers import AS_IT_COMES, BESIDE, F32
from table import KINDS, OURS, show


def main():
    options = parse()
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(options, Path(folder))
        for model in options.models:
            comparison.check(model)
        for model in options.models:
            comparison.time(model)
        comparison.close()
    if options.json:
        Path(options.json).write_text(json.dumps(comparison.report(), indent=2) + "\n")
    sys.exit(0 if comparison.agrees else 1)


def parse():
    def numbers(text):
        return [int(part) for part in text.split(",")]

    shipped = sorted((ROOT / "Models").glob("*.safetensors"))
    parser = argparse.ArgumentParser(description="Compare our engine with others.")
    parser.add_argument("--models", nargs="+", type=Path, default=shipped)
    parser.add_argument("--precision", choices=["f32", "bf16", "int8"], default="f32")
    parser.add_argument("--batches", type=numbers, default=[1, 8, 64, 256])
    parser.add_argument("--threads", type=numbers, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.25, help="of each measurement")
    parser.add_argument("--json", help="write every round there")
    parser.add_argument("--digitlab", default=str(ROOT / ".build" / "release" / "digitlab"))
    return parser.parse_args()


class Comparison:
    # A larger difference of probabilities is not one of rounding in f32.
    TOLERANCE = 1e-4
    # Where rounding is coarser: who loses more of our accuracy in f32 computes something else.
    ACCURACY_LOSS = 0.01

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.agrees = True
        self.parity = []
        self.runs = []
        self.lacking = set()
        self.labels = inputs.test_labels()
        np.save(folder / "images.npy", inputs.test_images())
        inputs.write_empty_model(folder / "empty.onnx")
        self.peers = {
            name: [PeerProcess(name, folder / "images.npy") for _ in range(max(options.threads))]
            for name in BESIDE[options.precision]
        }
        self.precision = []
        if options.precision != "f32":
            self.precision = ["--precision", options.precision]

    def check(self, model):
        """Exports a model, and compares what all read in the test images with ours in f32."""
        self.digitlab("export", "--model", model, "--onnx", self.exported(model))
        ours, theirs = self.our_probabilities(model), self.folder / "theirs"
        if self.precision:
            self.note(model, OURS, ours, self.our_probabilities(model, *self.precision))
        for name, (peer, *_) in self.peers.items():
            answer = peer.ask(
                model=self.exported(model), batch=100, probabilities=str(theirs)
            )
            if "error" in answer:
                self.lacking.add((model, name))
                print(f"{model.stem}: {name} cannot run it: {answer['error'][:200]}")
            else:
                self.note(model, name, ours, probabilities_in(theirs))

    def our_probabilities(self, model, *precision):
        file = self.folder / "ours"
        places = ["--data", inputs.MNIST, "--probabilities", file]
        self.digitlab("evaluate", "--model", model, *places, *precision)
        return probabilities_in(file)

    def note(self, model, name, ours, theirs):
        difference = float(np.abs(ours - theirs).max())
        read = [each.argmax(axis=1) for each in (ours, theirs)]
        our_accuracy, accuracy = (float((each == self.labels).mean()) for each in read)
        same = int((read[0] == read[1]).sum())
        self.parity.append({
            "model": model.stem, "engine": name, "difference": difference, "labels": same,
            "accuracy": accuracy,
        })  # fmt: skip
        if name in F32:
            agrees = difference <= self.TOLERANCE
        else:
            agrees = accuracy >= our_accuracy - self.ACCURACY_LOSS
        self.agrees &= agrees
        print(
            f"{model.stem}: {name} differs by at most {difference:.1g}, {same} of {len(theirs)} "
            f"labels agree, {accuracy:.2%} are right{'' if agrees else ': TOO FAR OFF'}",
            flush=True,
        )  # fmt: skip

    def time(self, model):
        for threads in self.options.threads:
            for batch in self.options.batches:
                rounds = [
                    self.round(model, threads, batch) for _ in range(self.options.rounds)
                ]
                self.runs += rounds
                show(model.stem, threads, batch, rounds, no_rivals=AS_IT_COMES)

    def round(self, model, threads, batch):
        """Images a second of every engine, and microseconds of the call of an empty model."""
        figures = {OURS: self.our_rates(model, threads, batch)}
        for name, peers in self.peers.items():
            if (model, name) in self.lacking:
                continue
            answers = self.together(peers[:threads], self.exported(model), batch)
            figures[name] = {
                kind: sum(1e6 * batch / answer[kind] for answer in answers) for kind in KINDS
            }
            [empty] = self.together(peers[:1], str(self.folder / "empty.onnx"), batch)
            figures[name]["emptyCall"] = empty["processor"]
        return {"model": model.stem, "threads": threads, "batch": batch, "figures": figures}

    def together(self, peers, path, batch):
        for peer in peers:
            peer.send(model=path, batch=batch, seconds=self.options.seconds)
        answers = [peer.receive() for peer in peers]
        for answer in answers:
            if "error" in answer:
                sys.exit(f"{path}, batch {batch}: {answer['error']}")
        return answers

    def our_rates(self, model, threads, batch):
        settings = ["--batch", batch, "--threads", threads, "--seconds", self.options.seconds]
        settings += ["--images", inputs.MNIST / "t10k-images-idx3-ubyte.gz"]
        command = ["bench", "--model", model, "--json", *settings, *self.precision]
        report = json.loads(self.digitlab(*command))
        [result] = report["results"]
        return {"wall": result["images_per_second"], "processor": result["images_per_cpu_second"]}

    def digitlab(self, *arguments):
        command = [self.options.digitlab, *map(str, arguments)]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout

    def exported(self, model):
        return str(self.folder / f"{model.stem}.onnx")

    def report(self):
        options = self.options
        settings = {"precision": options.precision, "rounds": options.rounds}
        settings["seconds"] = options.seconds
        peers = {"peers": versions(PACKAGES)}
        return {"settings": settings | machine() | peers, "parity": self.parity, "runs": self.runs}

    def close(self):
        for peer in sum(self.peers.values(), []):
            peer.close()


def probabilities_in(file):
    return np.fromfile(file, "<f4").reshape(-1, 10)


if __name__ == "__main__":
    main()

import subprocess
import sys

import idx
from environment import ROOT

MNIST = ROOT / "Tests" / "Data" / "mnist"
IMAGES = 512


class Files:
    """A model in the forms that the services read, and the images that they are asked for."""

    def __init__(self, model, folder, programs):
        self.model = model
        self.programs = programs
        self.safetensors = ROOT / "Models" / f"{model}.safetensors"
        self.onnx = folder / f"{model}.onnx"
        self.pixels = idx.read(MNIST / "t10k-images-idx3-ubyte.gz")[:IMAGES]
        command = ["export", "--model", self.safetensors, "--onnx", self.onnx]
        run = subprocess.run(
            [self.program("digitlab"), *command], stdout=subprocess.DEVNULL, cwd=ROOT
        )
        if run.returncode != 0:
            sys.exit(f"digitlab could not export {model}")

    def program(self, name):
        return self.programs.resolve() / name

    def body(self, batch):
        """The bytes of a request."""
        return self.pixels[:batch].tobytes()

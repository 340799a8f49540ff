import subprocess
from pathlib import Path

import inputs
from environment import python_with
from kept import kept
from peer import Peer


class LiteRT(Peer):
    """With XNNPACK, which the interpreter takes by itself."""

    PRECISION = "f32"

    def __init__(self, path, batch):
        from ai_edge_litert.interpreter import Interpreter

        self.interpreter = Interpreter(str(self.converted(path)), num_threads=1)
        [source] = self.interpreter.get_input_details()
        [result] = self.interpreter.get_output_details()
        self.interpreter.resize_tensor_input(source["index"], [batch, 28, 28, 1], strict=True)
        self.interpreter.allocate_tensors()
        # Views may not be kept: they are asked for anew each time.
        self.ink = self.interpreter.tensor(source["index"])
        self.result = self.interpreter.tensor(result["index"])
        self.run = self.interpreter.invoke

    def take(self, images):
        self.ink()[:] = images.reshape(-1, 28, 28, 1)

    def probabilities(self):
        return self.result()

    def converted(self, path):
        """The model in LiteRT's format, kept under .build: TensorFlow takes seconds for each."""
        converter = Path(__file__).with_name("litert_convert.py")

        def convert(target):
            # An environment of its own, for TensorFlow is large and particular about its company.
            python = python_with("litert-converter", ["tensorflow-cpu", "onnx", "numpy"])
            subprocess.run([python, converter, path, target, self.PRECISION], check=True)

        parts = [Path(path).read_bytes(), converter.read_bytes(), self.PRECISION.encode()]
        content = b"".join(parts) + inputs.training_images().tobytes()
        return kept("litert-models", ".tflite", content, convert)


class LiteRTInt8(LiteRT):
    PRECISION = "int8"

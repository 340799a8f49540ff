"""An exported model in 8 bits, as ONNX Runtime's quantization writes it. OpenVINO reads it too."""

import functools
from pathlib import Path

import onnx

import inputs
from kept import kept

LAYERS = ["Conv", "Gemm"]
# Between layers numbers stay in 8 bits. Conditioning has none of these, so it stays as it is.
BETWEEN = ["Relu", "MaxPool", "AveragePool", "Flatten"]


def in_8_bits(path):
    """The quantized model, kept under .build; one without layers is what it was."""
    import onnxruntime

    if not any(node.op_type in LAYERS for node in onnx.load(path).graph.node):
        return path
    parts = [Path(path).read_bytes(), Path(__file__).read_bytes(), onnxruntime.__version__.encode()]
    content = b"".join(parts) + inputs.training_images().tobytes()
    return str(kept("onnx-int8-models", ".onnx", content, functools.partial(quantize, path)))


def quantize(source, target):
    """Weights are signed, with a scale for each channel; activations are unsigned.

    Signed activations were as fast within what repeated runs differ by, but OpenVINO refused
    `ensemble` so. With the layers alone in 8 bits, and not what is between, most was slower, but
    not ONNX Runtime's `mlp-50-50`, which is far behind LiteRT's either way.
    """
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared = str(target.with_suffix(".prepared"))
    # Symbolic shapes are for transformers, and need another package.
    quant_pre_process(source, prepared, skip_symbolic_shape=True)
    quantize_static(
        prepared, str(target), Calibration(), quant_format=QuantFormat.QDQ, per_channel=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        op_types_to_quantize=LAYERS + BETWEEN,
        nodes_to_exclude=first_convolutions(onnx.load(prepared).graph),
    )  # fmt: skip


def first_convolutions(graph):
    """Those of one channel: with them in f32 ONNX Runtime is up to 1.4 times faster."""
    channels = {each.name: each.dims[1] for each in graph.initializer if len(each.dims) == 4}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    return [node.name for node in convolutions if channels[node.input[1]] == 1]


class Calibration:
    """Training images in the form that the quantization asks for: one batch after another."""

    def __init__(self):
        images = inputs.training_images()
        self.batches = iter([images[first : first + 100] for first in range(0, len(images), 100)])

    def get_next(self):
        batch = next(self.batches, None)
        return None if batch is None else {"ink": batch}

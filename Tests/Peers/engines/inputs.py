"""What every engine reads: images as ink of 0…1, and a model that does nothing."""

import numpy as np
import onnx
from onnx import TensorProto, helper

import idx
from environment import ROOT

MNIST = ROOT / "Tests" / "Data" / "mnist"


def test_images():
    return ink_of("t10k-images-idx3-ubyte.gz")


def test_labels():
    return idx.read(MNIST / "t10k-labels-idx1-ubyte.gz")


def training_images():
    """Every tenth of those in the repository: 500, from which quantizations take their ranges."""
    return ink_of("train-5k-images-idx3-ubyte.gz")[::10]


def ink_of(name):
    """[images, 1, 28, 28]."""
    return idx.read(MNIST / name)[:, np.newaxis].astype(np.float32) / np.float32(255)


def write_empty_model(path):
    """Passes on ten pixels of each image: what remains is the cost of a call."""
    ink = helper.make_tensor_value_info("ink", TensorProto.FLOAT, ["batch", 1, 28, 28])
    result = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 10])
    bounds = {"first": 0, "last": 10, "axis": 1}
    numbers = [
        helper.make_tensor(name, TensorProto.INT64, [1], [value])
        for name, value in bounds.items()
    ]
    nodes = [
        helper.make_node("Flatten", ["ink"], ["pixels"]),
        helper.make_node("Slice", ["pixels", *bounds], ["probabilities"]),
    ]
    graph = helper.make_graph(nodes, "empty", [ink], [result], numbers)
    # As old a format as has these operations: engines lag behind.
    format = {"opset_imports": [helper.make_opsetid("", 13)], "ir_version": 8}
    onnx.save(helper.make_model(graph, **format), path)

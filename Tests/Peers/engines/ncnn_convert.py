"""Write an exported model in ncnn's format: a text of layers, and the numbers of their weights.

A batch normalization becomes part of the weights before it and ReLU a part of its layer, as ncnn's
own optimizer would do. Conditioning is left out, for ncnn cannot sort pixels: it is to be given
images that are conditioned.
"""

import struct
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import helper, numpy_helper

MAXIMUM, AVERAGE = 0, 1
SUBTRACT, DIVIDE = 1, 3
SUM = RELU = NEGATIVE = 1

# What needs but a layer of some kind, with the same parameters always.
PLAIN = {
    "Flatten": ("Flatten", {}), "Tanh": ("TanH", {}), "Sigmoid": ("Sigmoid", {}),
    "Softmax": ("Softmax", {0: 0, 1: 1}), "Softplus": ("Softplus", {}),
    "Neg": ("UnaryOp", {0: NEGATIVE}),
}  # fmt: skip


def convert(path):
    """The text and the bytes that ncnn loads. Its layers run from `ink` to `probabilities`."""
    network = Network(onnx.load(path).graph)
    network.blob("probabilities")
    return network.text().encode(), b"".join(network.weights())


@dataclass
class Layer:
    kind: str
    inputs: list
    outputs: list
    parameters: dict
    weights: list = field(default_factory=list)


class Network:
    def __init__(self, graph):
        self.constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
        self.makers = {node.output[0]: node for node in graph.node}
        # Each stands before those that read it.
        self.layers = [Layer("Input", [], ["ink"], {0: 28, 1: 28, 2: 1})]
        self.blobs = {}

    def blob(self, name):
        """Adds what computes a value of the graph, and gives what ncnn calls it."""
        if name not in self.blobs:
            self.blobs[name] = self.add_maker(name)
        return self.blobs[name]

    def add_maker(self, name):
        if name == "ink" or self.makers[name].op_type == "Reshape":
            return self.ink()
        node = self.makers[name]
        inputs = [self.blob(each) for each in node.input if each not in self.constants]
        if node.op_type in PLAIN:
            kind, parameters = PLAIN[node.op_type]
            return self.add(kind, inputs, parameters)
        constants = [self.constants[each] for each in node.input if each in self.constants]
        attributes = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        return getattr(self, node.op_type)(inputs, *constants, **attributes)

    def add(self, *layer):
        kind, inputs, parameters, *weights = layer
        output = f"{kind}_{len(self.layers)}"
        self.layers.append(Layer(kind, inputs, [output], parameters, *weights))
        return output

    def ink(self):
        """A blob has one reader: each member of an ensemble has a copy."""
        if len(self.layers) == 1:
            self.layers.append(Layer("Split", ["ink"], [], {}))
        copies = self.layers[1].outputs
        copies.append(f"ink_{len(copies)}")
        return copies[-1]

    def maker(self, blob):
        return next(layer for layer in self.layers if blob in layer.outputs)

    def Conv(self, inputs, weights, bias, kernel_shape, strides, pads):
        sizes = {0: len(bias), 1: kernel_shape[0], 3: strides[0], 4: pads[0]}
        return self.add("Convolution", inputs, sizes | {5: 1, 6: weights.size}, [weights, bias])

    def Gemm(self, inputs, weights, bias):
        sizes = {0: len(bias), 1: 1, 2: weights.size}
        return self.add("InnerProduct", inputs, sizes, [weights.T, bias])

    def BatchNormalization(self, inputs, gamma, beta, mean, variance, epsilon):
        layer = self.maker(*inputs)
        weights, bias = layer.weights
        scale = gamma / np.sqrt(variance + epsilon)
        scaled = weights * scale.reshape(-1, *[1] * (weights.ndim - 1))
        layer.weights = [scaled, (bias - mean) * scale + beta]
        return inputs[0]

    def Relu(self, inputs):
        layer = self.maker(*inputs)
        if not layer.weights:
            return self.add("ReLU", inputs, {})
        layer.parameters[9] = RELU
        return inputs[0]

    def MaxPool(self, inputs, kernel_shape, strides, kind=MAXIMUM):
        only_whole_windows = {5: 1}
        sizes = {0: kind, 1: kernel_shape[0], 2: strides[0]}
        return self.add("Pooling", inputs, sizes | only_whole_windows)

    def AveragePool(self, inputs, kernel_shape, strides):
        return self.MaxPool(inputs, kernel_shape, strides, AVERAGE)

    def Sub(self, inputs, number):
        return self.add("BinaryOp", inputs, {0: SUBTRACT, 1: 1, 2: float(number[0])})

    def Div(self, inputs, number):
        return self.add("BinaryOp", inputs, {0: DIVIDE, 1: 1, 2: float(number[0])})

    def Slice(self, inputs, first, last, axis):
        return self.add("Crop", inputs, {9: [int(first[0])], 10: [int(last[0])], 11: [0]})

    def Mean(self, inputs):
        return self.add("Eltwise", inputs, {0: SUM, 1: [1 / len(inputs)] * len(inputs)})

    def Identity(self, inputs):
        return inputs[0]

    def text(self):
        self.layers[-1].outputs = ["probabilities"]
        blobs = sum(len(layer.outputs) for layer in self.layers)
        lines = ["7767517", f"{len(self.layers)} {blobs}"]
        for number, layer in enumerate(self.layers):
            counts = f"{len(layer.inputs)} {len(layer.outputs)}"
            parameters = [parameter(*each) for each in layer.parameters.items()]
            start = f"{layer.kind} {layer.kind}_{number} {counts}"
            lines.append(" ".join([start, *layer.inputs, *layer.outputs, *parameters]))
        return "\n".join(lines) + "\n"

    def weights(self):
        """Of each layer: a zero (what follows is f32), the weights, and the bias."""
        for layer in self.layers:
            if layer.weights:
                yield struct.pack("<I", 0)
            for values in layer.weights:
                yield np.ascontiguousarray(values, "<f4").tobytes()


def parameter(number, value):
    """`number=value`; a list has its length before it, and a number of its own."""
    if isinstance(value, list):
        return f"{-23300 - number}={','.join(map(str, [len(value), *value]))}"
    return f"{number}={value}"

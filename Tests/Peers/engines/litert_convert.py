"""Convert an exported model to LiteRT's format, by TensorFlow's own converter.

Usage: litert_convert.py MODEL.onnx MODEL.tflite f32|int8

That converter takes functions of TensorFlow, so every node of the ONNX graph becomes a call. Maps
are channels last here, as LiteRT computes them: `ink` is [batch, 28, 28, 1]. Folding a batch
normalization into a convolution, and the like, is the converter's business.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import tensorflow as tf
from onnx import helper, numpy_helper

import inputs


class Network:
    def __init__(self, graph):
        self.nodes = graph.node
        self.constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
        # The map that a dense layer's input was, until its weights are turned to match.
        self.flattened = None

    def __call__(self, ink):
        values = self.constants | {"ink": ink}
        for node in self.nodes:
            inputs = [values[name] for name in node.input]
            attributes = {
                each.name: helper.get_attribute_value(each) for each in node.attribute
            }
            if hasattr(self, node.op_type):
                operation = getattr(self, node.op_type)
            else:
                operation = PLAIN[node.op_type]
            values[node.output[0]] = operation(*inputs, **attributes)
        return values["probabilities"]

    def Conv(self, map, weights, bias, kernel_shape, strides, pads):
        # The converter knows paddings by name; the only one shipped leaves a map's size as it is.
        padding = "SAME" if any(pads) else "VALID"
        if any(pads) and (strides != [1, 1] or pads != [kernel_shape[0] // 2] * 4):
            raise ValueError(f"a convolution with pads {pads} has no name in LiteRT")
        turned = weights.transpose(2, 3, 1, 0)
        return tf.nn.bias_add(tf.nn.conv2d(map, turned, strides, padding), bias)

    def BatchNormalization(self, map, gamma, beta, mean, variance, epsilon):
        scale = gamma / np.sqrt(variance + epsilon)
        return map * scale + (beta - mean * scale)

    def MaxPool(self, map, kernel_shape, strides):
        return tf.nn.max_pool2d(map, kernel_shape, strides, "VALID")

    def AveragePool(self, map, kernel_shape, strides):
        return tf.nn.avg_pool2d(map, kernel_shape, strides, "VALID")

    def Flatten(self, map, axis=1):
        self.flattened = map.shape[1:]
        return tf.reshape(map, [-1, np.prod(map.shape[1:])])

    def Gemm(self, values, weights, bias):
        if self.flattened:
            height, width, channels = self.flattened
            rows = weights.reshape(channels, height, width, -1).transpose(1, 2, 0, 3)
            weights = rows.reshape(weights.shape)
            self.flattened = None
        return tf.matmul(values, weights) + bias

    def Reshape(self, values, shape):
        _, *rest = shape
        if len(rest) == 3:
            channels, height, width = rest
            rest = [height, width, channels]
        return tf.reshape(values, [-1, *rest])

    def TopK(self, values, count, axis, largest, sorted):
        count = int(count[0])
        if largest:
            return tf.math.top_k(values, count).values
        return -tf.math.top_k(-values, count).values

    def Slice(self, values, first, last, axis):
        return values[:, first[0] : last[0]]

    def Mean(self, *values):
        return tf.add_n(values) / len(values)


PLAIN = {
    "Add": tf.add, "Sub": tf.subtract, "Mul": tf.multiply, "Div": tf.divide, "Neg": tf.negative,
    "Max": tf.maximum, "Min": tf.minimum, "Floor": tf.floor, "Where": tf.where,
    "GreaterOrEqual": tf.greater_equal, "Clip": tf.clip_by_value, "Gather": tf.gather,
    "Relu": tf.nn.relu, "Tanh": tf.tanh, "Sigmoid": tf.sigmoid, "Softmax": tf.nn.softmax,
    "Identity": tf.identity,
    # LiteRT has no softplus of its own.
    "Softplus": lambda values: tf.math.log(tf.exp(values) + 1),
}  # fmt: skip


# What stays f32: conditioning, which is several times slower in 8 bits, and what follows the
# layers, whose logarithms would lose their meaning.
NOT_IN_8_BITS = [
    "ADD", "ADD_N", "DIV", "EXP", "FLOOR", "GATHER", "GREATER_EQUAL", "LOG", "LOGISTIC", "MAXIMUM",
    "MINIMUM", "MUL", "NEG", "RELU", "SELECT_V2", "SLICE", "SOFTMAX", "STRIDED_SLICE", "SUB",
    "TANH", "TOPK_V2",
]  # fmt: skip


def in_8_bits(converter):
    """The model with its layers in 8 bits, weights and activations.

    TensorFlow leaves operations out only where quantization is debugged, so a debugger it is.
    """
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = calibration
    quantization = tf.lite.experimental
    options = quantization.QuantizationDebugOptions(denylisted_ops=NOT_IN_8_BITS)
    debugger = quantization.QuantizationDebugger(
        converter=converter, debug_dataset=calibration, debug_options=options
    )
    return debugger.get_nondebug_quantized_model()


def calibration():
    for image in inputs.training_images():
        yield [image.reshape(1, 28, 28, 1)]


def main(source, target, precision):
    network = Network(onnx.load(source).graph)
    layers = any(node.op_type in ["Conv", "Gemm"] for node in network.nodes)
    # The batch stays free: LiteRT settles it when the input is resized.
    ink = tf.TensorSpec([None, 28, 28, 1], tf.float32, "ink")
    function = tf.function(network, [ink], autograph=False).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    eight_bits = precision == "int8" and layers
    Path(target).write_bytes(in_8_bits(converter) if eight_bits else converter.convert())


if __name__ == "__main__":
    main(*sys.argv[1:])

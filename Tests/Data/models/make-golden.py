#!/usr/bin/env python3
"""Writes the golden models of DigitModelTests beside this file: every kind of layer, with random weights, a few
images and the probabilities that an independent evaluation (Tests/Parity) gives them.

Images and probabilities travel in the metadata: "pixels" is hexadecimal bytes, "probabilities"
a JSON list. Needs numpy and safetensors.
"""

import json
import pathlib
import sys

import numpy as np
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "Parity"))
from numpy_network import evaluate  # noqa: E402

IMAGES = 3


def convolution(filters, kernel, activation="linear", stride=1, padding=0):
    return {"type": "convolution", "filters": filters, "kernel": kernel, "stride": stride,
            "padding": padding, "activation": activation}


def pooling(kind, size, stride=None):
    return {"type": "pooling", "kind": kind, "size": size, "stride": stride or size}


def dense(units, activation="linear"):
    return {"type": "dense", "units": units, "activation": activation}


def activation(name):
    return {"type": "activation", "activation": name}


def norm(epsilon=0.001):
    return {"type": "batchNormalization", "epsilon": epsilon}


FLATTEN = {"type": "flatten"}
DROPOUT = {"type": "dropout", "rate": 0.25}

NETWORKS = {
    "every-layer": ({"mean": 0.1307, "standardDeviation": 0.3081}, [
        convolution(10, 5, stride=2, padding=2), norm(), activation("relu"),
        convolution(18, 3, "relu", padding=1), pooling("maximum", 2), norm(1e-5),
        convolution(7, 3, "tanh"), pooling("maximum", 2), convolution(5, 2, "sigmoid", padding=1),
        pooling("average", 2, stride=1), DROPOUT, FLATTEN, dense(33, "tanh"), norm(),
        dense(20, "relu"), dense(10), activation("softmax")]),
    "sigmoid-end": ({}, [
        pooling("average", 3), convolution(4, 3, "relu"), pooling("maximum", 3, stride=2),
        FLATTEN, dense(17, "relu"), DROPOUT, dense(10, "sigmoid")]),
}


def make_tensors(layers, random):
    tensors = {}
    height = width = 28
    channels = 1
    for index, layer in enumerate(layers):
        def put(name, shape, scale=0.5, shift=0.0):
            values = random.standard_normal(shape) * scale + shift
            tensors[f"layers.{index}.{name}"] = values.astype(np.float32)

        kind = layer["type"]
        if kind == "convolution":
            kernel, filters = layer["kernel"], layer["filters"]
            put("weight", (kernel, kernel, channels, filters), (2 / (kernel * kernel * channels)) ** 0.5)
            put("bias", (filters,))
            height, width = ((side + 2 * layer["padding"] - kernel) // layer["stride"] + 1
                             for side in (height, width))
            channels = filters
        elif kind == "pooling":
            height, width = ((side - layer["size"]) // layer["stride"] + 1 for side in (height, width))
        elif kind == "flatten":
            height, width, channels = 1, 1, height * width * channels
        elif kind == "dense":
            put("weight", (channels, layer["units"]), (2 / channels) ** 0.5)
            put("bias", (layer["units"],))
            channels = layer["units"]
        elif kind == "batchNormalization":
            put("gamma", (channels,), 0.4, 1)
            put("beta", (channels,))
            put("mean", (channels,))
            put("variance", (channels,), 0.1, 1)
    return tensors


def main():
    for name, (scaling, layers) in NETWORKS.items():
        random = np.random.default_rng(2026)
        tensors = make_tensors(layers, random)
        pixels = np.maximum(0, random.integers(-200, 256, (IMAGES, 28, 28))).astype(np.uint8)
        architecture = {"name": name, "input": scaling, "layers": layers}
        exact = {key: value.astype(np.float64) for key, value in tensors.items()}
        probabilities = evaluate(architecture, exact, pixels / 255.0)
        save_file(tensors, HERE / f"{name}.safetensors", metadata={
            "architecture": json.dumps(architecture, ensure_ascii=False),
            "pixels": pixels.tobytes().hex(),
            "probabilities": json.dumps(probabilities.ravel().tolist()),
            "made": "by make-golden.py – “NumPy” \N{SNOWMAN} \N{GRINNING FACE}"})


if __name__ == "__main__":
    main()

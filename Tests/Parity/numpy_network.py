"""An independent evaluation of a Digits model: NumPy in float64, nothing of the product.

A model file is safetensors; its architecture is JSON in the metadata, described in
Sources/DigitModel/Model.swift and Network.swift.
"""

import json

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from safetensors import safe_open


def load(path):
    """Returns the architecture, the tensors as float64, and the metadata."""
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name).astype(np.float64) for name in file.keys()}
    return json.loads(metadata["architecture"]), tensors, metadata


def evaluate(architecture, tensors, ink):
    """ink [images, height, width] of 0…1 to probabilities [images, classes]."""
    if "stages" in architecture:
        return evaluate_stages(architecture, tensors, ink)
    if "members" in architecture:
        return mean_of(range(len(architecture["members"])), architecture, tensors, ink)
    scaling = architecture.get("input", {})
    if scaling.get("conditioning", "none") == "contrast":
        ink = with_full_contrast(ink)
    x = (ink.astype(np.float64) - scaling.get("mean", 0)) / scaling.get("standardDeviation", 1)
    x = x[..., np.newaxis]
    last = None
    for index, layer in enumerate(architecture["layers"]):
        own = {name: tensors.get(f"layers.{index}.{name}") for name in
               ("weight", "bias", "gamma", "beta", "mean", "variance")}
        x = apply(layer, own, x)
        if "activation" in layer:
            last = layer["activation"]
            x = activate(last, x)
    return x / x.sum(axis=-1, keepdims=True) if last == "sigmoid" else x


def mean_of(members, architecture, tensors, ink):
    return np.mean([
        evaluate(architecture["members"][index], members_own(tensors, index), ink)
        for index in members], axis=0)


def evaluate_stages(architecture, tensors, ink):
    """A cascade: images of which a stage is not sure are answered by the next."""
    stages = architecture["stages"]
    first = 0
    waiting = np.arange(len(ink))
    answers = None
    for stage in stages:
        members = range(first, first + stage["members"])
        first += stage["members"]
        if not len(waiting):
            break
        found = mean_of(members, architecture, tensors, ink[waiting])
        answers = found if answers is None else answers
        answers[waiting] = found
        waiting = waiting[found.max(axis=1) < stage["below"]] if "below" in stage else waiting[:0]
    return answers


def members_own(tensors, index):
    prefix = f"members.{index}."
    return {name[len(prefix):]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def with_full_contrast(ink):
    """Each image's ground to 0 and its digit to 1: see Sources/DigitModel/Conditioning.swift."""
    count, height, width = ink.shape
    levels = np.floor(np.clip(ink, 0, 1) * 255 + 0.5)
    on_frame = np.ones((height, width), dtype=bool)
    on_frame[1:-1, 1:-1] = False
    frame = np.sort(levels[:, on_frame], axis=1)
    ground = frame[:, (frame.shape[1] + 1) // 2 - 1] / 255
    pixels = np.sort(levels.reshape(count, -1), axis=1) / 255
    tail = height * width * 2 // 100
    low, high = pixels[:, tail] - ground, pixels[:, -1 - tail] - ground
    reach = np.where(high >= -low, np.maximum(high, 8 / 255), np.minimum(low, -8 / 255))
    return np.clip((ink - ground[:, None, None]) / reach[:, None, None], 0, 1)


def apply(layer, own, x):
    kind = layer["type"]
    if kind == "convolution":
        return convolve(x, own["weight"], layer.get("stride", 1), layer.get("padding", 0)) + own["bias"]
    if kind == "dense":
        return x @ own["weight"] + own["bias"]
    if kind == "batchNormalization":
        scale = own["gamma"] / np.sqrt(own["variance"] + layer["epsilon"])
        return (x - own["mean"]) * scale + own["beta"]
    if kind == "pooling":
        stride = layer.get("stride", layer["size"])
        windows = sliding_window_view(x, (layer["size"], layer["size"]), axis=(1, 2))
        windows = windows[:, ::stride, ::stride]
        return windows.max(axis=(-2, -1)) if layer["kind"] == "maximum" else windows.mean(axis=(-2, -1))
    if kind == "flatten":
        return x.reshape(len(x), -1)
    if kind in ("dropout", "activation"):
        return x
    raise ValueError(f"unknown layer {kind}")


def convolve(x, weight, stride, padding):
    """x [n, h, w, in], weight [kernel, kernel, in, out]."""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    windows = sliding_window_view(x, weight.shape[:2], axis=(1, 2))[:, ::stride, ::stride]
    return np.einsum("nyxcij,ijco->nyxo", windows, weight, optimize=True)


def activate(name, x):
    if name == "linear":
        return x
    if name == "relu":
        return np.maximum(x, 0)
    if name == "tanh":
        return np.tanh(x)
    if name == "sigmoid":
        return 1 / (1 + np.exp(-x))
    if name == "softmax":
        powers = np.exp(x - x.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)
    raise ValueError(f"unknown activation {name}")

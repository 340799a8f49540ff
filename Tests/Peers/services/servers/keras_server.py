import os

import numpy as np
from flask import Flask, Response, request
from safetensors.numpy import load_file

from keras_cnn import cnn_32_64


def weights(path):
    """The shipped weights in Keras's order: kernel and bias, layer after layer."""
    tensors = load_file(path)
    layers = sorted({int(name.split(".")[1]) for name in tensors})
    return [tensors[f"layers.{layer}.{part}"] for layer in layers for part in ("weight", "bias")]


def probabilities(ink):
    if os.environ["CALL"] == "predict":
        return network.predict(ink, verbose=0)
    return network.predict_on_batch(ink)


application = Flask(__name__)
network = cnn_32_64()
network.set_weights(weights(os.environ["MODEL"]))
# The first call compiles.
probabilities(np.zeros((1, 28, 28, 1), np.float32))


@application.post("/predict")
def predict():
    pixels = np.frombuffer(request.get_data(), np.uint8).reshape(-1, 28, 28, 1)
    answer = probabilities(pixels / np.float32(255)).tobytes()
    return Response(answer, mimetype="application/octet-stream")

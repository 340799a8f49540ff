#!/usr/bin/env python3
"""Write golden-steps.json: ten steps of training a small network, by NumPy in double precision.

flatten, dense 6 tanh, dense 10 softmax on 12 images of 4 × 3 pixels, all in every step, from
weights that are a wave. Written from the papers and not from our code.
Usage: make-golden-steps.py   (writes beside itself; needs NumPy)
"""

import json
import os

import numpy as np

IMAGES, PIXELS, HIDDEN, CLASSES, STEPS = 12, 12, 6, 10, 10
DECAYS = [True, False, True, False]  # weights, not biases


def wave(start, count):
    return (((np.arange(start, start + count) * 37) % 41) - 20) / 40


def start():
    shapes = [(PIXELS, HIDDEN), (HIDDEN,), (HIDDEN, CLASSES), (CLASSES,)]
    parameters, at = [], 0
    for shape in shapes:
        count = int(np.prod(shape))
        parameters.append(wave(at, count).reshape(shape))
        at += count
    return parameters


def data():
    pixels = (np.arange(IMAGES * PIXELS) * 53) % 256
    labels = (np.arange(IMAGES) * 7) % CLASSES
    return pixels.reshape(IMAGES, PIXELS) / 255, labels


def scores(parameters, x):
    hidden = np.tanh(x @ parameters[0] + parameters[1])
    return hidden, hidden @ parameters[2] + parameters[3]


def loss_and_gradient(parameters, x, target):
    hidden, z = scores(parameters, x)
    z = z - z.max(axis=1, keepdims=True)
    logs = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    loss = -(target * logs).sum(axis=1).mean()
    dz = (np.exp(logs) - target) / len(x)
    dh = (dz @ parameters[2].T) * (1 - hidden**2)
    return loss, [x.T @ dh, dh.sum(axis=0), hidden.T @ dz, dz.sum(axis=0)]


def adamw(rate, step, parameter, gradient, state, decays, decay=0.1):
    mean, square = state
    mean += (1 - 0.9) * (gradient - mean)
    square += (1 - 0.99) * (gradient**2 - square)
    corrected = rate * np.sqrt(1 - 0.99**step) / (1 - 0.9**step)
    parameter -= rate * decay * parameter * decays
    parameter -= corrected * mean / (np.sqrt(square) + 1e-7)


def momentum(rate, step, parameter, gradient, state, decays, decay=0.01):
    velocity = state[0]
    velocity *= 0.9
    velocity += gradient + decay * decays * parameter
    parameter -= rate * velocity


def rates(rate, warm_up):
    """Linear, then half a cosine, over the part of the steps that is done."""
    for step in range(STEPS):
        part = step / STEPS
        yield rate * (part / warm_up if part < warm_up
                      else (1 + np.cos(np.pi * (part - warm_up) / (1 - warm_up))) / 2)


def train(rule, rate, smoothing, averaging):
    x, labels = data()
    target = np.eye(CLASSES)[labels] * (1 - smoothing) + smoothing / CLASSES
    parameters = start()
    average = [p.copy() for p in parameters]
    states = [[np.zeros_like(p), np.zeros_like(p)] for p in parameters]
    losses = []
    for step, now in enumerate(rates(rate, 0.2), start=1):
        loss, gradients = loss_and_gradient(parameters, x, target)
        losses.append(loss)
        for p, g, state, decays in zip(parameters, gradients, states, DECAYS):
            rule(now, step, p, g, state, decays)
        part = 1 - min(averaging, step / (step + 10))
        for a, p in zip(average, parameters):
            a += (p - a) * part
    final, _ = loss_and_gradient(average, x, np.eye(CLASSES)[labels])
    return {"losses": losses, "lossOfAverage": final}


def main():
    golden = {
        "adamW": train(adamw, 0.05, smoothing=0.1, averaging=0.4),
        "momentum": train(momentum, 0.5, smoothing=0.1, averaging=0.4),
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden-steps.json")
    with open(path, "w") as file:
        json.dump(golden, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()

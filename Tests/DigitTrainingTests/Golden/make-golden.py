#!/usr/bin/env python3
"""Write golden.json: what the trainer's parts must give, by an independent implementation.

Pure Python in double precision, from the papers and not from our code.
Usage: make-golden.py   (writes beside itself)
"""

import json
import math
import os

MASK = (1 << 64) - 1


def splitmix64(state):
    """Steele, Lea and Flood 2014: an endless stream."""
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def xoshiro256pp(seed, count):
    """Blackman and Vigna 2021, seeded by splitmix64."""
    fill = splitmix64(seed)
    s = [next(fill) for _ in range(4)]
    rotate = lambda value, k: ((value << k) | (value >> (64 - k))) & MASK
    out = []
    for _ in range(count):
        out.append((rotate((s[0] + s[3]) & MASK, 23) + s[0]) & MASK)
        shifted = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = rotate(s[3], 45)
    return out


def adam(parameter, gradients, rate, beta1=0.9, beta2=0.999, epsilon=1e-7):
    """Kingma and Ba 2015, in the form of the paper's section 2 (epsilon beside the uncorrected
    root)."""
    mean = square = 0.0
    path = []
    for step, gradient in enumerate(gradients, start=1):
        mean = beta1 * mean + (1 - beta1) * gradient
        square = beta2 * square + (1 - beta2) * gradient**2
        corrected = rate * math.sqrt(1 - beta2**step) / (1 - beta1**step)
        parameter -= corrected * mean / (math.sqrt(square) + epsilon)
        path.append(parameter)
    return path


def adamw(parameter, gradients, rate, decay, beta1=0.9, beta2=0.999, epsilon=1e-7):
    """Loshchilov and Hutter 2019, algorithm 2: the decay beside the gradient."""
    mean = square = 0.0
    path = []
    for step, gradient in enumerate(gradients, start=1):
        mean = beta1 * mean + (1 - beta1) * gradient
        square = beta2 * square + (1 - beta2) * gradient**2
        corrected = rate * math.sqrt(1 - beta2**step) / (1 - beta1**step)
        parameter -= rate * decay * parameter
        parameter -= corrected * mean / (math.sqrt(square) + epsilon)
        path.append(parameter)
    return path


def momentum(parameter, gradients, rate, keep, decay):
    """Sutskever et al. 2013, velocities in units of the gradient, with L2."""
    velocity = 0.0
    path = []
    for gradient in gradients:
        velocity = keep * velocity + gradient + decay * parameter
        parameter -= rate * velocity
        path.append(parameter)
    return path


def convolution(image, weights, bias, stride, padding):
    """image[y][x][c], weights[ky][kx][c][f]: the sum over the window, by its definition."""
    height, width, channels = len(image), len(image[0]), len(image[0][0])
    kernel, filters = len(weights), len(bias)
    out = []
    for top in range(-padding, height + padding - kernel + 1, stride):
        for left in range(-padding, width + padding - kernel + 1, stride):
            for f in range(filters):
                total = bias[f]
                for ky in range(kernel):
                    for kx in range(kernel):
                        y, x = top + ky, left + kx
                        if 0 <= y < height and 0 <= x < width:
                            for c in range(channels):
                                total += image[y][x][c] * weights[ky][kx][c][f]
                out.append(total)
    return out


def wave(index):
    """Numbers that look arbitrary and are exact in float32."""
    return ((index * 37) % 41 - 20) / 16


def convolution_case(height, width, channels, kernel, filters, stride, padding):
    at = iter(range(10**6))
    image = [[[wave(next(at)) for _ in range(channels)] for _ in range(width)]
             for _ in range(height)]
    weights = [[[[wave(next(at)) for _ in range(filters)] for _ in range(channels)]
                for _ in range(kernel)] for _ in range(kernel)]
    bias = [wave(next(at)) for _ in range(filters)]
    return {
        "height": height, "width": width, "channels": channels, "kernel": kernel,
        "filters": filters, "stride": stride, "padding": padding,
        "output": convolution(image, weights, bias, stride, padding),
    }


def losses(scores, label):
    exponentials = [math.exp(score) for score in scores]
    sigmoids = [1 / (1 + math.exp(-score)) for score in scores]
    return {
        "scores": scores, "label": label,
        "softmax": -math.log(exponentials[label] / sum(exponentials)),
        "normalizedSigmoid": -math.log(sigmoids[label] / sum(sigmoids)),
    }


def main():
    gradients = [0.5, -0.25, 2.0, 0.0, -1e-3, 0.125]
    golden = {
        # As text: not every JSON reader keeps 64 bits.
        "xoshiro256++": {str(seed): [str(v) for v in xoshiro256pp(seed, 6)]
                         for seed in (0, 1, 2**64 - 1)},
        "adam": {"start": 0.75, "rate": 0.01, "gradients": gradients,
                 "parameters": adam(0.75, gradients, 0.01)},
        "adamW": {"start": 0.75, "rate": 0.01, "gradients": gradients,
                  "parameters": adamw(0.75, gradients, 0.01, 0.5)},
        "momentum": {"start": 0.75, "rate": 0.01, "gradients": gradients,
                     "parameters": momentum(0.75, gradients, 0.01, 0.8, 0.5)},
        "convolutions": [convolution_case(5, 6, 2, 3, 4, 1, 0), convolution_case(6, 5, 3, 3, 2, 2, 1),
                         convolution_case(7, 7, 1, 5, 3, 2, 2), convolution_case(4, 4, 2, 2, 2, 3, 1)],
        "losses": [losses([0.5, -1.25, 3.0, 0.0], label) for label in range(4)],
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.json")
    with open(path, "w") as file:
        json.dump(golden, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()

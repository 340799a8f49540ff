"""Whether a service reads the test images as digitd does."""

import numpy as np

from service import Failed

# Of images in one request.
BATCH = 64
# An answer further from ours is not one of rounding.
TOLERANCE = 1e-4


def answers(service, port):
    """Probabilities of all images [n, 10]."""
    pixels = service.files.pixels
    parts = [pixels[first : first + BATCH] for first in range(0, len(pixels), BATCH)]
    return np.concatenate([service.probabilities(port, part) for part in parts])


def check(service, expected):
    """Fails where a label is not the expected one, or a probability differs."""
    for port in service.ports:
        got = answers(service, port)
        agreeing = int((got.argmax(axis=1) == expected.argmax(axis=1)).sum())
        difference = float(np.abs(got - expected).max())
        if agreeing < len(got) or not difference <= TOLERANCE:
            raise Failed(
                f"{service} reads {agreeing} of {len(got)} images as digitd does; "
                f"probabilities differ by up to {difference:.2g}"
            )
    print(f"  {service}: {agreeing} of {len(got)} labels are digitd's", flush=True)

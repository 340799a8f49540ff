"""Arrays of any type as the pixels that the protocol carries."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

PIXELS_PER_IMAGE = 784


def pixels_of(images: npt.ArrayLike) -> np.ndarray:
    """The images as rows of 784 pixels of uint8, 0 to 255, or float32, 0 to 1.

    Floats of other sizes become float32, integers of other sizes uint8, and of booleans True is
    ink. Values that do not fit are an error: a float of 255 was meant to be divided by 255.
    """
    pixels = np.ascontiguousarray(images)
    count, rest = divmod(pixels.size, PIXELS_PER_IMAGE)
    if rest or count == 0:
        raise ValueError(f"expected a whole number of images, got {pixels.size / 784}")
    return _converted(pixels).reshape(count, PIXELS_PER_IMAGE)


def _converted(pixels: np.ndarray) -> np.ndarray:
    if pixels.dtype in (np.dtype("u1"), np.dtype("<f4")):
        return pixels  # the server judges them
    if pixels.dtype.kind == "b":
        return pixels.astype("u1") * np.uint8(255)
    if pixels.dtype.kind in "iu":
        _check(pixels, 255, "integers from 0 to 255")
        return pixels.astype("u1")
    if pixels.dtype.kind == "f":
        _check(pixels, 1, "floats from 0 to 1")
        return pixels.astype("<f4")
    raise TypeError(f"expected pixels of integers, floats or booleans, got {pixels.dtype}")


def _check(pixels: np.ndarray, most: int, expected: str) -> None:
    low, high = pixels.min(), pixels.max()
    # Written so that NaN does not pass.
    if not (low >= 0 and high <= most):
        raise ValueError(f"expected {expected}, got values from {low} to {high}")

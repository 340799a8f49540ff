"""What the tests of HTTP clients share: test images, what the binary protocol says of them, checks."""

import gzip
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Protocol" / "clients" / "python"))

from digits_client import DigitsClient  # noqa: E402

MODEL = "compact"
COUNT = 1_000
BATCH = 50


def expect(condition: object, what: str) -> None:
    if not condition:
        sys.exit(f"{pathlib.Path(sys.argv[0]).stem}: expected {what}")


def test_images() -> np.ndarray:
    """The first test images, [COUNT, 28, 28] of 0 to 255."""
    with gzip.open(ROOT / "Tests" / "Data" / "mnist" / "t10k-images-idx3-ubyte.gz") as file:
        file.seek(16)
        images = np.frombuffer(file.read(COUNT * 784), np.uint8)
    return images.reshape(COUNT, 28, 28)


def binary_answers(address: str, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels [COUNT] and probabilities [COUNT, 10] by the binary protocol."""
    client = DigitsClient(address)
    parts = [
        client.predict(images[start:start + BATCH].reshape(BATCH, 784), model=MODEL,
                       returns="probabilities")
        for start in range(0, COUNT, BATCH)]
    client.close()
    return (np.concatenate([part.labels for part in parts]),
            np.concatenate([part.probabilities for part in parts]))

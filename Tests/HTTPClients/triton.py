"""Drives a server by tritonclient, unchanged: python triton.py BINARY-ADDRESS HTTP-HOST:PORT

Labels and probabilities of 1,000 test images must be those of the binary protocol.
"""

import sys

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from fixture import BATCH, COUNT, MODEL, binary_answers, expect, test_images

SHAPES = [(28, 28), (784,), (1, 28, 28), (28, 28, 1)]


def check_metadata(client: triton.InferenceServerClient) -> None:
    expect(client.is_server_live() and client.is_server_ready(), "a server live and ready")
    expect(client.is_model_ready(MODEL) and client.is_model_ready(MODEL, "1"), "a model ready")
    expect(not client.is_model_ready("nobody"), "an unknown model not to be ready")
    expect("binary_tensor_data" in client.get_server_metadata()["extensions"], "an extension")
    metadata = client.get_model_metadata(MODEL)
    expect(metadata["inputs"][0]["shape"] == [-1, 28, 28], "images as input")
    expect([o["name"] for o in metadata["outputs"]] == ["probabilities", "label"], "two outputs")
    expect(client.get_model_config(MODEL)["max_batch_size"] >= BATCH, "batches")
    index = {model["name"]: model["state"] for model in client.get_model_repository_index()}
    expect(index[MODEL] == "READY" and len(index) > 1, "an index of models")


def image_input(images: np.ndarray, binary: bool) -> triton.InferInput:
    datatype = "UINT8" if images.dtype == np.uint8 else "FP32"
    tensor = triton.InferInput("image", list(images.shape), datatype)
    return tensor.set_data_from_numpy(images, binary_data=binary)


def answers(
    client: triton.InferenceServerClient, images: np.ndarray, binary: bool, floats: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities, in the shapes that are allowed in turn."""
    outputs = [triton.InferRequestedOutput(name, binary_data=binary)
               for name in ("label", "probabilities")]
    labels, probabilities = [], []
    for number, start in enumerate(range(0, COUNT, BATCH)):
        part = images[start:start + BATCH].reshape((BATCH, *SHAPES[number % len(SHAPES)]))
        if floats:
            part = part.astype(np.float32) / np.float32(255)
        result = client.infer(
            MODEL, [image_input(part, binary)], outputs=outputs, request_id=f"part {number}")
        expect(result.get_response()["id"] == f"part {number}", "the request's id")
        labels.append(result.as_numpy("label"))
        probabilities.append(result.as_numpy("probabilities"))
    return np.concatenate(labels), np.concatenate(probabilities)


def check_answers(client: triton.InferenceServerClient, address: str) -> None:
    images = test_images()
    labels, probabilities = binary_answers(address, images)
    for binary in (False, True):
        for floats in (False, True):
            got, values = answers(client, images, binary, floats)
            form = f"{'FP32' if floats else 'UINT8'} {'as bytes' if binary else 'in JSON'}"
            expect((got == labels).all(), f"the binary protocol's labels for {form}")
            expect(floats or (values == probabilities).all(), f"the same bits for {form}")
            expect(np.allclose(values, probabilities, atol=1e-4), f"probabilities for {form}")


def check_forms(client: triton.InferenceServerClient) -> None:
    image = test_images()[:1]
    plain = client.infer(MODEL, [image_input(image, True)])
    label = plain.as_numpy("label")
    expect(label.shape == (1,) and label.dtype == np.int64, "all outputs where none is named")
    output = triton.InferRequestedOutput("probabilities", class_count=3)
    classes = client.infer(MODEL, [image_input(image, True)], outputs=[output])
    value, index, name = classes.as_numpy("probabilities")[0][0].decode().split(":")
    expect(int(index) == label[0] and name == str(label[0]), "the most probable class first")
    expect(np.float32(value) == plain.as_numpy("probabilities").max(), "its probability")
    pending = [client.async_infer(MODEL, [image_input(image, True)]) for _ in range(16)]
    expect(all(p.get_result().as_numpy("label") == label for p in pending), "sixteen at once")


def check_errors(client: triton.InferenceServerClient) -> None:
    image = test_images()[:1]
    nan = np.full((1, 784), np.nan, np.float32)
    probabilities = triton.InferRequestedOutput("logits")
    for status, what, ask in [
        ("404", "an unknown model", lambda: client.infer("nobody", [image_input(image, True)])),
        ("404", "an unknown version",
         lambda: client.infer(MODEL, [image_input(image, True)], model_version="9")),
        ("400", "another shape", lambda: client.infer(MODEL, [image_input(image[:, 1:], True)])),
        ("400", "NaN", lambda: client.infer(MODEL, [image_input(nan, True)])),
        ("400", "an unknown output",
         lambda: client.infer(MODEL, [image_input(image, True)], outputs=[probabilities])),
        ("413", "too many images",
         lambda: client.infer(MODEL, [image_input(np.zeros((100_000, 28, 28), np.uint8)[:2_000],
                                                  True)])),
        ("404", "a model's metadata", lambda: client.get_model_metadata("nobody")),
    ]:
        try:
            ask()
        except InferenceServerException as error:
            expect(error.status() == status, f"{status} for {what}, got {error}")
            expect("expected" in error.message(), f"words for {what}, got {error}")
        else:
            sys.exit(f"triton: expected an exception for {what}")


def check_statistics(client: triton.InferenceServerClient) -> None:
    def images_done() -> int:
        statistics = client.get_inference_statistics(MODEL)["model_stats"][0]
        return statistics["inference_count"]

    before = images_done()
    client.infer(MODEL, [image_input(test_images()[:7], True)])
    expect(images_done() == before + 7, "seven images more in the statistics")


if __name__ == "__main__":
    client = triton.InferenceServerClient(sys.argv[2], concurrency=4)
    check_metadata(client)
    check_answers(client, sys.argv[1])
    check_forms(client)
    check_errors(client)
    check_statistics(client)
    print(f"triton: {COUNT} test images read as by the binary protocol, four ways")

"""Drives a server by KServe's InferenceRESTClient: python kserve_rest.py BINARY-ADDRESS HTTP-HOST:PORT

Labels of 1,000 test images must be those of the binary protocol, by both of KServe's protocols.
"""

import asyncio
import sys

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

from fixture import BATCH, COUNT, MODEL, binary_answers, expect, test_images


async def check_second(url: str, images: np.ndarray, labels: np.ndarray) -> None:
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    expect(await client.is_server_live(url) and await client.is_server_ready(url), "a server ready")
    expect(await client.is_model_ready(url, MODEL), "a model ready")
    for binary in (False, True):
        got = []
        for start in range(0, COUNT, BATCH):
            part = images[start:start + BATCH]
            tensor = InferInput("image", list(part.shape), "UINT8")
            tensor.set_data_from_numpy(part, binary_data=binary)
            answer = await client.infer(url, InferRequest(MODEL, [tensor]), model_name=MODEL)
            outputs = {output.name: output for output in answer.outputs}
            got.append(outputs["label"].as_numpy())
        expect((np.concatenate(got) == labels).all(), "the binary protocol's labels by v2")
    await client.close()


async def check_first(url: str, images: np.ndarray, labels: np.ndarray) -> None:
    client = InferenceRESTClient(RESTConfig(protocol="v1"))
    expect(await client.is_model_ready(url, MODEL), "a model ready")
    got = []
    for start in range(0, COUNT, BATCH):
        part = images[start:start + BATCH] / 255
        answer = await client.infer(url, {"instances": part.tolist()}, model_name=MODEL)
        got.append(np.argmax(answer["predictions"], axis=1))
    expect((np.concatenate(got) == labels).all(), "the binary protocol's labels by v1")
    await client.close()


if __name__ == "__main__":
    images = test_images()
    labels, _ = binary_answers(sys.argv[1], images)
    url = f"http://{sys.argv[2]}"
    asyncio.run(check_second(url, images, labels))
    asyncio.run(check_first(url, images, labels))
    print(f"kserve: {COUNT} test images read as by the binary protocol, by v1 and v2")

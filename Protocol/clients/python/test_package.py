"""Tests the package beyond one connection: python test_package.py IMAGES LABELS ADDRESS [ADDRESS…]

Types of arrays, large arrays, asyncio, and several servers. IMAGES and LABELS are gzipped IDX files
with the 10,000 MNIST test images; the first server runs, and others may be any that do not.
"""

import asyncio
import gzip
import socket
import sys

import numpy as np

from digits_client import (
    AsyncDigitsClient, AsyncDigitsPool, ConnectionEnded, DigitsClient, DigitsPool, ServerError)
from digits_client.pixels import pixels_of
from digits_client.names import Names, is_name, machines
from digits_client.pool import Attempts, is_final


def read_idx(path: str, header: int) -> np.ndarray:
    with gzip.open(path) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def expect(condition: object, what: str) -> None:
    if not condition:
        sys.exit(f"python package: expected {what}")


def refused(images: object, kind: type, part: str) -> None:
    try:
        pixels_of(images)
    except kind as error:
        expect(part in str(error), f"'{part}', got {error}")
    else:
        sys.exit(f"python package: expected {kind.__name__} of {part}")


def check_types(images: np.ndarray) -> None:
    for kind in (np.int8, np.uint16, np.int32, np.int64, ">i2", np.uint64):
        given = np.minimum(images[:3], 127).astype(kind)
        expect((pixels_of(given) == np.minimum(images[:3], 127)).all(), f"{kind} as uint8")
    scaled = images[:3] / 255
    for kind in (np.float16, np.float64, np.longdouble, ">f4", ">f8"):
        made = pixels_of(scaled.astype(kind))
        expect(made.dtype == np.dtype("<f4"), f"{kind} as float32")
        expect(np.allclose(made, scaled, atol=1e-3), f"the values of {kind}")
    expect((pixels_of(images[0] > 127) == (images[0] > 127) * 255).all(), "ink where True is")
    expect(pixels_of(images[:4].reshape(2, 2, 28, 28)[:, :, ::-1]).shape == (4, 784), "any shape")
    refused(np.zeros(783), ValueError, "a whole number of images, got 0.998")
    refused(np.zeros((0, 784)), ValueError, "a whole number of images, got 0.0")
    refused(images[:1].astype(float), ValueError, "floats from 0 to 1, got values from 0.0 to 2")
    refused(images[:1].astype(int) - 1, ValueError, "integers from 0 to 255, got values from -1")
    refused(np.full(784, np.nan), ValueError, "floats from 0 to 1, got values from nan")
    refused(np.zeros(784, complex), TypeError, "got complex128")


def check_attempts() -> None:
    attempts = Attempts(["a", "b"])
    expect([attempts.choose(0)[0] for _ in range(3)] == ["a", "b", "a"], "servers in turn")
    attempts.failed("b", ConnectionError(), 0)
    expect(attempts.choose(0) == ("a", 0), "the other where one has failed")
    attempts.failed("a", ConnectionError(), 0.01)
    expect(attempts.choose(0.02)[0] == "b", "the first that is back")
    attempts.failed("b", ConnectionError(), 0.07)
    expect(attempts.choose(0.07) == ("a", 0), "no wait for a server that is back")
    attempts.failed("a", ConnectionError(), 0.07)
    expect(abs(attempts.choose(0.07)[1] - 0.1) < 1e-9, "a pause that doubles")
    refusal = ServerError(bytes([24, 0, 1, 0, 0, 0]) + bytes(10), b"")
    expect(is_final(refusal), "a refusal for good to be final")
    busy = ServerError(bytes([20, 0, 2, 1, 0, 0, 0, 0, 232, 3, 0, 0, 0, 0, 0, 0]), b"")
    expect(not is_final(busy) and busy.retry_after_seconds == 1, "BUSY to be tried again")
    attempts.failed("b", busy, 1)
    attempts.failed("a", busy, 1)
    expect(attempts.choose(1)[1] == 1, "the pause that a server asks for")
    attempts.replace(["b", "c"])
    expect(attempts.choose(1)[0] == "c", "one that has come, while the other is left alone")
    attempts.failed("a", busy, 1)
    expect(attempts.choose(3)[0] == "b", "no trouble with one that is gone")


def check_names() -> None:
    expect([is_name(one) for one in ("a:1", "10.0.0.1:1", "[::1]:1", "unix:/a", "10:1")]
           == [True, False, False, False, True], "names to be told from numbers")
    expect(machines("a:1", ["::1", "1.1.1.1", "1.1.1.2", "1.1.1.1"]) == ["1.1.1.1:1", "1.1.1.2:1"],
           "each machine once")
    expect(machines("a:1", ["::1", "::2", "1.1.1.1"]) == ["[::1]:1", "[::2]:1"], "or by IPv6")
    expect(machines("a:1", ["::1", "1.1.1.1"]) == ["a:1"], "one machine of both families")
    expect(machines("a:1", ["1.1.1.1"]) == ["1.1.1.1:1"], "one machine of one family")
    names = Names(["a:1", "1.1.1.1:1"], 10)
    expect(names.servers == ["1.1.1.1:1"], "numbers at once")
    expect(names.due(0) == ["a:1"] and names.due(0) == [], "one lookup at a time")
    names.found("a:1", ["1.1.1.2:1", "1.1.1.1:1"], 1)
    expect(names.servers == ["1.1.1.2:1", "1.1.1.1:1"], "each server once")
    expect(names.host_of("1.1.1.2:1") == "a", "the name for a certificate")
    expect(names.due(10.9) == [] and names.due(11) == ["a:1"], "a lookup after the interval")
    names.found("a:1", ["1.1.1.3:1"], 11)
    expect(names.servers == ["1.1.1.3:1", "1.1.1.1:1"], "servers that come and go")
    names.failed("1.1.1.3:1", 11.5)
    expect(names.due(11.9) == [] and names.due(12) == ["a:1"], "a lookup after a failure")
    names.found("a:1", [], 12)
    expect(names.servers == ["1.1.1.3:1", "1.1.1.1:1"], "what was known after a lookup that failed")
    expect(names.due(13) == ["a:1"], "another lookup soon")
    unknown = Names(["a:1"], 10)
    unknown.found("a:1", [], 0)
    expect(unknown.servers == ["a:1"], "the name itself where nothing is known")


def check_large(address: str, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    with DigitsClient(address) as client:
        answer = client.predict(images / 255, returns="probabilities")
    accuracy = (answer.labels == labels).mean()
    expect(answer.probabilities.shape == (10_000, 10) and accuracy > 0.98, f"got {accuracy}")
    print(f"python package: float64, 10,000 images in one call: {accuracy:.4f}")
    return answer.labels


async def check_asyncio(addresses: list, images: np.ndarray, found: np.ndarray) -> None:
    async with AsyncDigitsClient(addresses[0]) as client:
        await client.ping(b"are you there?")
        expect(await client.health(ready=True), "a server that is ready")
        expect(await client.metadata() == client.models, "the models of WELCOME")
        expect((await client.stats())["requests_received"] > 0, "requests among the figures")
        answer = await client.predict(images / 255)
        expect((answer.labels == found).all(), "asyncio to find what sync does")
        many = await asyncio.gather(*(client.predict(images[n]) for n in range(100)))
        expect([int(one.labels[0]) for one in many] == list(found[:100]), "each its own answer")
        try:
            await client.predict(images[:1], version=77)
            expect(False, "no version 77")
        except ServerError as error:
            expect(not error.retryable, f"a refusal for good, got {error}")
        slow = asyncio.ensure_future(client.predict(images[:64]))
        await asyncio.sleep(0)
        slow.cancel()
        expect(len((await client.predict(images[:1])).labels) == 1, "an answer after a cancelled one")
    async with AsyncDigitsClient(addresses[0], model_statistics=True) as client:
        names = {one.name for one in await client.model_statistics()}
        expect(names >= {model.name for model in client.models if ":" not in model.name},
               f"statistics of each model, got {names}")
    async with AsyncDigitsPool(addresses) as pool:
        tasks = [pool.predict(images[100 * n : 100 * n + 100]) for n in range(100)]
        answers = await asyncio.gather(*tasks)
        expect((np.concatenate([one.labels for one in answers]) == found).all(), "all of a pool's")
    named = named_as_localhost(addresses)
    async with AsyncDigitsPool(named, look_up_interval=0.001) as pool:
        for _ in range(20):
            answers = await asyncio.gather(*(pool.predict(images[:9]) for _ in range(8)))
            expect(all((one.labels == found[:9]).all() for one in answers), "answers of names")
    pool = AsyncDigitsPool(["localhost:1"])
    waiting = asyncio.ensure_future(pool.predict(images[:1]))
    await asyncio.sleep(0)
    await pool.close()
    try:
        await waiting
        raise AssertionError("expected ConnectionEnded of a pool that was closed, got an answer")
    except ConnectionEnded:
        pass


def named_as_localhost(addresses: list) -> list:
    return ["localhost:" + one.rpartition(":")[2] for one in addresses if one[0].isdigit()]


def main() -> None:
    image_file, label_file, *addresses = sys.argv[1:]
    images, labels = read_idx(image_file, 16).reshape(-1, 784), read_idx(label_file, 8)
    check_types(images)
    check_attempts()
    check_names()
    found = check_large(addresses[0], images, labels)
    # A port where nobody listens goes first: the pool asks the server that is there.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gone = "127.0.0.1:%d" % listener.getsockname()[1]
    with DigitsPool([gone, *addresses]) as pool:
        for _ in range(4):
            expect((pool.predict(images[:9]).labels == found[:9]).all(), "answers of a pool")
    named = named_as_localhost(addresses)
    with DigitsPool(named, look_up_interval=0.001) as pool:
        for _ in range(20):
            expect((pool.predict(images[:9]).labels == found[:9]).all(), "answers of names")
    asyncio.run(check_asyncio([*addresses, gone], images, found))
    try:
        DigitsPool([gone], timeout=0.2).predict(images[:1])
        expect(False, "no answer where nobody listens")
    except ConnectionRefusedError:
        pass
    print("python package: sync, asyncio, and pools over a server that is gone: OK")


if __name__ == "__main__":
    main()

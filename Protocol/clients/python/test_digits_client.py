"""Tests the client against a server that runs: python test_digits_client.py ADDRESS IMAGES LABELS [CA]

IMAGES and LABELS are gzipped IDX files with the 10,000 MNIST test images; CA is the certificate of
the authority of a server that speaks TLS.
"""

import gzip
import socket
import ssl
import sys
import threading
import time

import numpy as np

from digits_client import DigitsClient, ModelStatistics, ProtocolViolation, ServerError
from digits_client.wire import PONG


def read_idx(path: str, header: int) -> np.ndarray:
    with gzip.open(path) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def expect(condition: object, what: str) -> None:
    if not condition:
        sys.exit(f"python client: expected {what}")


def check_control(client: DigitsClient) -> None:
    client.ping(b"are you there?")
    expect(client.health() and client.health(ready=True), "a server that is live and ready")
    expect(client.metadata() == client.models, "the models of WELCOME in METADATA_REPLY")
    expect(sum(model.is_default for model in client.models) == 1, "one default model")
    expect(all(len(model.labels) == 10 for model in client.models), "ten labels a model")
    expect(client.stats()["requests_received"] >= 0, "requests_received among the figures")


def check_model_statistics(client: DigitsClient, images: np.ndarray) -> None:
    model = client.models[0]

    def read() -> ModelStatistics:
        return next(one for one in client.model_statistics()
                    if (one.name, one.version) == (model.name, model.version))

    before = read()
    for _ in range(3):
        client.predict(images[:2], model=model.name, version=model.version)
    after = read()
    for name, rise in (("requests_answered", 3), ("images", 6)):
        risen = after.figures[name] - before.figures[name]
        expect(risen == rise, f"{name} of {model.name} to rise by {rise}, got {risen}")
    for name, histogram in after.histograms.items():
        counted = sum(count for _, count in histogram.buckets)
        answered = after.figures["batches" if name == "batch_images" else "requests_answered"]
        expect(counted == answered, f"{answered} values in {name}, got {counted}")


def check_reload(client: DigitsClient, may: bool) -> None:
    try:
        reload = client.reload()
        expect(may and reload.outcome == "unchanged", f"nothing new, got {reload}")
        expect((reload.loaded, reload.removed, reload.refused) == (0, 0, 0), f"none, got {reload}")
    except ServerError as error:
        expect(not may and error.code == 29, f"PERMISSION_DENIED for a stranger, got {error}")
    expect(all(model.problem is None for model in client.metadata()), "no model with a problem")


def check_predictions(client: DigitsClient, images: np.ndarray) -> None:
    top = client.predict(images[:100])
    full = client.predict(images[:100], returns="probabilities", deadline=60)
    expect((top.labels == full.labels).all(), "the same labels for both kinds of answer")
    expect(full.probabilities.shape == (100, 10), "ten probabilities an image")
    expect(np.allclose(full.probabilities.sum(axis=1), 1, atol=1e-5), "a sum of 1")
    expect((top.probabilities == full.probabilities.max(axis=1)).all(), "the highest as top-1")
    floats = client.predict(images[:100].astype("<f4") / np.float32(255), returns="probabilities")
    expect(np.allclose(floats.probabilities, full.probabilities, atol=1e-5), "f32 as u8")


def check_precisions(client: DigitsClient, images: np.ndarray) -> None:
    for model in client.models:
        expect(model.precision in ("f32", "bf16", "int8"), f"a precision of {model.name}")
        answer = client.predict(images[:1], model=model.name)
        expect(answer.precision == model.precision, f"an answer in {model.name}'s precision")


def check_refusals(client: DigitsClient, images: np.ndarray) -> None:
    wrong = images[:3].astype("<f4") / np.float32(255)
    wrong[2, 5] = np.nan
    try:
        client.predict(wrong)
        expect(False, "NaN to be refused")
    except ServerError as error:
        expect(error.code == 24 and error.image == 2, f"BAD_PIXEL in image 2, got {error}")
        expect(not error.closes and error.processed == "no", "a refusal that costs one request")
    expect(len(client.predict(images[:1]).labels) == 1, "an answer after the refusal")


def check_accuracy(client: DigitsClient, images: np.ndarray, labels: np.ndarray) -> None:
    for model in client.models:
        batches = np.array_split(images, 157)
        answers = client.predict_many(batches, in_flight=8, model=model.name)
        found = np.concatenate([answer.labels for answer in answers])
        accuracy = (found == labels).mean()
        expect(len(found) == 10_000 and accuracy > 0.98, f"over 0.98, got {accuracy}")
        print(f"python client: {model.name}: {accuracy:.4f} of 10,000 images")


def check_time_out() -> None:
    """The time-out is for the whole answer, not for each read."""
    listener = socket.create_server(("127.0.0.1", 0))

    def trickle() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.sendall((1 << 20).to_bytes(4, "little") + b"\x81\xd1" + bytes(26))
            try:
                for _ in range(3000):
                    time.sleep(0.01)
                    peer.sendall(b"\0")
            except OSError:
                pass

    threading.Thread(target=trickle, daemon=True).start()
    try:
        DigitsClient("127.0.0.1:%d" % listener.getsockname()[1], timeout=0.2)
        expect(False, "no WELCOME")
    except TimeoutError as error:
        expect("within 0.2 s" in str(error), f"the time-out in the message, got {error}")


def check_echo(address: str) -> None:
    """A PONG that does not carry what PING did is no answer."""
    listener = socket.create_server(("127.0.0.1", 0))
    host, port = address.rsplit(":", 1)

    def pass_on(source: socket.socket, target: socket.socket) -> None:
        while data := source.recv(1 << 16):
            target.sendall(data)

    def lie() -> None:
        peer, _ = listener.accept()
        with peer, socket.create_connection((host, int(port))) as server:
            threading.Thread(target=pass_on, args=(peer, server), daemon=True).start()
            with server.makefile("rb") as frames:
                while header := frames.read(32):
                    payload = frames.read(int.from_bytes(header[:4], "little"))
                    if header[4] == PONG:
                        payload = payload[::-1]
                    peer.sendall(header + payload)

    threading.Thread(target=lie, daemon=True).start()
    with DigitsClient("127.0.0.1:%d" % listener.getsockname()[1]) as client:
        try:
            client.ping(b"truth")
            expect(False, "no PONG that lies")
        except ProtocolViolation as error:
            expect("b'truth', got b'hturt'" in str(error), f"both in the message, got {error}")


def check_distrust(address: str, authority: str) -> None:
    """A server of an unknown authority, or with another name, gets no request."""
    cases = [
        (ssl.create_default_context(), None, "certificate verify failed"),
        (ssl.create_default_context(cafile=authority), "other.example", "Hostname mismatch"),
    ]
    for context, name, reason in cases:
        try:
            DigitsClient(address, tls=context, server_name=name)
            expect(False, "no connection")
        except ssl.SSLCertVerificationError as error:
            expect(reason in str(error), f"'{reason}', got {error}")
    try:
        DigitsClient(address)
        expect(False, "no WELCOME")
    except ServerError as error:
        expect("expected TLS" in error.message, f"a word about TLS, got {error}")


def main() -> None:
    address, image_file, label_file, *authorities = sys.argv[1:]
    images = read_idx(image_file, 16).reshape(-1, 784)
    check_time_out()
    if authorities:
        check_distrust(address, authorities[0])
    elif not address.startswith("unix:"):
        check_echo(address)
    tls = ssl.create_default_context(cafile=authorities[0]) if authorities else None
    with DigitsClient(address, tls=tls) as client:
        check_control(client)
        check_reload(client, may=address.startswith("unix:"))
        check_predictions(client, images)
        check_precisions(client, images)
        check_refusals(client, images)
        expect(client.model_statistics() == [], "no statistics of models unasked")
        check_accuracy(client, images, read_idx(label_file, 8))
    with DigitsClient(address, tls=tls, model_statistics=True) as client:
        check_model_statistics(client, images)


if __name__ == "__main__":
    main()

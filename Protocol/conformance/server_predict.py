"""PREDICT, RESULT and CANCEL."""

import random
import struct

from . import codec
from .connection import frames
from .rules import RuleBook, Skipped, expect

RULES = RuleBook()
rule = RULES.rule


def pictures(count):
    """Pictures of u8, each with strokes of its own; the same in every run."""
    chance, made = random.Random(2), []
    for _ in range(count):
        picture = bytearray(784)
        for _ in range(4):
            row, column = chance.randint(4, 20), chance.randint(4, 20)
            for step in range(7):
                picture[28 * (row + step) + column + step * chance.choice((0, 1))] = 255
        made.append(bytes(picture))
    return made


def as_floats(picture):
    return struct.pack("<784f", *(value / 255 for value in picture))


def predict(connection, payload, count=1, **more):
    """The RESULT's parameters and its answers."""
    connection.send(frames.predict(payload, count, id=77, **more))
    frame = connection.answer("RESULT", 77)
    fields = frame.fields
    asked = codec.ENUMS["return_kind"][more.get("returns", "top1")]
    expect(fields["count"] == count, f"count {count}", fields["count"])
    expect(fields["return_kind"] == asked, f"return kind {asked}", fields["return_kind"])
    return fields, codec.answers(frame)


def pixel_types(model):
    return [name for name, bit in codec.PROTOCOL["bit_sets"]["pixel_types"].items()
            if model["pixel_types"] & bit]


def payload_of(kind, chosen):
    return b"".join(chosen if kind == "u8" else map(as_floats, chosen))


@rule("4.2", "RESULT: count, kind, precision and version are those of request and model")
def result_fields(server):
    chosen = pictures(2)
    with server.connect() as connection:
        for model in connection.welcome["models"]:
            for kind in pixel_types(model):
                for returns in ("top1", "probabilities"):
                    fields, found = predict(
                        connection, payload_of(kind, chosen), 2, pixels=kind, returns=returns,
                        model=model["handle"])
                    precision = fields["precision"]
                    expect(precision == model["precision"], f"{model['precision']}", precision)
                    got = fields["version"]
                    expect(got == model["default_version"], model["default_version"], got)
                    if returns == "probabilities":
                        expect(len(found[0]) == model["classes"], model["classes"], len(found[0]))


@rule("4.2", "probabilities sum to 1; the top-1 class is the highest, the lowest of equals")
def probabilities(server):
    chosen = pictures(8)
    with server.connect() as connection:
        for model in connection.welcome["models"]:
            kind = pixel_types(model)[0]
            payload = payload_of(kind, chosen)
            _, rows = predict(connection, payload, 8, pixels=kind, returns="probabilities",
                              model=model["handle"])
            _, tops = predict(connection, payload, 8, pixels=kind, model=model["handle"])
            for row, (label, probability) in zip(rows, tops):
                expect(abs(sum(row) - 1) < 1e-3, "a sum of 1", sum(row))
                best = row.index(max(row))
                expect((label, probability) == (best, row[best]), (best, row[best]),
                       (label, probability))


@rule("4.2", "a result does not depend on what is computed beside it, and images keep their order")
def alone_or_together(server):
    count = min(16, server.welcome["images_max"])
    chosen = pictures(count)
    with server.connect() as connection:
        alone = [predict(connection, picture, returns="probabilities")[1][0]
                 for picture in chosen]
        _, together = predict(connection, b"".join(chosen), count, returns="probabilities")
        expect(together == alone, f"{alone[0][:3]}… for each alone", f"{together[0][:3]}…")
        connection.send(*(frames.predict(picture, returns="probabilities", id=number)
                          for number, picture in enumerate(chosen, 1)))
        for _ in chosen:
            frame = connection.next(awaited=f"{count} RESULTs")
            if frame and frame.name == "ERROR" and frame.fields["class"] == 3:
                continue
            expect(frame and frame.name == "RESULT", "RESULT", frame)
            got = codec.answers(frame)[0]
            expect(got == alone[frame.id - 1], f"{alone[frame.id - 1][:3]}…", f"{got[:3]}…")


@rule("4.2", "handle 0 is the default model; a version that is listed may be asked for")
def versions(server):
    picture = pictures(1)[0]
    with server.connect() as connection:
        for model in connection.welcome["models"]:
            kind = pixel_types(model)[0]
            for version in model["versions"]:
                fields, found = predict(
                    connection, payload_of(kind, [picture]), pixels=kind, model=model["handle"],
                    version=version)
                expect(fields["version"] == version, f"version {version}", fields["version"])
            if model["properties"] & 1:
                named = predict(connection, payload_of(kind, [picture]), pixels=kind,
                                model=model["handle"])[1]
                plain = predict(connection, payload_of(kind, [picture]), pixels=kind)[1]
                expect(named == plain, named, plain)


@rule("4.2", "−0, the smallest number and 1 are pixels; raw and ignorable flags are accepted")
def edges(server):
    model = next((m for m in server.models if m["properties"] & 1 and m["pixel_types"] & 2), None)
    if model is None:
        raise Skipped("needs a default model that takes f32")
    with server.connect() as connection:
        pixels = struct.pack("<I", 0x80000000) + struct.pack("<If", 1, 1.0)
        predict(connection, (pixels * 262)[:3136], pixels="f32", flags=0x01FF)


@rule("4.2", "as many images as WELCOME allows are answered; one more is refused")
def most_images(server):
    most = server.welcome["images_max"]
    size = server.welcome["payload_bytes_max"]
    with server.connect() as connection:
        if most * 784 <= size:
            predict(connection, bytes(784) * most, most)
        if most < 0xFFFF:
            connection.send(frames.predict(b"", most + 1, id=5))
            connection.error("TOO_MANY_IMAGES", 5)
        connection.still_serves()


@rule("4.2", "handles that the connection does not have, and 0xFFFF, are refused")
def unknown_handles(server):
    handles = {server.unknown_handle, 0xFFFF}
    if 0xFFFE not in [model["handle"] for model in server.models]:
        handles.add(0xFFFE)
    with server.connect() as connection:
        for handle in handles:
            connection.send(frames.predict(model=handle, id=5))
            connection.error("UNKNOWN_MODEL", 5)
        connection.still_serves()


@rule("4.2", "a deadline of 1 µs is answered by RESULT or DEADLINE_EXCEEDED, a long one by RESULT")
def deadlines(server):
    with server.connect() as connection:
        for _ in range(20):
            connection.send(frames.predict(deadline=1, id=6))
            frame = connection.next(awaited="an answer")
            is_answer = frame and frame.id == 6 and (
                frame.name == "RESULT" or frame.name == "ERROR"
                and frame.fields["code"] == codec.CODES["DEADLINE_EXCEEDED"]["code"])
            expect(is_answer, "RESULT or DEADLINE_EXCEEDED", frame)
        connection.send(frames.predict(deadline=0xFFFF_FFFF, id=7))
        connection.answer("RESULT", 7)


@rule("4.3", "CANCEL has no answer; the request has one: RESULT or CANCELLED")
def cancel(server):
    count = min(64, server.welcome["images_max"])
    with server.connect() as connection:
        for turn in range(20):
            connection.send(frames.predict(count=count, id=8), frames.frame("CANCEL", id=8))
            frame = connection.next(awaited="an answer")
            is_answer = frame and frame.id == 8 and (
                frame.name == "RESULT" or frame.name == "ERROR"
                and frame.fields["code"] == codec.CODES["CANCELLED"]["code"])
            expect(is_answer, "RESULT or CANCELLED", frame)
            connection.still_serves()


@rule("4.3", "CANCEL of an id that is not in use is ignored")
def cancel_unknown(server):
    with server.connect() as connection:
        connection.send(*(frames.frame("CANCEL", id=n) for n in (1, 2, 0xFFFF_FFFF_FFFF_FFFF)))
        connection.still_serves()


@rule("5", "TOO_MANY_IN_FLIGHT: requests over the limit are refused, the others answered")
def too_many_in_flight(server):
    limit = server.welcome["requests_in_flight_max"]
    if limit > 4_096:
        raise Skipped(f"the server announces {limit} requests in flight")
    count, refused = min(8, server.welcome["images_max"]), 0
    total = 2 * limit + 64
    with server.connect() as connection:
        connection.socket.settimeout(5)
        connection.send(*(frames.predict(count=count, id=n) for n in range(1, total + 1)))
        waiting = set(range(1, total + 1))
        while waiting:
            frame = connection.next(awaited=f"{len(waiting)} answers")
            expect(frame and frame.id in waiting, "an answer to each request", frame)
            waiting.discard(frame.id)
            if frame.name == "ERROR":
                expect(frame.fields["class"] == 3, "an ERROR of overload", frame)
                refused += frame.fields["code"] == codec.CODES["TOO_MANY_IN_FLIGHT"]["code"]
        connection.still_serves()
    if not refused:
        raise Skipped(f"{total} requests in one write were answered as fast as they came")


@rule("5", "overload: each request of a flood over several connections is answered exactly once")
def flood(server):
    count = min(64, server.welcome["images_max"])
    connections = [server.connect() for _ in range(8)]
    try:
        for connection in connections:
            connection.send(*(frames.predict(count=count, id=n) for n in range(1, 65)))
        for connection in connections:
            waiting = set(range(1, 65))
            while waiting:
                frame = connection.next(30, f"{len(waiting)} answers")
                is_answer = frame and frame.id in waiting and (
                    frame.name == "RESULT" or frame.name == "ERROR" and frame.fields["class"] == 3)
                expect(is_answer, "RESULT or an ERROR of overload", frame)
                waiting.discard(frame.id)
            connection.still_serves()
    finally:
        for connection in connections:
            connection.socket.close()


@rule("5", "an f32 pixel outside 0…1 is refused, naming the first image that has one")
def bad_pixels(server):
    model = next((m for m in server.models if m["properties"] & 1 and m["pixel_types"] & 2), None)
    if model is None or server.welcome["images_max"] < 3:
        raise Skipped("needs a default model that takes f32, and three images in a request")
    good = struct.pack("<784f", *[0.5] * 784)
    with server.connect() as connection:
        for bits in (0x7FC00000, 0x7F800000, 0xFF800000, 0x3F800001, 0x80000001):
            bad = good[:-4] + struct.pack("<I", bits)
            connection.send(frames.predict(good + bad + bad, 3, "f32", id=4))
            error = connection.error("BAD_PIXEL", 4)
            expect(error.fields["image"] == 1, "image 1", error.fields["image"])
        connection.still_serves()

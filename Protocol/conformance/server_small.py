"""Framing, ids, types, and the messages without images."""

import contextlib
import random
import re

from . import codec
from .connection import PATIENCE, frames
from .rules import RuleBook, Skipped, expect

RULES = RuleBook()
rule = RULES.rule
U64 = 0xFFFF_FFFF_FFFF_FFFF


@rule("2", "frames that come byte by byte are read as in one write")
def byte_by_byte(server):
    data = frames.hello(token=server.token) + frames.frame("PING", b"bytes", id=9)
    with server.open() as connection:
        for byte in data:
            connection.send(bytes([byte]))
        connection.answer("WELCOME")
        pong = connection.answer("PONG", 9)
        expect(pong.payload == b"bytes", "the payload b'bytes'", pong.payload)


@rule("2", "many frames in one write, cut at odd places, are answered in full")
def odd_pieces(server):
    pings = [frames.frame("PING", bytes([n % 256] * (n % 65)), id=n) for n in range(1, 301)]
    data, chance = b"".join(pings), random.Random(1)
    with server.connect() as connection:
        while data:
            size = chance.randint(1, 700)
            connection.send(data[:size])
            data = data[size:]
        for n in range(1, 301):
            pong = connection.next(awaited="300 PONGs")
            expect(pong and pong.payload == bytes([pong.id % 256] * (pong.id % 65)),
                   "each PING's payload", pong)


@rule("2", "the limit of WELCOME holds for every type: at it a frame is read, over it refused")
def announced_limit(server):
    most = server.welcome["payload_bytes_max"]
    if most > 1 << 26:
        raise Skipped(f"the server announces {most} bytes")
    with server.connect() as connection:
        connection.send(frames.frame(0x40, bytes(most)))
        connection.still_serves()
        connection.send(frames.frame(0x40, length=most + 1))
        connection.error("FRAME_TOO_LARGE")


@rule("2", "a payload of exactly 1,024 bytes is within the limit before HELLO")
def limit_before_hello(server):
    with server.open() as connection:
        connection.send(frames.health("live", payload=bytes(1_024)))
        connection.error("LENGTH_MISMATCH")
        connection.still_serves()


@rule("3", "an id may be used again when its answer has come, and may be any but 0")
def ids_again(server):
    with server.connect() as connection:
        for identifier in (1, 1, 2, 1, U64, U64, 1 << 63):
            connection.send(frames.frame("PING", id=identifier))
            connection.answer("PONG", identifier)


@rule("3", "every request is answered exactly once, by its own id")
def exactly_once(server):
    sent = {}
    with server.connect() as connection:
        data = b""
        for identifier in range(1, 201):
            kind = ("PREDICT", "PING", "STATS", "METADATA")[identifier % 4]
            sent[identifier] = kind
            data += (frames.predict(id=identifier) if kind == "PREDICT"
                     else frames.frame(kind, id=identifier))
        connection.send(data)
        answers = {"PREDICT": "RESULT", "PING": "PONG", "STATS": "STATS_REPLY",
                   "METADATA": "METADATA_REPLY"}
        while sent:
            frame = connection.next(awaited=f"answers to {len(sent)} requests more")
            expect(frame and frame.id in sent, "an answer to a request that has none", frame)
            kind = sent.pop(frame.id)
            is_refused = frame.name == "ERROR" and kind == "PREDICT" and (
                frame.fields["class"] == codec.ENUMS["error_class"]["overload"])
            expect(frame.name == answers[kind] or is_refused, answers[kind], frame)
        connection.still_serves()


@rule("4", "types 0x40 to 0x7F are skipped in silence, whatever their flags, id and payload")
def ignorable_types(server):
    with server.connect() as connection:
        connection.send(*(
            frames.frame(kind, bytes(kind), bytes(range(16)), id=kind % 3, flags=0xFFFF)
            for kind in range(0x40, 0x80)))
        connection.still_serves()


@rule("4", "every other type that a client does not send is refused, with the frame's id")
def unknown_types(server):
    known = {message["type"] for message in codec.PROTOCOL["messages"]
             if message["direction"] == "client_to_server"}
    kinds = [kind for kind in range(256) if kind not in known and not 0x40 <= kind < 0x80]
    for at in range(0, len(kinds), 32):
        with server.connect() as connection:
            for kind in kinds[at:at + 32]:
                connection.send(frames.frame(kind, b"payload", id=kind + 1))
                connection.error("UNKNOWN_TYPE", kind + 1)
            connection.still_serves()


@rule("4.4", "PING's payload of 0 to 64 bytes comes back unchanged")
def ping(server):
    with server.connect() as connection:
        for size in range(65):
            connection.send(frames.frame("PING", bytes(range(size)), id=size + 1))
            pong = connection.answer("PONG", size + 1)
            expect(pong.payload == bytes(range(size)), f"{size} bytes unchanged", pong.payload)


@rule("4.5", "STATS_REPLY: names are words, each once; counters only rise")
def stats(server):
    def read(connection, identifier):
        connection.send(frames.frame("STATS", id=identifier))
        frame = connection.answer("STATS_REPLY", identifier)
        expect(frame.fields["model_count"] == 0, "no model statistics unasked", frame)
        return frame.fields["uptime_us"], codec.statistics(
            frame.payload, frame.fields["entry_count"])

    with server.connect() as connection:
        began, before = read(connection, 1)
        ended, after = read(connection, 2)
    expect(ended >= began, f"microseconds from {began} on", ended)
    for name, (value, kind) in after.items():
        is_name = re.fullmatch("[a-z0-9]+(_[a-z0-9]+)*", name)
        expect(is_name, "lower-case words between underscores", name)
        is_counter = kind == codec.ENUMS["statistic_kind"]["counter"]
        if is_counter and name in before:
            expect(value >= before[name][0], f"{name} from {before[name][0]} on", value)


@rule("4.5", "STATS_REPLY with model statistics: a model version once, bounds that rise")
def model_statistics(server):
    with server.connect(features=2) as connection:
        if connection.welcome["features"] & 2 == 0:
            raise Skipped("this server grants no model statistics")
        connection.send(frames.frame("STATS", id=1))
        frame = connection.answer("STATS_REPLY", 1)
        codec.statistics(frame.payload, frame.fields["entry_count"], frame.fields["model_count"])


@rule("4.6", "METADATA about every model, the default, and each: the entries of WELCOME")
def metadata(server):
    with server.connect() as connection:
        models = connection.welcome["models"]

        def ask(handle):
            connection.send(frames.metadata(handle, id=5))
            frame = connection.answer("METADATA_REPLY", 5)
            return codec.model_entries(frame.payload, frame.fields["model_count"])

        expect(ask(0xFFFF) == models, f"{models}", "others")
        for model in models:
            expect(ask(model["handle"]) == [model], f"{model}", "another")
        defaults = [model for model in models if model["properties"] & 1]
        expect(len(defaults) <= 1, "one default model at most", defaults)
        if defaults:
            expect(ask(0) == defaults, f"{defaults}", "another")


@rule("4.6", "METADATA about a handle that the connection does not have is refused")
def metadata_unknown(server):
    with server.connect() as connection:
        connection.send(frames.metadata(server.unknown_handle, id=7))
        connection.error("UNKNOWN_MODEL", 7)
        connection.still_serves()


@rule("4.6", "entries: 28×28 pixels, a class at least, a pixel type at least, versions listed")
def entries(server):
    for model in server.models:
        shape = (model["rows"], model["columns"])
        expect(shape == (28, 28), "28×28", shape)
        expect(model["classes"] and model["pixel_types"] & 3, "classes and pixel types", model)


@rule("4.7", "HEALTH is answered by the constants of the specification, before HELLO and after")
def health(server):
    live = bytes.fromhex("0000000007D1") + bytes(26)
    yes = bytes.fromhex("0000000087D1") + bytes(10) + b"\0\1" + bytes(14)
    ready = bytes.fromhex("0000000007D1") + bytes(10) + b"\1" + bytes(15)
    ready_yes = bytes.fromhex("0000000087D1") + bytes(10) + b"\1\1" + bytes(14)
    with server.open() as connection:
        for turn in range(3):
            for probe, reply in ((live, yes), (ready, ready_yes)):
                connection.send(probe)
                got = b""
                while len(got) < 32:
                    got += connection.socket.recv(32 - len(got)) or b"the end of the connection"
                expect(got == reply, reply.hex(), got.hex())
            if turn == 0:
                connection.hello(server.token)


@rule("4.7", "HEALTH may come any number of times before HELLO")
def health_often(server):
    with server.open() as connection:
        for _ in range(100):
            connection.still_serves()
        connection.hello(server.token)


@rule("4.7", "HEALTH at the limit of connections: answered, or TOO_MANY_CONNECTIONS; HELLO is not")
def health_at_limit(server):
    if not server.connection_limit:
        raise Skipped("--connection-limit tells how many connections the server takes")
    with contextlib.ExitStack() as held:
        for _ in range(server.connection_limit):
            held.enter_context(server.connect())
        refused = "TOO_MANY_CONNECTIONS"
        with server.open() as probe:
            probe.send(frames.health("live"))
            frame = probe.next(PATIENCE, "the answer to HEALTH")
            expect(frame, "HEALTH_REPLY or an ERROR", "the end of the connection")
            if frame.name == "HEALTH_REPLY":
                probe.error(refused)
            else:
                expect(codec.CODE_NAMES[frame.fields["code"]] == refused, refused, frame)
        with server.open() as client:
            client.send(frames.hello(token=server.token))
            client.error(refused)


@rule("4.10", "RELOAD is answered, or refused with PERMISSION_DENIED; PING meanwhile")
def reload(server):
    with server.connect() as connection:
        connection.send(frames.frame("RELOAD", id=5), frames.frame("PING", id=6))
        names = {}
        while len(names) < 2:
            frame = connection.next(60, "the answers to RELOAD and PING")
            if frame and frame.name == "ERROR" and frame.id == 5:
                code = codec.CODE_NAMES[frame.fields["code"]]
                if code == "UNKNOWN_TYPE":
                    raise Skipped("this server was made before RELOAD")
                expect(code == "PERMISSION_DENIED", "RELOAD_REPLY or PERMISSION_DENIED", frame)
            expect(frame and frame.id not in names, "one answer to each", frame)
            names[frame.id] = frame.name
        is_answered = names.get(5) in ("RELOAD_REPLY", "ERROR") and names.get(6) == "PONG"
        expect(is_answered, "an answer to RELOAD, and PONG", names)
        connection.still_serves()

"""What a client must do with what a server sends."""

import json
import time
from dataclasses import dataclass
from typing import Callable, Optional

from . import codec
from .client_server import DIGITS, ENTRY, WELCOME, result, usual_answer, with_id
from .connection import frames
from .rules import Failed, RuleBook, Skipped, expect
from .server_vectors import FOLDER

from hexadecimal import expand  # Vectors is on the path, by connection

RULES = RuleBook()
ENDS_SECONDS = 4.0
"""Within this a client ends a connection that is broken: shorter than its own time limit."""
PATIENCE = 15.0
"""Within this a client is done, or gives up by its own time limit."""

ENDS, SUCCEEDS, FAILS, EITHER = "ends the connection", "succeeds", "fails", "does either"


@dataclass
class Scenario:
    """`respond` answers a request other than HELLO and HEALTH, and tells whether it did."""

    kind: str
    ending: str
    welcome: bytes = WELCOME
    respond: Optional[Callable] = None
    greet: Optional[Callable] = None

    def answer(self, session, frame):
        if session.triggered.is_set() and self.ending == ENDS:
            return
        if frame.name == "HELLO":
            if self.greet is None:
                session.welcome(self.welcome)
            else:
                self.greet(session)
        elif frame.name == self.kind and self.respond is not None:
            session.judge.answered(frame.id)
            self.respond(session, frame)
        else:
            session.reply(frame)


def judge(server, client, scenario):
    if not client.can(scenario.kind):
        raise Skipped(f"needs --run {scenario.kind}=COMMAND")
    server.begin(scenario)
    client.start(scenario.kind)
    try:
        if scenario.ending == ENDS:
            judge_end(server, client)
        else:
            judge_ending(server, client, scenario)
    finally:
        server.finish()
        output = client.stop()
    for session in server.sessions:
        if session.judge.broken:
            raise Failed("; ".join(list(dict.fromkeys(session.judge.broken))[:3]))
    return output


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.01)
    return condition()


def judge_end(server, client):
    def triggered():
        return next((s for s in server.sessions if s.triggered.is_set()), None)

    session = wait_for(lambda: triggered() or client.has_ended, 60 if not client.is_run else 10)
    session = triggered()
    if session is None:
        asked = {name for s in server.sessions for name in s.asked}
        raise Skipped(f"the client did not send the request that this is about, but {asked}")
    is_ended = session.ended.wait(ENDS_SECONDS)
    expect(is_ended, "the client to end the connection", f"{ENDS_SECONDS} s of nothing")
    if client.is_run:
        status = client.status(PATIENCE)
        expect(status is not None and status >= 0, "the client to go on or to stop",
               "no end" if status is None else f"signal {-status}")


def judge_ending(server, client, scenario):
    if not client.is_run:
        asked = wait_for(
            lambda: [s for s in server.sessions if scenario.kind in s.asked and s.ended.is_set()],
            60)
        if not asked:
            raise Skipped(f"no client sent {scenario.kind} within 60 s")
        return
    status = client.status(PATIENCE)
    expect(status is not None, f"the client to be done within {PATIENCE} s", "no end")
    expect(status >= 0, "the client to stop by itself", f"signal {-status}")
    asked = {name for session in server.sessions for name in session.asked}
    if scenario.kind not in asked and scenario.ending == SUCCEEDS and status == 0:
        raise Skipped(f"the client did not send {scenario.kind}, but {asked}")
    if scenario.ending == SUCCEEDS:
        expect(status == 0, "exit status 0", status)
    elif scenario.ending == FAILS:
        expect(status != 0, "an exit status other than 0", status)


def add(section, name, scenario, must=True):
    RULES.rule(section, name, must)(
        lambda server, client: judge(server, client, scenario))


# Vectors


COMMANDS = ("PING", "PREDICT", "STATS", "METADATA", "RELOAD", "MODELS")
"""MODELS prints the models of a server, whether by WELCOME or by METADATA."""
KINDS = {"METADATA_REPLY": "METADATA", "RESULT": "PREDICT", "STATS_REPLY": "STATS",
         "PONG": "PING", "RELOAD_REPLY": "RELOAD"}


def add_vectors():
    for vector in json.loads((FOLDER / "malformed.json").read_text()):
        if vector["direction"] == "server_to_client":
            add_malformed(vector)
    for vector in json.loads((FOLDER / "valid.json").read_text()):
        if vector["direction"] == "server_to_client" and "hex" in vector:
            add_valid(vector)


def add_malformed(vector):
    data = expand(vector["stream"][0])
    message = codec.MESSAGES.get(data[4], {"name": "PONG"})["name"]
    title = f"vector: {vector['name']}: ends the connection"
    if message == "WELCOME":
        add("7", title, Scenario("PING", ENDS, greet=lambda session: session.trigger(data)))
    elif message in KINDS:
        if message == "METADATA_REPLY":
            in_welcome = welcome_with(data)
            add("7", f"vector: {vector['name']}, in WELCOME: ends the connection", Scenario(
                "PING", ENDS, greet=lambda session: session.trigger(in_welcome)))
        add("7", title, Scenario(
            KINDS[message], ENDS,
            respond=lambda session, frame: session.trigger(with_id(data, frame.id))))
    else:
        add("7", title, Scenario(
            "PING", ENDS, respond=lambda session, frame: session.trigger(data)))


def welcome_with(data):
    """A WELCOME with the entries of a METADATA_REPLY."""
    count = int.from_bytes(data[16:18], "little")
    return frames.welcome([data[32:]], count=count)


def add_valid(vector):
    data, means = expand(vector["hex"]), vector["meaning"]
    name, title = means["type"], f"vector: {vector['name']}: accepted"
    if name == "RELOAD_REPLY":
        ending = EITHER if means["outcome"] == "refused" else SUCCEEDS
        add("4.10", title, Scenario(
            "RELOAD", ending,
            respond=lambda session, frame: session.send(with_id(data, frame.id))))
    elif name == "WELCOME":
        add("4.1", title, Scenario("PING", SUCCEEDS, welcome=data))
    elif name in ("STATS_REPLY", "METADATA_REPLY"):
        add("4.5" if name == "STATS_REPLY" else "4.6", title, Scenario(
            KINDS[name], SUCCEEDS,
            respond=lambda session, frame: session.send(with_id(data, frame.id))))
    elif name == "ERROR":
        add("4.9", f"vector: {vector['name']}: the request fails" + (
            ", the connection ends" if means["closes"] else ""), Scenario(
                "PING", ENDS if means["closes"] else FAILS,
                respond=lambda session, frame: session.trigger(with_id(data, frame.id))))
    elif name == "GOAWAY" or not isinstance(name, str):
        def after(session, frame):
            session.send(data)
            session.send(usual_answer(frame))
        add("4.8" if name == "GOAWAY" else "4", title, Scenario("PING", SUCCEEDS, respond=after))


add_vectors()


# Frames


def byte_by_byte(session, frame):
    for byte in result(frame):
        session.send(bytes([byte]))


add("2", "answers that come byte by byte", Scenario("PREDICT", SUCCEEDS, respond=byte_by_byte))
add("2", "a frame of 4 GiB: ends the connection at its header", Scenario(
    "PREDICT", ENDS, respond=lambda session, frame: session.trigger(
        frames.frame("RESULT", id=frame.id, length=0xFFFF_FFFF))))
add("2", "flags of an answer are ignored", Scenario(
    "PREDICT", SUCCEEDS,
    respond=lambda session, frame: session.send(result(frame, flags=0xFFFF))))
add("2", "reserved bytes of an answer are ignored", Scenario(
    "PING", SUCCEEDS, respond=lambda session, frame: session.send(
        frames.frame("PONG", frame.payload, b"\xFF" * 16, id=frame.id))))


def unknown_first(session, frame):
    session.send(frames.frame(0xA5, bytes(100), id=frame.id))
    session.send(frames.frame(0x41, b"later", id=9))
    session.send(usual_answer(frame))


add("4", "frames of types that it does not know are skipped", Scenario(
    "PREDICT", SUCCEEDS, respond=unknown_first))


def stray_first(session, frame):
    session.send(with_id(result(frame), frame.id ^ 0x4000_0000_0000_0000))
    session.send(result(frame))


add("7", "an answer whose id is not in use is ignored", Scenario(
    "PREDICT", SUCCEEDS, respond=stray_first))


def in_pairs(session, frame):
    """Each answer waits a moment for the next request, which is then answered first."""
    session.notes.setdefault("held", []).append(result(frame))
    session.socket.settimeout(0.1)
    try:
        session.socket.recv(1, 2)  # looks, takes nothing
    except OSError:
        session.send(b"".join(reversed(session.notes.pop("held"))))
    finally:
        session.socket.settimeout(None)


add("2", "answers in another order, several in one write", Scenario(
    "PREDICT", SUCCEEDS, respond=in_pairs))


# Handshake


def welcome_of_version(version):
    data = frames.welcome([ENTRY], version=version)
    return lambda session: session.trigger(data)


for number in (0, 2, 0xFFFF):
    add("4.1", f"WELCOME of version {number}, which was not offered: ends the connection",
        Scenario("PING", ENDS, greet=welcome_of_version(number)))
for limit in ("images_max", "in_flight_max"):
    add("7", f"WELCOME with {limit} 0: ends the connection", Scenario(
        "PING", ENDS, greet=lambda session, limit=limit: session.trigger(
            frames.welcome([ENTRY], **{limit: 0}))))
add("4.1", "limits of WELCOME are kept: one request in flight", Scenario(
    "PREDICT", SUCCEEDS, welcome=frames.welcome([ENTRY], in_flight_max=1)))
add("4.1", "limits of WELCOME are kept: two images in a request", Scenario(
    "PREDICT", EITHER, welcome=frames.welcome([ENTRY], images_max=2)))
add("4.1", "limits of WELCOME are kept: 200,704 bytes", Scenario(
    "PREDICT", SUCCEEDS, welcome=frames.welcome([ENTRY], payload_max=200_704)))
add("4.6", "handles are those of WELCOME, not numbers in a row", Scenario(
    "PREDICT", SUCCEEDS, welcome=frames.welcome(
        [frames.model_entry(0xFFFE, "cnn-28", (9, 4), DIGITS, default_version=4, properties=1)])))
add("4.6", "a model whose entry lists f32 alone is not sent u8", Scenario(
    "PREDICT", EITHER, welcome=frames.welcome(
        [frames.model_entry(1, "cnn-28", (1,), DIGITS, properties=1, pixel_types=2)])), must=False)


def refused(code, closes=True, **more):
    known = codec.CODES[code]
    return frames.error(known["code"], known["class"], int(known["retryable"]),
                        known["processed"], int(closes), **more)


for code_name in ("UNAUTHENTICATED", "UNSUPPORTED_VERSION", "TOO_MANY_CONNECTIONS"):
    add("4.9", f"{code_name} instead of WELCOME: ends the connection", Scenario(
        "PING", ENDS, greet=lambda session, code=code_name: session.trigger(refused(code))))


# Answers


def wrong_echo(session, frame):
    session.trigger(frames.frame("PONG", frame.payload[::-1] + b"!", id=frame.id))


add("4.4", "a PONG with other bytes than its PING: ends the connection", Scenario(
    "PING", ENDS, respond=wrong_echo))
add("4.2", "a RESULT of more images than were asked about is no answer", Scenario(
    "PREDICT", FAILS,
    respond=lambda session, frame: session.send(result(frame, count=frame.fields["count"] + 1))))
add("4.2", "a RESULT of the other return kind is no answer", Scenario(
    "PREDICT", FAILS,
    respond=lambda session, frame: session.send(
        result(frame, returns=3 - frame.fields["return_kind"]))))
add("4.1", "a RESULT for a PING is no answer", Scenario(
    "PING", FAILS, respond=lambda session, frame: session.send(
        frames.result(frames.top1([(1.0, 1)]), id=frame.id))))


def goes_away(session, frame):
    if "away" not in session.notes:
        session.notes["away"] = time.monotonic()
        session.send(frames.goaway("shutdown", 5_000))
    if time.monotonic() - session.notes["away"] > 0.5:
        session.judge.broken.append("section 4.8: expected no PREDICT 0.5 s after GOAWAY, got one")
    time.sleep(0.1)
    session.send(result(frame))


add("4.8", "after GOAWAY new requests go over another connection", Scenario(
    "PREDICT", EITHER, respond=goes_away), must=False)


# Ends, silence, and text


def cut(session, frame):
    session.send(result(frame)[:40])
    session.socket.close()


add("7", "a connection that ends within an answer: the request fails", Scenario(
    "PREDICT", FAILS, respond=cut))
add("7", "a server that does not answer: the client gives up by a time limit of its own", Scenario(
    "PREDICT", FAILS, respond=lambda session, frame: None))
add("7", "a server that sends no WELCOME: the client gives up by a time limit of its own", Scenario(
    "PING", FAILS, greet=lambda session: None))

HOSTILE = "\x1b[31mred\x07\x9b\r\b"


def shows_no_control(kind, ending, **scenario):
    def judge_output(server, client):
        if not client.is_run:
            raise Skipped("needs --run, to see what the client prints")
        output = judge(server, client, Scenario(kind, ending, **scenario))
        shown = [character for character in output.decode(errors="replace")
                 if ord(character) < 32 and character not in "\n\t" or 127 <= ord(character) < 160]
        expect(not shown, "control characters of the server to be escaped", ascii(shown[:5]))
    return judge_output


RULES.rule("7", "names and labels of a server reach a terminal without control characters")(
    shows_no_control("MODELS", EITHER, welcome=frames.welcome(
        [frames.model_entry(1, HOSTILE, (1,), [HOSTILE] * 10, properties=1)])))
RULES.rule("7", "the message of an ERROR reaches a terminal without control characters")(
    shows_no_control("PING", FAILS, respond=lambda session, frame: session.send(
        refused("INTERNAL", False, id=frame.id, message=HOSTILE))))
RULES.rule("7", "a statistic's name reaches a terminal without control characters")(
    shows_no_control("STATS", EITHER, respond=lambda session, frame: session.send(
        frames.stats_reply([frames.statistic(HOSTILE, 1, 3)], id=frame.id))))

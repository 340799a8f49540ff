"""Every vector of Vectors/ that is sent to a server."""

import json
import pathlib

from . import codec
from .connection import PATIENCE, frames
from .rules import Failed, RuleBook, Skipped, expect

from hexadecimal import expand  # Vectors is on the path, by connection

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Vectors"
TRIES = 8
"""A vector with a request in flight is sent again where the answer was faster than the fault."""

SECTIONS = {
    "MALFORMED_FRAME": "2", "FRAME_TOO_LARGE": "2", "UNSUPPORTED_FLAG": "2",
    "BAD_REQUEST_ID": "3", "DUPLICATE_REQUEST_ID": "3", "UNKNOWN_TYPE": "4",
    "HANDSHAKE_REQUIRED": "4.1", "MALFORMED_HELLO": "4.1", "UNSUPPORTED_VERSION": "4.1",
    "UNAUTHENTICATED": "4.1", "UNEXPECTED_HELLO": "4.1", "DRAINING": "4.8",
}


def book():
    rules = RuleBook()
    for vector in malformed():
        if not vector.get("setup", {}).get("draining"):
            section = SECTIONS.get(vector["expect"]["name"], "5")
            rules.rule(section, f"vector: {vector['name']}")(
                lambda server, vector=vector: judge(server, vector))
    for vector in json.loads((FOLDER / "valid.json").read_text()):
        if vector["direction"] == "client_to_server":
            rules.rule("4", f"vector: {vector['name']}")(
                lambda server, vector=vector: judge_valid(server, vector))
    return rules


def malformed():
    vectors = json.loads((FOLDER / "malformed.json").read_text())
    return [vector for vector in vectors if vector["direction"] == "client_to_server"]


def judge(server, vector):
    require_setup(server, vector)
    tries = TRIES if any(other["type"] == "RESULT" for other in vector["others"]) else 1
    for turn in range(tries):
        try:
            with server.open() as connection:
                return judge_on(connection, server, vector)
        except TooFast as reason:
            if turn == tries - 1:
                raise Skipped(f"{reason} in each of {tries} tries") from None


class TooFast(Exception):
    """A request was answered before the frame that needs it in flight was judged."""


def require_setup(server, vector):
    setup = vector.get("setup", {})
    for name in ("images_max", "requests_in_flight_max"):
        if name in setup and server.welcome[name] != setup[name]:
            raise Skipped(f"needs a server that announces {name} {setup[name]}, "
                          f"this one announces {server.welcome[name]}")
    if "token" in setup and not server.token:
        raise Skipped("needs a server with a token, and --token-file")
    if vector["judge"] == "models" and not server.is_usual:
        raise Skipped("needs a server with one model, of version 1 and ten classes")
    size = server.welcome["payload_bytes_max"]
    if "802,8" in json.dumps(vector) and size != 802_816:
        raise Skipped(f"needs a server that announces 802,816 bytes, this one announces {size}")


def with_token(server, data):
    """A plain HELLO, with the server's token where it asks for one."""
    return frames.hello(token=server.token) if data == frames.hello() else data


def judge_on(connection, server, vector):
    expected, setup = vector["expect"], vector.get("setup", {})
    parts = [expand(part) for part in vector["stream"]]
    if "token" not in setup:
        parts = [with_token(server, part) for part in parts]
    connection.send(*parts, *map(expand, vector.get("after", [])))
    others = [(other["type"], other["request_id"]) for other in vector["others"]]
    others += [("GOAWAY", 0)] if setup.get("draining") else []
    error, code = None, expected["name"]
    while others or error is None:
        awaited = f"ERROR {code} of id {expected['request_id']}"
        frame = connection.next(PATIENCE, awaited)
        if frame is None:
            raise Failed(f"expected {awaited}, and {others}, got the end")
        if (frame.name, frame.id) in others:
            others.remove((frame.name, frame.id))
            continue
        is_it = error is None and frame.name == "ERROR" and frame.id == expected["request_id"]
        is_it = is_it and frame.fields["code"] == expected["code"]
        if not is_it and is_too_fast(vector, others):
            raise TooFast("the request was answered before the next frame was judged")
        expect(is_it, awaited, frame)
        error = frame
    image = expected.get("image", codec.CONSTANTS["no_image"])
    expect(error.fields["image"] == image, f"image {image}", error.fields["image"])
    if expected["closes"]:
        connection.end()
    else:
        connection.still_serves()


def is_too_fast(vector, others):
    """Whether the request that should be in flight has its answer before the ERROR came."""
    had_result = any(other["type"] == "RESULT" for other in vector["others"])
    return had_result and ("RESULT", 1) not in others


def judge_valid(server, vector):
    """What a server accepts or skips: it refuses nothing, and answers a HEALTH that follows."""
    parts = vector.get("stream", [vector])
    names = [part["meaning"]["type"] for part in parts]
    with server.open() as connection:
        if "HELLO" not in names and names[0] != "HEALTH":
            connection.hello(server.token)
        for part in parts:
            send_valid(server, connection, part)
        connection.send(frames.health("ready"))
        awaited = [name for name in names if name not in ("CANCEL", "HEALTH")]
        seen = {"HEALTH_REPLY": 0}
        while True:
            frame = connection.next(PATIENCE, "the answer to a HEALTH after it")
            if frame is None:
                raise Failed("expected an answer, got the end of the connection")
            if frame.name == "ERROR":
                check_refusal(server, parts, frame)
            seen[frame.name] = seen.get(frame.name, 0) + 1
            healths = names.count("HEALTH") + 1
            if seen["HEALTH_REPLY"] == healths and answered(seen) >= requests(awaited):
                return


def requests(names):
    return sum(isinstance(name, str) for name in names)


def answered(seen):
    return sum(count for name, count in seen.items() if name != "HEALTH_REPLY")


def send_valid(server, connection, part):
    means = part["meaning"]
    if means["type"] == "HELLO" and server.token and means["token"] != server.token.hex():
        connection.send(frames.hello(
            means["version_lowest"], means["version_highest"], means["features"], server.token,
            flags=means["flags"]))
        return
    connection.send(expand(part["hex"]))


ALLOWED = {"UNKNOWN_MODEL", "UNKNOWN_VERSION", "DEADLINE_EXCEEDED", "CANCELLED", "OVERLOADED",
           "BAD_REQUEST", "TOO_MANY_IMAGES"}
"""What a server may make of a valid frame: it need not have these models, limits and time."""


def check_refusal(server, parts, frame):
    code = codec.CODE_NAMES[frame.fields["code"]]
    kinds = {part["meaning"]["type"] for part in parts}
    if "RELOAD" in kinds and code in ("PERMISSION_DENIED", "UNKNOWN_TYPE"):
        return  # the client may not, or the server was made before RELOAD
    expect(kinds & {"PREDICT", "METADATA"} and code in ALLOWED, "the frame to be accepted", frame)
    if code in ("BAD_REQUEST", "TOO_MANY_IMAGES"):
        raise Skipped(f"this server has other limits or pixel types: {frame}")

"""HELLO, WELCOME, versions, tokens, and what follows a refusal."""

from . import codec
from .connection import frames
from .rules import RuleBook, Skipped, expect

RULES = RuleBook()
rule = RULES.rule
# What a token may be good for, with a request that needs it and the name of its answer.
SCOPES = {"predict": (frames.predict, "RESULT"),
          "stats": (lambda id: frames.frame("STATS", id=id), "STATS_REPLY"),
          "admin": (lambda id: frames.frame("RELOAD", id=id), "RELOAD_REPLY")}


@rule("4.1", "WELCOME: version 1, features that were asked for, limits within section 6")
def welcome(server):
    for features in (0, 1, 2, 3, 0xFFFF_FFFF):
        with server.connect(features=features) as connection:
            got = connection.welcome
            expect(got["version"] == 1, "version 1", got["version"])
            expect(got["features"] & ~features == 0, f"a subset of {features:#x}", got["features"])
            expect(got["features"] & ~3 == 0, "features of version 1", got["features"])
            least = codec.LIMITS["before_welcome_payload_bytes"]
            most = got["payload_bytes_max"]
            expect(most >= least, f"{least} payload bytes at least", most)
            expect(1 <= got["images_max"] <= 0xFFFF, "1 to 65,535 images", got["images_max"])


@rule("4.1", "the highest version that both speak is chosen")
def versions(server):
    for lowest, highest in ((1, 1), (0, 1), (1, 2), (0, 0xFFFF), (1, 0xFFFF)):
        with server.connect(lowest=lowest, highest=highest) as connection:
            got = connection.welcome["version"]
            expect(got == 1, f"version 1 of {lowest} to {highest}", got)


@rule("4.1", "no version in common: refused, and the message names the server's")
def no_version(server):
    for lowest, highest in ((2, 2), (2, 0xFFFF), (0, 0)):
        with server.open() as connection:
            connection.send(frames.hello(lowest, highest, token=server.token))
            error = connection.error("UNSUPPORTED_VERSION")
            expect(b"1" in error.payload, "the message to name version 1", error)


@rule("4.1", "a server without a token ignores one; with one it refuses any other")
def tokens(server):
    if not server.token:
        for token in (b"x", bytes(512)):
            with server.open() as connection:
                connection.hello(token)
        return
    wrong = [b"", server.token[:-1], server.token + b"x", server.token[:-1] + b"\0",
             server.token.swapcase() if server.token.swapcase() != server.token else b"?",
             bytes(512)]
    for token in wrong:
        with server.open() as connection:
            connection.send(frames.hello(token=token), frames.predict())
            connection.error("UNAUTHENTICATED")


@rule("4.1", "what a token is not good for is refused with PERMISSION_DENIED, and nothing else")
def scopes(server):
    if not server.limited_tokens:
        raise Skipped("needs a token that is good for a part, and --limited-token-file")
    for token, good_for in server.limited_tokens:
        with server.open() as connection:
            connection.hello(token)
            for id, (scope, (request, reply)) in enumerate(SCOPES.items(), 1):
                connection.send(request(id=id))
                if scope in good_for:
                    connection.answer(reply, id)
                else:
                    connection.error("PERMISSION_DENIED", id)
            connection.send(frames.metadata(0xFFFF, id=9), frames.frame("PING", id=10))
            connection.answer("METADATA_REPLY", 9)
            connection.answer("PONG", 10)


@rule("4.1", "refusals of a first HELLO: malformed, then version, then token")
def hello_order(server):
    if not server.token:
        raise Skipped("needs a server with a token, and --token-file")
    for code, more in (("MALFORMED_HELLO", {"reserved": 1, "lowest": 2, "highest": 2}),
                       ("MALFORMED_HELLO", {"magic": 0}),
                       ("UNSUPPORTED_VERSION", {"lowest": 2, "highest": 2})):
        with server.open() as connection:
            connection.send(frames.hello(token=b"wrong", **more))
            connection.error(code)


@rule("4.1", "HELLO and requests for handle 0 may travel in one write")
def pipelined(server):
    with server.open() as connection:
        connection.send(
            frames.hello(token=server.token), frames.predict(id=1), frames.frame("PING", id=2))
        connection.answer("WELCOME")
        got = {frame.id: frame.name for frame in (connection.next(), connection.next())}
        is_answered = got.get(1) in ("RESULT", "ERROR") and got.get(2) == "PONG"
        expect(is_answered, "the answers to requests 1 and 2", got)


@rule("4.1", "before WELCOME 200,704 bytes are read, whatever the server announces")
def largest_before_welcome(server):
    with server.open() as connection:
        connection.send(frames.hello(token=server.token), frames.predict(count=256, id=1))
        connection.answer("WELCOME")
        if server.welcome["images_max"] < 256:
            connection.error("TOO_MANY_IMAGES", 1)
        else:
            connection.answer("RESULT", 1)
        connection.still_serves()


@rule("4.1", "nothing after a refused HELLO is processed")
def after_refusal(server):
    with server.open() as connection:
        connection.send(frames.hello(magic=7), frames.hello(token=server.token),
                        frames.health("live"), frames.predict())
        connection.error("MALFORMED_HELLO")


@rule("4.1", "a second HELLO is refused, whatever else is wrong with it, and changes nothing")
def second_hello(server):
    with server.connect() as connection:
        for more in ({}, {"magic": 0}, {"flags": 0x8000}, {"id": 9}, {"token": b"wrong"},
                     {"lowest": 9, "highest": 8}, {"reserved": 1}):
            connection.send(frames.hello(**more))
            connection.error("UNEXPECTED_HELLO")
        connection.send(frames.predict(id=3))
        connection.answer("RESULT", 3)


@rule("4.9", "the ERROR that closes arrives though much more was sent", must=False)
def error_arrives(server):
    with server.open() as connection:
        try:
            connection.send(frames.hello(magic=7), bytes(1 << 19))
        except OSError as error:
            expect(False, "the rest to be read and dropped for a moment", error)
        connection.error("MALFORMED_HELLO")

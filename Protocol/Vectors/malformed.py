"""The malformed vectors: what a receiver must refuse, and by which code.

README.md says which server they assume: one model, handle 1, version 1, ten classes.
"""

import math
import struct

import frames as f
import malformed_replies

U16, U32, U64 = 0xFFFF, 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF
HELLO = f.hello()
WELCOME = {"type": "WELCOME", "request_id": 0}

HTTP = b"GET / HTTP/1.1\r\nHost: digits.example\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n"
TLS = bytes.fromhex(
    "1603010200010001FC0303" + "A5" * 32 + "20" + "5A" * 32 + "000813021303130100FF010001AB") \
    + bytes(427)


def vectors(protocol):
    codes = {known["name"]: known for known in protocol["errors"]}
    made = [
        *framing(), *before_hello(), *bad_hellos(), *types_and_flags(), *request_ids(),
        *ids_in_use(), *small_requests(), *predict_fields(), *predict_models(), *predict_pixels(),
        *states(), *orders(),
    ]
    for vector in made:
        known = codes[vector["expect"]["name"]]
        vector["expect"]["code"] = known["code"]
        vector["expect"]["closes"] = known["closes"]
    return made + malformed_replies.vectors()


def refused(name, code, why, *stream, id=0, judge="frame", setup=None, others=(), image=None,
            after=()):
    """`stream`: whole frames, of which the last is refused; `after`: what must not be answered."""
    vector = {"name": name, "direction": "client_to_server", "judge": judge}
    if setup:
        vector["setup"] = setup
    vector["stream"] = list(stream)
    if after:
        vector["after"] = list(after)
    vector["expect"] = {"code": 0, "name": code, "request_id": id, "closes": False}
    if image is not None:
        vector["expect"]["image"] = image
    vector["others"] = ([WELCOME] if stream[0] == HELLO and len(stream) > 1 else []) + list(others)
    vector["why"] = why
    return vector


def served(name, code, why, *stream, id=1, **more):
    """The same after a HELLO that the server accepted."""
    return refused(name, code, why, HELLO, *stream, id=id, **more)


def framing():
    mark, large = "MALFORMED_FRAME", "FRAME_TOO_LARGE"
    long_hello = f.hello(length=1_025)
    return [
        refused("mark 0", mark, "byte 5 is not 0xD1", f.frame("HEALTH", mark=0)),
        refused("mark with one bit flipped", mark, "0xD0", f.hello(mark=0xD0)),
        served("wrong mark after hello", mark, "the id of a broken header is not to be trusted",
               f.predict(mark=0x1D), id=0),
        refused("an HTTP request", mark, "its byte 5 is a space", HTTP),
        refused("a TLS ClientHello", mark, "its byte 5 is 0x01", TLS),
        refused("all zero", mark, "byte 5 is 0", bytes(32)),
        refused("all ones", mark, "mark is judged before length", b"\xFF" * 32),
        refused("wrong mark and too large", mark, "mark is judged before length",
                f.frame("HELLO", mark=0, length=U32)),
        refused("a HELLO of 1,025 bytes", large, "the limit up to HELLO is 1,024", long_hello),
        refused("a HELLO of 4 GiB", large, "refused at the header; no payload need come",
                f.hello(length=U32)),
        refused("a large PREDICT before hello", large, "length is judged before the handshake",
                f.predict(b"", length=1_025)),
        refused("a large HEALTH before hello", large, "the limit holds for every type",
                f.health(length=1_025)),
        refused("an unknown type before hello, too large", large, "length before handshake, type",
                f.frame(0x20, length=U32)),
        served("one byte over the announced limit", large, "802,816 was announced",
               f.predict(b"", 256, "f32", length=802_817), id=0),
        served("a PREDICT of 4 GiB", large, "refused at the header; no payload need come",
               f.predict(b"", U16, "f32", length=U32), id=0),
        served("an ignorable type, too large", large, "what is skipped is framed like the rest",
               f.frame(0x40, length=802_817), id=0),
        served("a second HELLO, too large", large, "length before handshake",
               f.hello(length=802_817), id=0),
    ]


def before_hello():
    must = "HANDSHAKE_REQUIRED"
    made = [
        refused(f"{type} before hello", must, "only HELLO and HEALTH may come first",
                f.frame(type, id=1), judge="connection")
        for type in ("CANCEL", "PING", "STATS", "METADATA")]
    return made + [
        refused("PREDICT before hello", must, "only HELLO and HEALTH may come first", f.predict(),
                judge="connection"),
        refused("PREDICT before hello, wrong in every field", must, "handshake before fields",
                f.predict(b"", 0, 9, 9, reserved=1, id=0, flags=U16), judge="connection"),
        refused("an unknown type before hello", must, "handshake before type", f.frame(0x20),
                judge="connection"),
        refused("a server's type before hello", must, "handshake before type", f.frame("ERROR"),
                judge="connection"),
        refused("an ignorable type before hello", must, "ignorable is what comes after HELLO",
                f.frame(0x40), judge="connection"),
        refused("PREDICT after health, before hello", must, "HEALTH is no handshake", f.health(),
                f.predict(), judge="connection",
                others=[{"type": "HEALTH_REPLY", "request_id": 0}]),
        refused("PREDICT before hello, then hello", must, "nothing after the ERROR is read",
                f.predict(), judge="connection", after=[HELLO, f.predict()]),
    ]


def bad_hellos():
    bad, version, token = "MALFORMED_HELLO", "UNSUPPORTED_VERSION", "UNAUTHENTICATED"
    secret = {"token": "open sesame"}
    made = [
        refused("hello, wrong magic", bad, "magic is not DGT1", f.hello(magic=0x32544744)),
        refused("hello, magic in big-endian", bad, "there is no other byte order",
                f.hello(magic=0x44475431)),
        refused("hello, request id 1", bad, "its id is 0", f.hello(id=1)),
        refused("hello, reserved bytes set", bad, "parameter bytes 12 to 15",
                f.hello(reserved=0x01000000)),
        refused("hello, a must-understand flag", bad, "bit 15", f.hello(flags=0x8000)),
        refused("hello, raw", bad, "bit 8 is known for PREDICT alone", f.hello(flags=0x0100)),
        refused("hello, versions inverted", bad, "lowest 2, highest 1", f.hello(2, 1)),
        refused("hello, a token of 513 bytes", bad, "512 at most", f.hello(token=b"t" * 513)),
        refused("hello, a token of 1,024 bytes", bad, "within the frame limit, over the token's",
                f.hello(token=b"t" * 1_024)),
        refused("hello, wrong magic and versions of later servers", bad, "form before version",
                f.hello(2, 3, magic=0)),
        refused("hello, versions 2 to 3", version, "this server speaks 1", f.hello(2, 3)),
        refused("hello, version 0", version, "there is no version 0", f.hello(0, 0)),
        refused("hello, version 65535 alone", version, "this server speaks 1", f.hello(U16, U16)),
        refused("hello refused, then a request", version, "nothing after it is processed",
                f.hello(2, 3), after=[f.predict()]),
    ]
    tokens = {"no token": b"", "another token": b"open barley", "the start of the token": b"open",
              "the token and more": b"open sesame!", "the token and a zero": b"open sesame\0",
              "the token in capitals": b"OPEN SESAME"}
    made += [
        refused(f"hello, {name}", token, "the whole payload is compared", f.hello(token=text),
                judge="connection", setup=secret) for name, text in tokens.items()]
    return made + [
        refused("hello, another token and no common version", version, "version before token",
                f.hello(2, 3, token=b"open barley"), judge="connection", setup=secret),
        served("a second HELLO", "UNEXPECTED_HELLO", "it changes nothing", HELLO, id=0,
               judge="connection"),
        served("a second HELLO, wrong in every field", "UNEXPECTED_HELLO", "handshake first",
               f.hello(2, 1, magic=0, reserved=1, id=7, flags=U16, token=b"t" * 1_025), id=0,
               judge="connection"),
    ]


def types_and_flags():
    types = (0x00, 0x09, 0x3F, 0x80, 0x81, 0x82, 0x83, 0x90, 0xFE, 0xFF)
    made = [
        served(f"type 0x{type:02X}", "UNKNOWN_TYPE", "no request", f.frame(type, id=1))
        for type in types]
    made.append(served("an unknown type with a payload", "UNKNOWN_TYPE", "the payload is read over",
                       f.frame(0x20, b"what a later client may say", id=1)))
    made += [
        served(f"{type}, flag bit {bit}", "UNSUPPORTED_FLAG", "not a flag of this type",
               f.frame(type, id=1, flags=1 << bit), id=0 if type == "CANCEL" else 1)
        for type in ("CANCEL", "PING", "STATS", "METADATA") for bit in (8, 15)]
    made += [
        served(f"PREDICT, flag bit {bit}", "UNSUPPORTED_FLAG", "raw is bit 8, and the only one",
               f.predict(flags=1 << bit)) for bit in range(9, 16)]
    return made + [
        served("PREDICT, raw and an unknown flag", "UNSUPPORTED_FLAG", "each flag is judged",
               f.predict(flags=0x0300)),
        refused("HEALTH before hello, flag bit 8", "UNSUPPORTED_FLAG", "HEALTH is judged as ever",
                f.health(flags=0x0100)),
    ]


def request_ids():
    bad = "BAD_REQUEST_ID"
    made = [
        served(f"{type}, id 0", bad, "0 is reserved", f.frame(type), id=0)
        for type in ("CANCEL", "PING", "STATS", "METADATA")]
    return made + [
        served("PREDICT, id 0", bad, "0 is reserved", f.predict(id=0), id=0),
        served("HEALTH, id 1", bad, "HEALTH has no id, and neither has its ERROR", f.health(id=1),
               id=0),
        refused("HEALTH before hello, highest id", bad, "not closed: the next may be right",
                f.health(id=U64)),
    ]


def ids_in_use():
    """Each while request 1 is in flight: its own answer must still come."""
    duplicate, answer = "DUPLICATE_REQUEST_ID", [{"type": "RESULT", "request_id": 1}]

    def during(name, code, why, frame):
        return served(name, code, why, f.predict(), frame, id=0, judge="connection",
                      others=answer)

    made = [
        during(f"{type} with an id in use", duplicate, "ids are one space for all types",
               f.frame(type, id=1)) for type in ("PING", "STATS", "METADATA")]
    return made + [
        during("PREDICT with an id in use", duplicate, "the ERROR must not pass for its answer",
               f.predict()),
        during("PREDICT with an id in use and no images", duplicate, "id before fields",
               f.predict(b"", 0)),
        during("an unknown type with an id in use", "UNKNOWN_TYPE", "type before id, yet id 0",
               f.frame(0x20, id=1)),
        during("an unknown flag with an id in use", "UNSUPPORTED_FLAG", "flags before id, yet id 0",
               f.predict(flags=0x8000)),
        during("CANCEL of a request, with a flag", "UNSUPPORTED_FLAG", "nothing is cancelled",
               f.frame("CANCEL", id=1, flags=0x8000)),
        during("CANCEL of a request, reserved bytes set", "BAD_REQUEST", "nothing is cancelled",
               f.frame("CANCEL", parameters=bytes(15) + b"\1", id=1)),
        during("CANCEL of a request, with a payload", "LENGTH_MISMATCH", "nothing is cancelled",
               f.frame("CANCEL", b"!", id=1)),
        during("HEALTH with an id in use", "BAD_REQUEST_ID", "HEALTH has no id", f.health(id=1)),
    ]


def small_requests():
    field, length, last = "BAD_REQUEST", "LENGTH_MISMATCH", bytes(15) + b"\1"
    made = []
    for type in ("CANCEL", "PING", "STATS"):
        id = 0 if type == "CANCEL" else 1
        made.append(served(f"{type}, reserved bytes set", field, "the last of 16 bytes",
                           f.frame(type, parameters=last, id=1), id=id))
        made.append(served(f"{type}, the first reserved byte set", field, "the first of 16 bytes",
                           f.frame(type, parameters=last[::-1], id=1), id=id))
        made.append(served(f"{type}, reserved bytes and length", field, "fields before length",
                           f.frame(type, bytes(65), parameters=last, id=1), id=id))
    return made + [
        served("CANCEL, a payload", length, "it has none", f.frame("CANCEL", b"!", id=1), id=0),
        served("PING of 65 bytes", length, "64 at most", f.frame("PING", bytes(65), id=1)),
        served("STATS, a payload", length, "it has none", f.frame("STATS", b"!", id=1)),
        served("METADATA, a payload", length, "it has none", f.metadata(payload=b"!")),
        served("METADATA, reserved bytes set", field, "the last of 14 bytes",
               f.metadata(reserved=bytes(13) + b"\1")),
        served("METADATA, the first reserved byte set", field, "a handle is 2 bytes, not 4",
               f.metadata(1, reserved=b"\1" + bytes(13))),
        served("METADATA, an unknown model", "UNKNOWN_MODEL", "handles of this server: 1",
               f.metadata(2), judge="models"),
        served("METADATA, the highest handle", "UNKNOWN_MODEL", "0xFFFE is a handle like others",
               f.metadata(U16 - 1), judge="models"),
        refused("HEALTH, probe 2", field, "0 is live, 1 is ready", f.health(2)),
        refused("HEALTH, probe 255", field, "0 is live, 1 is ready", f.health(255)),
        refused("HEALTH, reserved bytes set", field, "the last of 15 bytes",
                f.health(reserved=last[1:])),
        refused("HEALTH, a payload", length, "it has none", f.health(payload=b"!")),
        served("HEALTH, probe 2, after hello", field, "HEALTH is judged the same at any time",
               f.health(2), id=0),
    ]


def predict_fields():
    field, length, many = "BAD_REQUEST", "LENGTH_MISMATCH", "TOO_MANY_IMAGES"
    picture = bytes(784)
    made = [
        served(f"PREDICT, pixel type {kind}", field, "1 is u8, 2 is f32",
               f.predict(picture, pixels=kind)) for kind in (0, 3, 255)]
    made += [
        served(f"PREDICT, return kind {kind}", field, "1 is top-1, 2 is probabilities",
               f.predict(returns=kind)) for kind in (0, 3, 255)]
    made += [
        served(f"PREDICT, {got} bytes for {count} of {pixels}", length, "count × 784 × size",
               f.predict(bytes(got), count, pixels))
        for got, count, pixels in (
            (0, 1, "u8"), (783, 1, "u8"), (785, 1, "u8"), (1_568, 1, "u8"), (784, 2, "u8"),
            (3_136, 1, "u8"), (784, 1, "f32"), (3_135, 1, "f32"), (3_140, 1, "f32"))]
    return made + [
        served("PREDICT, no images", "NO_IMAGES", "count 0", f.predict(b"", 0)),
        served("PREDICT, no images, and a picture", "NO_IMAGES", "count before length",
               f.predict(picture, 0)),
        served("PREDICT, 257 images", many, "256 were announced", f.predict(count=257)),
        served("PREDICT, 65,535 images without a payload", many, "count before length",
               f.predict(b"", U16)),
        served("PREDICT, 2 images where 1 was announced", many, "the limit is the server's",
               f.predict(count=2), setup={"images_max": 1}),
        served("PREDICT, reserved bytes set", field, "parameter bytes 6 and 7",
               f.predict(reserved=0x0100)),
    ]


def predict_models():
    model, version = "UNKNOWN_MODEL", "UNKNOWN_VERSION"
    return [
        served("PREDICT, an unknown model", model, "handles of this server: 1", f.predict(model=2),
               judge="models"),
        served("PREDICT, every model", model, "0xFFFF means every model in METADATA alone",
               f.predict(model=U16), judge="models"),
        served("PREDICT, an unknown version", version, "versions of this model: 1",
               f.predict(model=1, version=2), judge="models"),
        served("PREDICT, an unknown version of the default model", version, "handle 0 has them too",
               f.predict(version=U32), judge="models"),
        served("PREDICT, an unknown model and version", model, "model before version",
               f.predict(model=2, version=2), judge="models"),
    ]


def predict_pixels():
    below, above = -(2.0**-149), 1 + 2.0**-23
    bits = {"a quiet NaN": 0x7FC00000, "a signalling NaN": 0x7F800001, "a negative NaN": 0xFFC00000,
            "infinity": 0x7F800000, "negative infinity": 0xFF800000,
            "the highest finite number": 0x7F7FFFFF,
            "the smallest negative number": bits_of(below),
            "the next number above 1": bits_of(above),
            "-1": bits_of(-1.0), "255": bits_of(255.0)}
    made = [
        bad_pixel(f"PREDICT, {name}", 1, {0: pixel}, image=0, at=783)
        for name, pixel in bits.items()]
    nan = 0x7FC00000
    return made + [
        bad_pixel("PREDICT, NaN as the first pixel", 1, {0: nan}, image=0, at=0),
        bad_pixel("PREDICT, NaN in the middle of a picture", 1, {0: nan}, image=0, at=390),
        bad_pixel("PREDICT, NaN in the last of three images", 3, {2: nan}, image=2, at=5),
        bad_pixel("PREDICT, NaN in image 255", 256, {255: nan}, image=255, at=783),
        bad_pixel("PREDICT, two bad images", 4, {3: nan, 1: bits_of(2.0)}, image=1, at=9),
    ]


def bits_of(value):
    assert math.isfinite(value)
    return struct.unpack("<I", struct.pack("<f", value))[0]


def bad_pixel(name, count, bad, image, at):
    """`bad`: for each bad image the bits of its pixel number `at`."""
    pixels = [0x3F000000] * (784 * count)
    for number, bits in bad.items():
        pixels[784 * number + at] = bits
    payload = struct.pack(f"<{len(pixels)}I", *pixels)
    return served(name, "BAD_PIXEL", "the first image with such a pixel is named",
                  f.predict(payload, count, "f32"), image=image)


def states():
    """What depends on the server's state: `setup` says which."""
    draining = {"draining": True}
    return [
        served("PREDICT after goaway", "DRAINING", "not processed, may be sent elsewhere",
               f.predict(), judge="connection", setup=draining),
        served("PREDICT after goaway, wrong in every field", "DRAINING", "drain before fields",
               f.predict(b"", 0, 9, 9, 2, 2, reserved=1), judge="connection", setup=draining),
        served("PREDICT after goaway, id 0", "BAD_REQUEST_ID", "id before drain", f.predict(id=0),
               id=0, setup=draining),
        served("two requests where one may be in flight", "TOO_MANY_IN_FLIGHT",
               "the first is answered", f.predict(), f.predict(id=2), id=2, judge="connection",
               setup={"requests_in_flight_max": 1}, others=[{"type": "RESULT", "request_id": 1}]),
        served("one too many in flight, of an unknown model", "UNKNOWN_MODEL",
               "model before requests in flight", f.predict(), f.predict(model=2, id=2), id=2,
               judge="models", setup={"requests_in_flight_max": 1},
               others=[{"type": "RESULT", "request_id": 1}]),
    ]


def orders():
    """Requests that are wrong in several ways, for what comes first."""
    nan = struct.pack("<I", 0x7FC00000) * 784
    return [
        served("type, flag and id", "UNKNOWN_TYPE", "type first", f.frame(0x20, flags=U16), id=0),
        served("flag and id", "UNSUPPORTED_FLAG", "flags before id", f.predict(id=0, flags=U16),
               id=0),
        served("id and pixel type", "BAD_REQUEST_ID", "id before fields", f.predict(id=0, pixels=9),
               id=0),
        served("pixel type and count 0", "BAD_REQUEST", "pixel type before count",
               f.predict(b"", 0, 9)),
        served("return kind and count 0", "BAD_REQUEST", "return kind before count",
               f.predict(b"", 0, returns=9)),
        served("count 0 and reserved bytes", "NO_IMAGES", "count before reserved",
               f.predict(b"", 0, reserved=1)),
        served("count over the limit and reserved bytes", "TOO_MANY_IMAGES",
               "count before reserved", f.predict(b"", 257, reserved=1)),
        served("reserved bytes and length", "BAD_REQUEST", "reserved before length",
               f.predict(b"", reserved=1)),
        served("length and model", "LENGTH_MISMATCH", "length before model",
               f.predict(b"", model=2)),
        served("model and pixels", "UNKNOWN_MODEL", "model before pixels",
               f.predict(nan, 1, "f32", model=2), judge="models"),
        served("version and pixels", "UNKNOWN_VERSION", "version before pixels",
               f.predict(nan, 1, "f32", version=2), judge="models"),
        served("METADATA, length and model", "LENGTH_MISMATCH", "length before model",
               f.metadata(2, payload=b"!")),
        refused("HEALTH, flag and id", "UNSUPPORTED_FLAG", "flags before id",
                f.health(id=1, flags=0x8000)),
        refused("HEALTH, id and probe", "BAD_REQUEST_ID", "id before fields", f.health(2, id=1)),
        refused("HEALTH, probe and length", "BAD_REQUEST", "fields before length",
                f.health(2, payload=b"!")),
    ]

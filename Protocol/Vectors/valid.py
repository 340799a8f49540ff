"""The valid vectors: frames and what they mean."""

import struct

import frames as f

TO_SERVER, TO_CLIENT = "client_to_server", "server_to_client"
U16, U32, U64 = 0xFFFF, 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF
DIGITS = [str(digit) for digit in range(10)]


def single(value):
    """The nearest binary32 value."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def vectors(protocol):
    return [
        *hellos(), *predicts(), *small_requests(), *ignorable_requests(),
        *welcomes(), *results(), *stats_replies(), *model_lists(), *small_replies(),
        *errors(protocol), *leniency_of_clients(), *streams(),
    ]


def meaning(type, id=0, flags=0, **fields):
    return {"type": type, "request_id": id, "flags": flags, **fields}


def vector(name, direction, data, means, canonical=True):
    made = {"name": name, "direction": direction, "hex": data, "meaning": means}
    if not canonical:
        made["canonical"] = False
    return made


# Requests


def hello(name, lowest=1, highest=1, features=0, token=b"", flags=0):
    return vector(
        name, TO_SERVER, f.hello(lowest, highest, features, token, flags=flags),
        meaning("HELLO", flags=flags, version_lowest=lowest, version_highest=highest,
                features=features, token=token), canonical=flags == 0)


def hellos():
    return [
        hello("hello, nothing asked for"),
        hello("hello, announcements", features=1),
        hello("hello, model statistics", features=2),
        hello("hello, every feature bit", features=U32),
        hello("hello, versions 1 to 65535", highest=U16),
        hello("hello, versions 0 to 65535", lowest=0, highest=U16),
        hello("hello, a token", token=b"correct horse battery staple"),
        hello("hello, a token of one zero byte", token=b"\0"),
        hello("hello, the longest token", token=bytes(range(256)) * 2),
        hello("hello, every ignorable flag", flags=0x00FF),
    ]


def predict(name, images, id=1, pixels="u8", returns="top1", model=0, version=0, deadline=0,
            flags=0):
    """`images`: for each a list of pixels that is repeated until there are 784."""
    code = "B" if pixels == "u8" else "f"
    if pixels == "f32":
        images = [[single(pixel) for pixel in image] for image in images]
    payload = b"".join(
        struct.pack(f"<{len(image)}{code}", *image) * (f.PIXELS // len(image))
        for image in images)
    return vector(
        name, TO_SERVER,
        f.predict(payload, len(images), pixels, returns, model, version, deadline, id=id,
                  flags=flags),
        meaning("PREDICT", id, flags, model=model, pixel_type=pixels, return_kind=returns,
                count=len(images), version=version, deadline_us=deadline,
                raw=bool(flags & 0x100), images=images),
        canonical=flags & 0xFF == 0)


def predicts():
    ramp, edges = list(range(16)), [0, -0.0, 2.0**-149, 2.0**-126, 0.5, 1 - 2.0**-24, 1, 0.1]
    return [
        predict("predict, an empty picture", [[0]]),
        predict("predict, probabilities", [[255]], returns="probabilities"),
        predict("predict, f32", [[0.25]], pixels="f32"),
        predict("predict, f32 and probabilities", [[1.0]], pixels="f32", returns="probabilities"),
        predict("predict, f32 at every edge of what is allowed", [edges], pixels="f32"),
        predict("predict, a pattern along each row", [ramp]),
        predict("predict, three pictures", [[1], [2, 3], ramp]),
        predict("predict, three pictures of f32", [[0.0], [0.5, 1.0], [0.75]], pixels="f32"),
        predict("predict, a handle and a version", [[7]], model=3, version=12),
        predict("predict, a deadline of 50 ms", [[7]], deadline=50_000),
        predict("predict, every field at its highest", [[255]], id=U64, model=U16 - 1,
                version=U32, deadline=U32),
        predict("predict, raw", [[7]], flags=0x100),
        predict("predict, raw and every ignorable flag", [[7]], flags=0x1FF),
        predict("predict, 256 pictures", [[n] for n in range(256)]),
        predict("predict, 256 pictures of f32", [[n / 255] for n in range(256)], pixels="f32",
                returns="probabilities"),
    ]


def small_requests():
    plain = [
        vector("cancel", TO_SERVER, f.frame("CANCEL", id=1), meaning("CANCEL", 1)),
        vector("cancel, highest id", TO_SERVER, f.frame("CANCEL", id=U64), meaning("CANCEL", U64)),
        vector("reload", TO_SERVER, f.frame("RELOAD", id=6), meaning("RELOAD", 6)),
        vector("stats", TO_SERVER, f.frame("STATS", id=2), meaning("STATS", 2)),
    ]
    echoes = {"empty": b"", "of one byte": b"\xFF", "of 64 bytes": bytes(range(64))}
    plain += [
        vector(f"ping, {name}", TO_SERVER, f.frame("PING", echo, id=3),
               meaning("PING", 3, echo=echo)) for name, echo in echoes.items()]
    models = {"the default model": 0, "model 1": 1, "the highest handle": U16 - 1,
              "every model": U16}
    plain += [
        vector(f"metadata, {name}", TO_SERVER, f.metadata(model, id=4),
               meaning("METADATA", 4, model=model)) for name, model in models.items()]
    plain += [
        vector(f"health, {probe}", TO_SERVER, f.health(probe), meaning("HEALTH", probe=probe))
        for probe in f.PROBES]
    return plain


def ignorable_requests():
    """What a server of version 1 accepts or skips, though no client of version 1 sends it."""
    flagged = [("CANCEL", {}), ("PING", {"echo": b""}), ("STATS", {}), ("METADATA", {"model": 0})]
    made = [
        vector(f"{type.lower()}, every ignorable flag", TO_SERVER, f.frame(type, id=5, flags=0xFF),
               meaning(type, 5, 0xFF, **fields), canonical=False)
        for type, fields in flagged]
    made.append(vector(
        "health, every ignorable flag", TO_SERVER, f.health("live", flags=0xFF),
        meaning("HEALTH", flags=0xFF, probe="live"), canonical=False))
    made += [
        skipped(TO_SERVER, "the first ignorable type", 0x40),
        skipped(TO_SERVER, "the last ignorable type", 0x7F, b"later"),
        skipped(TO_SERVER, "an ignorable type with flags, id and parameters", 0x55, bytes(100),
                bytes(range(16)), U64, U16),
    ]
    return made


def skipped(direction, name, type, payload=b"", parameters=bytes(16), id=0, flags=0):
    return vector(
        name, direction, f.frame(type, payload, parameters, id, flags),
        {**meaning(type, id, flags), "skipped": True}, canonical=False)


# Replies


def model(handle=1, name="cnn-28", versions=(1,), labels=DIGITS, default_version=None,
          default=False, conditioned=False, precision="f32", pixel_types=("u8", "f32"),
          later=b"", unknown_bits=0, problem=None, rejection_threshold=None):
    """A model entry's bytes and its meaning."""
    told = {}
    if rejection_threshold is not None:
        told["rejection_threshold"] = single(rejection_threshold)
        later = f.rejection_threshold(rejection_threshold) + later
    if problem is not None:
        told["problem"] = problem
        later = f.problem(problem) + later
    default_version = versions[0] if default_version is None else default_version
    properties = int(default) | int(conditioned) << 1 | unknown_bits
    mask = sum(f.PIXEL_TYPES[pixel_type] for pixel_type in pixel_types) | unknown_bits
    data = f.model_entry(handle, name, versions, labels, default_version, properties, precision,
                         mask, later)
    return data, {
        "handle": handle, "default": default, "conditioned": conditioned, "precision": precision,
        "default_version": default_version, "rows": 28, "columns": 28,
        "pixel_types": list(pixel_types), "name": name, "versions": list(versions),
        "labels": list(labels), **told}


PLAIN = model(default=True)
SEVERAL = [
    PLAIN,
    model(2, "lenet", (7, 8, U32), default_version=8, conditioned=True, precision="int8",
          pixel_types=("u8",)),
    model(U16 - 1, "ten", (1,), [f"{digit}·{'x' * digit}" for digit in range(10)],
          precision="bf16", pixel_types=("f32",)),
]
SCRIPTS = ["zéro", "один", "二", "३", "٤", "5\uFE0F\u20E3", "e\u0301", "", "𝟪", "9"]
UNICODE = model(1, "цифры-数字", (3,), SCRIPTS, default=True)
LONGEST = model(1, "n" * 64, tuple(range(1, 41)), ["l" * 255, "é" * 127], default=True)
LATER = [model(default=True, later=b"\xFF" * 33),
         model(2, "odd", later=b"later versions may say more")]
PROBLEM = model(default=True, problem="expected the SHA-256 of its card, got another: copier à nouveau")
MORE = [model(default=True, later=struct.pack("<HH", 9, 5) + b"hello" + f.problem("cut short")),
        model(2, "two", later=bytes(4) + f.problem("behind the end"))]
MORE[0][1]["problem"] = "cut short"
REJECTING = [model(default=True, rejection_threshold=0.75),
             model(2, "two", problem="the newer file is damaged", rejection_threshold=1)]
UNUSABLE = [
    model(default=True, later=f.rejection_threshold(0) + f.rejection_threshold(0.5)),
    model(2, "two", later=f.rejection_threshold(1.5)),
    model(3, "three", later=struct.pack("<HHd", 2, 8, 0.5) + f.rejection_threshold(0.25)),
    model(4, "four", later=f.rejection_threshold(-0.5) + f.problem("first") + f.problem("")),
]
UNUSABLE[0][1]["rejection_threshold"] = 0.5
UNUSABLE[2][1]["rejection_threshold"] = 0.25
UNUSABLE[3][1]["problem"] = "first"
BITS = model(default=True, unknown_bits=0xFC)


def welcome(name, models, features=0, payload_max=802_816, images_max=256, in_flight_max=256,
            canonical=True):
    return vector(
        name, TO_CLIENT,
        f.welcome([data for data, _ in models], 1, features, payload_max, images_max,
                  in_flight_max),
        meaning("WELCOME", version=1, features=features, payload_bytes_max=payload_max,
                images_max=images_max, requests_in_flight_max=in_flight_max,
                models=[means for _, means in models]), canonical)


def welcomes():
    return [
        welcome("welcome, the worked example", [PLAIN]),
        welcome("welcome, no model yet", []),
        welcome("welcome, announcements granted", [PLAIN], features=1),
        welcome("welcome, three models", SEVERAL),
        welcome("welcome, labels of many scripts", [UNICODE]),
        welcome("welcome, long names and many versions", [LONGEST]),
        welcome("welcome, the lowest limits", [PLAIN], 0, 200_704, 1, 1),
        welcome("welcome, the highest limits", [PLAIN], U32, U32, U32, U32),
        welcome("welcome, entries with data of later versions", LATER, canonical=False),
        welcome("welcome, a model with a problem", [PROBLEM]),
        welcome("welcome, additions of unknown kinds and behind the end", MORE, canonical=False),
        welcome("welcome, rejection thresholds", REJECTING),
        welcome("welcome, unknown properties and pixel types", [BITS], canonical=False),
    ]


def top1(name, records, id=1, version=1, queue=11, inference=42, precision="f32"):
    records = [[single(probability), label] for probability, label in records]
    return vector(
        name, TO_CLIENT,
        f.result(f.top1(records), len(records), "top1", version, queue, inference, precision, id),
        meaning("RESULT", id, version=version, queue_us=queue, inference_us=inference,
                count=len(records), return_kind="top1", precision=precision,
                top1=[{"probability": p, "class": label} for p, label in records]))


def probabilities(name, rows, id=1, version=1, queue=11, inference=42, precision="f32"):
    rows = [[single(value) for value in row] for row in rows]
    payload = b"".join(f.floats(row) for row in rows)
    return vector(
        name, TO_CLIENT,
        f.result(payload, len(rows), "probabilities", version, queue, inference, precision, id),
        meaning("RESULT", id, version=version, queue_us=queue, inference_us=inference,
                count=len(rows), return_kind="probabilities", precision=precision,
                probabilities=rows))


def results():
    row = [0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625, 0.00390625, 0]
    return [
        top1("result, top-1", [(0.9990234375, 7)]),
        top1("result, top-1 of three", [(1, 0), (0.1, 9), (0, 4)], precision="bf16"),
        top1("result, top-1, every field at its highest", [(1, U16)], U64, U32, U32, U32, "int8"),
        top1("result, top-1 of 256", [(n / 256, n % 10) for n in range(256)]),
        probabilities("result, probabilities", [row]),
        probabilities("result, probabilities of three", [row, row[::-1], [0.1] * 10], id=9),
        probabilities("result, one class", [[1], [1]], precision="int8"),
        probabilities("result, 47 classes", [[n / 1081 for n in range(47)]], precision="bf16"),
    ]


def stats_reply(name, entries, uptime=1_000_000, id=2, models=(), canonical=True):
    return vector(
        name, TO_CLIENT,
        f.stats_reply([f.statistic(*entry) for entry in entries], uptime, id,
                      models=[data for data, _ in models]),
        meaning("STATS_REPLY", id, uptime_us=uptime, entries=[statistic(*e) for e in entries],
                model_statistics=[means for _, means in models]), canonical)


def statistic(name, kind, value):
    return {"name": name, "kind": kind, "value": value}


def model_statistics(name, version, statistics, histograms, later=b""):
    """An entry of STATS_REPLY, and what it means."""
    data = f.model_statistics(
        name, version, [f.statistic(*one) for one in statistics],
        [f.histogram(*one) for one in histograms], later)
    return data, {
        "name": name, "version": version, "entries": [statistic(*one) for one in statistics],
        "histograms": [{
            "name": histogram, "sum": total,
            "buckets": [{"upper_bound": bound, "count": count} for bound, count in buckets],
        } for histogram, total, buckets in histograms]}


def stats_replies():
    return [
        stats_reply("stats reply, nothing to tell", [], uptime=0),
        stats_reply("stats reply, three entries", [
            ("requests", "counter", 12_345), ("requests_in_flight", "gauge", 3),
            ("queue_wait_microseconds", "counter", 0)]),
        stats_reply("stats reply, highest values", [("n" * 255, "counter", U64), ("q", "gauge", 0)],
                    U64, U64),
        stats_reply("stats reply, a model that nobody has asked for", [],
                    models=[model_statistics("m", 1, [], [])]),
        stats_reply("stats reply, two models with histograms", [("requests", "counter", 9)], models=[
            model_statistics("cnn-28", 2, [
                ("requests_answered", "counter", 9), ("last_request_age_microseconds", "gauge", 70),
            ], [
                ("total_nanoseconds", 1_234_567, [(100_000, 5), (150_000, 3), (U64, 1)]),
                ("batch_images", 9, [(1, 9)]), ("queue_nanoseconds", 0, []),
            ]),
            model_statistics("n" * 64, U32, [("n" * 255, "gauge", U64)], [("h" * 255, U64, [(0, U64)])]),
        ]),
        stats_reply("stats reply, a model with what a later version adds", [], models=[
            model_statistics("mlp", 1, [("images", "counter", 1)], [], later=b"later on"),
            model_statistics("mlp", 2, [], [("queue_nanoseconds", 5, [(7, 1)])]),
        ], canonical=False),
    ]


def model_list(name, type, models, id, canonical=True):
    return vector(
        name, TO_CLIENT, f.model_list(type, [data for data, _ in models], id=id),
        meaning(type, id, models=[means for _, means in models]), canonical)


def model_lists():
    return [
        model_list("metadata reply, one model", "METADATA_REPLY", [PLAIN], 4),
        model_list("metadata reply, none", "METADATA_REPLY", [], 4),
        model_list("metadata reply, three models", "METADATA_REPLY", SEVERAL, U64),
        model_list("metadata reply, data of later versions", "METADATA_REPLY", LATER, 4, False),
        model_list("metadata reply, rejection thresholds that cannot be used", "METADATA_REPLY",
                   UNUSABLE, 4, False),
        model_list("models changed, three models", "MODELS_CHANGED", SEVERAL, 0),
        model_list("models changed, a problem", "MODELS_CHANGED", [PROBLEM, SEVERAL[1]], 0),
        model_list("models changed, none left", "MODELS_CHANGED", [], 0),
    ]


def small_replies():
    echoes = {"empty": b"", "of 64 bytes": bytes(range(64))}
    made = [vector(f"pong, {name}", TO_CLIENT, f.frame("PONG", echo, id=3),
                   meaning("PONG", 3, echo=echo)) for name, echo in echoes.items()]
    made += [vector(f"health reply, {probe}, {'yes' if yes else 'no'}", TO_CLIENT,
                    f.health_reply(probe, yes),
                    meaning("HEALTH_REPLY", probe=probe, yes=bool(yes)))
             for probe in f.PROBES for yes in (1, 0)]
    made += [vector(f"goaway, {reason}, {grace} ms", TO_CLIENT, f.goaway(reason, grace),
                    meaning("GOAWAY", reason=reason, grace_ms=grace))
             for reason in f.GOAWAY_REASONS for grace in (0, 5_000, U32)]
    replies = [("changed", 2, 1, 0, ""), ("unchanged", 0, 0, 0, ""),
               ("refused", U32, U32, U32, "cnn-28: abgeschnitten · 切断"),
               ("refused", 0, 0, 1, "m" * 4_096)]
    made += [vector(f"reload reply, {outcome}, {len(message)} characters", TO_CLIENT,
                    f.reload_reply(outcome, loaded, removed, refused, message, id=6),
                    meaning("RELOAD_REPLY", 6, outcome=outcome, loaded=loaded, removed=removed,
                            refused=refused, message=message))
             for outcome, loaded, removed, refused, message in replies]
    return made


def error(name, code, fault="client", retryable=False, processed="no", closes=False,
          retry_after=0, image=None, message="", id=1, flags=0, canonical=True):
    data = f.error(code, fault, retryable, processed, closes, retry_after, image, message, id,
                   flags=flags)
    if isinstance(message, bytes):
        message = message.decode(errors="replace")
    return vector(
        name, TO_CLIENT, data,
        meaning("ERROR", id, flags, code=code, **{"class": fault}, retryable=retryable,
                processed=processed, closes=closes, retry_after_ms=retry_after, image=image,
                message=message), canonical)


def errors(protocol):
    made = [
        error(f"error, {known['name']}", known["code"], known["class"], known["retryable"],
              known["processed"], known["closes"], id=0 if known["code"] < 16 else 1,
              message="expected one thing, got another")
        for known in protocol["errors"]]
    return made + [
        error("error, about the first image", 24, image=0, message="image 0"),
        error("error, about a late image", 24, image=65_534),
        error("error, retry after 250 ms", 32, "overload", True, retry_after=250),
        error("error, the longest wait", 32, "overload", True, retry_after=U32, id=U64),
        error("error, the longest message", 20, message="m" * 512),
        error("error, a message of many scripts", 20, message="erwartet: 5 · 得到 7"),
        error("error, a code of a later version", 999, "server", True, "yes", True,
              canonical=False),
        error("error, a message that is not UTF-8", 20, message=b"caf\xE9!", canonical=False),
    ]


def leniency_of_clients():
    """What a client of version 1 ignores, though no server of version 1 sends it."""
    reserved = vector(
        "result, top-1 with reserved bytes set", TO_CLIENT,
        f.result(f.top1([(0.5, 3)], reserved=U16)),
        meaning("RESULT", 1, version=1, queue_us=11, inference_us=42, count=1, return_kind="top1",
                precision="f32", top1=[{"probability": 0.5, "class": 3}]), canonical=False)
    flagged = vector(
        "pong, every flag", TO_CLIENT, f.frame("PONG", b"hi", id=3, flags=U16),
        meaning("PONG", 3, U16, echo=b"hi"), canonical=False)
    parameters = vector(
        "pong, reserved bytes set", TO_CLIENT, f.frame("PONG", b"hi", b"\xFF" * 16, id=3),
        meaning("PONG", 3, echo=b"hi"), canonical=False)
    return [
        reserved, flagged, parameters,
        skipped(TO_CLIENT, "a type of a later server", 0xA0, b"news", bytes(range(16)), 8, 0xFF),
        skipped(TO_CLIENT, "type 0 from a server", 0x00),
    ]


# Several frames in one write


def stream(name, *parts):
    directions = {part["direction"] for part in parts}
    assert len(directions) == 1
    return {"name": f"stream: {name}", "direction": directions.pop(), "stream": [
        {"hex": part["hex"], "meaning": part["meaning"]} for part in parts]}


def streams():
    hi, health = hello(""), vector("", TO_SERVER, f.health("ready"),
                                   meaning("HEALTH", probe="ready"))
    later = skipped(TO_SERVER, "", 0x60, b"skip me")
    cancel = vector("", TO_SERVER, f.frame("CANCEL", id=2), meaning("CANCEL", 2))
    ping = vector("", TO_SERVER, f.frame("PING", b"?", id=3), meaning("PING", 3, echo=b"?"))
    asked = predict("", [[0, 255]], returns="probabilities", deadline=50_000)
    other = predict("", [[0.5], [1]], id=2, pixels="f32")
    row = [0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625, 0.00390625, 0]
    answers = [probabilities("", [row]), top1("", [(0.5, 0), (1, 1)], id=2)]
    pong = vector("", TO_CLIENT, f.frame("PONG", b"?", id=3), meaning("PONG", 3, echo=b"?"))
    return [
        stream("the worked example, client", hi, asked),
        stream("the worked example, server", welcome("", [PLAIN]), answers[0]),
        stream("health twice, then hello", health, health, hi),
        stream("hello, two requests, cancel and ping", hi, asked, other, cancel, ping),
        stream("ignorable types between requests", hi, later, asked, later, later, ping),
        stream("answers in another order", welcome("", [PLAIN]), pong, *reversed(answers)),
    ]

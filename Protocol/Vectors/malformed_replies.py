"""The malformed vectors to clients: frames that end the connection."""

import struct

import frames as f

U16, U32 = 0xFFFF, 0xFFFF_FFFF


def ended(name, why, data):
    return {"name": name, "direction": "server_to_client", "judge": "frame", "stream": [data],
            "expect": {"closes": True}, "why": why}


def vectors():
    digits = [str(digit) for digit in range(10)]

    def entry(name="cnn-28", labels=digits, versions=(1,), **more):
        return f.model_entry(1, name, versions, labels, **more)

    def reply(*entries, **more):
        return f.model_list("METADATA_REPLY", entries, id=1, **more)

    good = entry()
    return [
        ended("welcome, wrong magic", "another protocol", f.welcome([good], magic=0)),
        ended("welcome, cut in its limits", "16 bytes", f.frame("WELCOME", bytes(15), struct.pack(
            "<IHHII", f.MAGIC, 1, 0, 0, 0))),
        ended("welcome, more entries than there are", "count 2", f.welcome([good], count=2)),
        ended("welcome, 65,535 entries announced", "count is checked before room is taken",
              f.welcome([good], count=U16)),
        ended("welcome, fewer entries than there are", "count 0", f.welcome([good], count=0)),
        ended("welcome, bytes after the last entry", "entries fill it",
              f.welcome([good], tail=bytes(4))),
        ended("welcome, two models with one handle", "a handle names one model",
              f.welcome([good, good])),
        ended("entry of 0 bytes", "it counts its own 4", reply(entry(entry_bytes=0))),
        ended("entry of 20 bytes", "24 at least", reply(entry(entry_bytes=20))),
        ended("entry of 55 bytes", "a multiple of 4", reply(entry(entry_bytes=55))),
        ended("entry too short for its labels", "the last label is outside",
              reply(entry(entry_bytes=48))),
        ended("entry reaching past the payload", "60 of 56", reply(entry(entry_bytes=60))),
        ended("entry of 4 GiB", "it reaches past the payload", reply(entry(entry_bytes=U32 - 3))),
        ended("entry of 65,535 classes", "ten labels", reply(entry(classes=U16))),
        ended("entry without a name", "1 to 64 bytes", reply(entry(""))),
        ended("entry with a name of 65 bytes", "1 to 64 bytes", reply(entry("n" * 65))),
        ended("entry with a name that is not UTF-8", "text is UTF-8", reply(entry(b"\xC3\x28"))),
        ended("entry with a label that is not UTF-8", "text is UTF-8",
              reply(entry(labels=[b"\xFF"]))),
        ended("entry of precision 4", "not listed", reply(entry(precision=4))),
        ended("models changed, cut in an entry", "10 of 56 bytes",
              f.frame("MODELS_CHANGED", good[:10], b"\1" + bytes(15))),
        ended("result, no images", "a request has one at least", f.result(b"", 0)),
        ended("result, no bytes", "8 for each", f.result(b"", 1)),
        ended("result, 7 bytes of top-1", "8 for each", f.result(bytes(7), 1)),
        ended("result, 16 bytes for one top-1", "8 for each", f.result(bytes(16), 1)),
        ended("result, probabilities that do not divide", "4 for each class of each image",
              f.result(bytes(44), 3, "probabilities")),
        ended("result, half a probability", "4 for each", f.result(bytes(42), 1, "probabilities")),
        ended("result, return kind 3", "not listed", f.result(bytes(8), returns=3)),
        ended("result, precision 0", "not listed", f.result(bytes(8), precision=0)),
        ended("reload reply, outcome 4", "not listed", f.reload_reply(4, id=1)),
        ended("reload reply, a message that is not UTF-8", "text is UTF-8",
              f.reload_reply("refused", message=b"\xFF", id=1)),
        ended("stats reply, kind 3", "not listed", f.stats_reply([f.statistic("n", 3, 1)])),
        ended("stats reply, no name", "1 to 255 bytes", f.stats_reply([f.statistic("", 1, 1)])),
        ended("stats reply, a name that is not UTF-8", "text is UTF-8",
              f.stats_reply([f.statistic(b"\xFF", 1, 1)])),
        ended("stats reply, cut in a name", "5 bytes announced",
              f.stats_reply([f.statistic("count", 1, 1)[:-1]])),
        ended("stats reply, 4,294,967,295 entries announced", "checked before room is taken",
              f.stats_reply([f.statistic("n", 1, 1)], count=U32)),
        ended("stats reply, bytes after the last entry", "entries fill it",
              f.stats_reply([f.statistic("n", 1, 1)], tail=b"\0")),
        *model_statistics(),
        ended("goaway, reason 3", "not listed", f.goaway(3, 0)),
        ended("error, class 0", "not listed", f.error(20, 0, 0)),
        ended("error, class 4", "not listed", f.error(20, 4, 0)),
        ended("error, processed 3", "not listed", f.error(20, 1, 0, processed=3)),
        ended("pong, wrong mark", "the two sides have lost each other", f.frame("PONG", mark=0xD2)),
    ]


def model_statistics():
    entry = f.model_statistics
    good = entry("m", statistics=[f.statistic("n", 1, 1)])

    def reply(*models, **more):
        return f.stats_reply(models=models, **more)

    bucket, hundred = (5, 1), [(n, 1) for n in range(100)]
    return [
        ended("model statistics, 65,535 models announced", "checked before room is taken",
              reply(good, model_count=U16)),
        ended("model statistics, bytes after the last model", "models fill it",
              reply(good, tail=bytes(4))),
        ended("model statistics that nobody announced", "bytes after the last entry",
              reply(good, model_count=0)),
        ended("model statistics of 8 bytes", "12 at least", reply(entry("m", entry_bytes=8))),
        ended("model statistics of 4 GiB", "it reaches past the payload",
              reply(entry("m", entry_bytes=U32 - 3))),
        ended("model statistics of 18 bytes", "a multiple of 4",
              reply(entry("m", entry_bytes=18, later=bytes(5)))),
        ended("model statistics without a name", "1 to 64 bytes", reply(entry(""))),
        ended("model statistics with a name of 65 bytes", "1 to 64 bytes", reply(entry("n" * 65))),
        ended("model statistics with a name that is not UTF-8", "text is UTF-8",
              reply(entry(b"\xFF"))),
        ended("model statistics, two statistics announced", "there is one",
              reply(entry("m", statistics=[f.statistic("n", 1, 1)], statistic_count=2))),
        ended("model statistics, kind 3", "not listed",
              reply(entry("m", statistics=[f.statistic("n", 3, 1)]))),
        ended("model statistics, 255 histograms announced", "there is one",
              reply(entry("m", histograms=[f.histogram("h", 5, [bucket])], histogram_count=255))),
        ended("histogram without a name", "1 to 255 bytes",
              reply(entry("m", histograms=[f.histogram("", 5, [bucket])]))),
        ended("histogram, 65,535 buckets announced", "there is one",
              reply(entry("m", histograms=[f.histogram("h", 5, [bucket], count=U16)]))),
        ended("histogram, bounds that do not rise", "each is larger than the one before",
              reply(entry("m", histograms=[f.histogram("h", 5, [bucket, bucket])]))),
        ended("histogram, bounds that fall at the end", "each is larger than the one before",
              reply(entry("m", histograms=[f.histogram("h", 5, hundred + [(98, 1)])]))),
    ]

"""The notation of bytes in the vectors; README.md describes it."""

PERIODS = (1, 4, 8, 16)


def compact(data):
    """Hexadecimal, with (XX*N) where a pattern of up to 16 bytes comes again and again."""
    text, at = [], 0
    while at < len(data):
        period, times = max(
            ((period, repeats(data, at, period)) for period in PERIODS),
            key=lambda found: (found[0] * found[1], -found[0]))
        if times >= 3 and period * times >= 8:
            text.append(f"({data[at:at + period].hex().upper()}*{times})")
            at += period * times
        else:
            text.append(f"{data[at]:02X}")
            at += 1
    return "".join(text)


def repeats(data, at, period):
    pattern, times = data[at:at + period], 1
    if len(pattern) < period:
        return 0
    while data[at + times * period:at + (times + 1) * period] == pattern:
        times += 1
    return times


def hex_of(data):
    """A frame's fields apart: length, type, mark, flags, id, parameters, payload."""
    if len(data) < 32 or data[5] != 0xD1:
        return compact(data)
    ends = [0, 4, 5, 6, 8, 16, 32]
    fields = [data[a:b].hex().upper() for a, b in zip(ends, ends[1:])]
    return " ".join(fields + [compact(data[32:])]).rstrip()


def expand(text):
    """The inverse of hex_of."""
    data, text = bytearray(), text.replace(" ", "")
    while text:
        if text[0] == "(":
            group, text = text[1:].split(")", 1)
            pattern, times = group.split("*")
            data += bytes.fromhex(pattern) * int(times)
        else:
            data += bytes.fromhex(text[:2])
            text = text[2:]
    return bytes(data)

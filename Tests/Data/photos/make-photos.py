#!/usr/bin/env python3
"""Writes pictures of digits as people send them, and labels.txt beside them ("name digits" a line).

Each is an MNIST training digit (train-5k) redrawn at 100 to 1,500 pixels on a ground of its own:
shadowed, ruled or textured, dark on light or light on dark, off-centre, thick or thin, noisy,
rotated by up to 15 degrees; saved in one of the ways in which PNG and JPEG can be saved. Sheets
show several digits in a row.

Usage: make-photos.py [--seed N] [--count N] [--sheets N] [FOLDER]     (needs Pillow and numpy)
"""

import argparse
import gzip
import io
import pathlib

import numpy as np
from PIL import Image, ImageFilter

HERE = pathlib.Path(__file__).parent
LIMIT_BYTES = 48_000
GROUNDS = ["flat", "gradient", "shadow", "ruled", "grid", "texture", "ruled+shadow"]
FORMATS = ["jpeg", "exif", "jpeg", "png-grey", "png-palette", "jpeg", "png-alpha", "png-16",
           "png-rgb", "jpeg", "png-clear", "exif"]
OPPOSITE = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
            4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
            6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270}


def training_digits():
    folder = HERE.parent / "mnist"
    images = gzip.open(folder / "train-5k-images-idx3-ubyte.gz").read()[16:]
    labels = gzip.open(folder / "train-5k-labels-idx1-ubyte.gz").read()[8:]
    return np.frombuffer(images, np.uint8).reshape(-1, 28, 28), np.frombuffer(labels, np.uint8)


def glyph(pixels, weight, angle):
    """A digit as a mask 560 pixels high and wide, cut to its ink.

    weight: -1 thin, 0 as written, 1 thick.
    """
    image = Image.fromarray(pixels).resize((448, 448), Image.Resampling.BICUBIC)
    mask = image.filter(ImageFilter.GaussianBlur(5)).point(lambda value: 255 * (value > 110))
    mask = Image.fromarray(np.pad(np.asarray(mask), 56))
    ink = np.asarray(mask) > 0
    edge = (ink[1:] != ink[:-1]).sum() + (ink[:, 1:] != ink[:, :-1]).sum()
    stroke = 2.4 * ink.sum() / edge
    change = 1 + 2 * int(abs(weight) * 0.22 * stroke)
    if change > 1:
        mask = mask.filter((ImageFilter.MaxFilter if weight > 0 else ImageFilter.MinFilter)(change))
    mask = mask.rotate(angle, Image.Resampling.BICUBIC)
    return mask.crop(mask.getbbox())


def smooth_noise(random, height, width, cell):
    coarse = random.standard_normal((height // cell + 3, width // cell + 3)).astype(np.float32)
    image = Image.fromarray(coarse).resize(
        ((width // cell + 3) * cell, (height // cell + 3) * cell), Image.Resampling.BICUBIC)
    return np.asarray(image)[:height, :width]


def lines(random, distances, period, thickness):
    offset = random.uniform(0, period)
    within = (distances + offset) % period
    return np.clip(thickness / 2 + 0.5 - np.abs(within - period / 2), 0, 1)


def ground(random, kind, height, width, contrast):
    """What is added to the paper's level: count of levels, mostly negative."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    level = np.zeros((height, width), np.float32)
    side = max(height, width)
    if kind == "gradient":
        angle = random.uniform(0, 2 * np.pi)
        level += (np.cos(angle) * x + np.sin(angle) * y) / side * random.uniform(30, 110)
    if "shadow" in kind:
        angle = random.uniform(0, 2 * np.pi)
        along = np.cos(angle) * (x - width / 2) + np.sin(angle) * (y - height / 2)
        softness = side * random.uniform(0.02, 0.2)
        place = random.uniform(-0.25, 0.25) * side
        level -= random.uniform(25, 80) / (1 + np.exp(-(along - place) / softness))
    if "ruled" in kind or kind == "grid":
        strength = random.uniform(0.15, 0.5) * contrast
        period = min(height, width) * random.uniform(0.12, 0.35)
        thickness = max(1.0, side / 300)
        slope = np.tan(np.radians(random.uniform(-3, 3)))
        rule = lines(random, y + slope * x, period, thickness)
        if kind == "grid":
            rule = np.maximum(rule, lines(random, x - slope * y, period, thickness))
        level -= strength * rule
    if kind == "texture":
        for cell, share in [(3, 0.3), (9, 0.4), (max(12, side // 6), 1.0)]:
            level += smooth_noise(random, height, width, cell) * share * random.uniform(4, 12)
    return level


def choose(random, index):
    side = float(np.exp(random.uniform(np.log(100), np.log(1500))))
    low = random.random() < 0.2
    return {
        "side": side, "aspect": random.uniform(0.7, 1.4),
        "ground": GROUNDS[index % len(GROUNDS)], "format": FORMATS[index % len(FORMATS)],
        "light_ink": random.random() < 0.35, "weight": random.choice([-1, -0.5, 0, 0, 0.5, 1]),
        "angle": random.uniform(-15, 15), "noise": random.choice([0, 0, 3, 8, 14]),
        "contrast": random.uniform(45, 70) if low else random.uniform(80, 200),
        "part": random.uniform(0.2, 0.85), "quality": int(random.integers(30, 91)),
        "blur": random.uniform(0, 1.2),
    }


def paste(mask, glyph_image, height, left, top):
    scale = height / glyph_image.height
    width = max(1, round(glyph_image.width * scale))
    small = glyph_image.resize((width, max(1, round(height))), Image.Resampling.LANCZOS)
    mask.paste(small, (int(left), int(top)))
    return width


def digit_mask(random, choice, glyphs, height, width):
    mask = Image.new("L", (width, height))
    if len(glyphs) == 1:
        image = glyphs[0]
        tall = min(choice["part"] * height, 0.85 * width * image.height / image.width)
        tall = max(tall, min(24, 0.8 * height))
        wide = tall * image.width / image.height
        margin = 0.03
        left = random.uniform(margin * width, max(margin * width, (1 - margin) * width - wide))
        top = random.uniform(margin * height, max(margin * height, (1 - margin) * height - tall))
        paste(mask, image, tall, left, top)
    else:
        left = 0.06 * width
        tall = 0.55 * height
        for image in glyphs:
            high = tall * random.uniform(0.85, 1.1)
            top = (height - high) * random.uniform(0.3, 0.7)
            left += paste(mask, image, high, left, top) + tall * random.uniform(0.15, 0.5)
    return np.asarray(mask, np.float32) / 255


def picture(random, choice, glyphs):
    """Grey levels 0 to 255 as float32, and the mask of the ink."""
    if len(glyphs) > 1:
        height = int(choice["side"] / len(glyphs)) + 60
        width = int(height * (0.2 + 0.85 * len(glyphs)))
    else:
        height = int(min(1500, max(100, choice["side"] / max(1, choice["aspect"]))))
        width = int(min(1500, max(100, height * choice["aspect"])))
    mask = digit_mask(random, choice, glyphs, height, width)
    contrast = choice["contrast"]
    if choice["light_ink"]:
        paper = random.uniform(25, max(26, 235 - contrast))
        level = paper + ground(random, choice["ground"], height, width, contrast) * 0.6
        level = np.clip(level, 0, 250)
        level = level + mask * np.minimum(contrast, 255 - level)
    else:
        paper = random.uniform(min(235, contrast + 40), 250)
        level = np.clip(paper + ground(random, choice["ground"], height, width, contrast), 5, 255)
        level = level * (1 - mask * contrast / paper)
    image = Image.fromarray(np.clip(level, 0, 255).astype(np.uint8))
    level = np.asarray(image.filter(ImageFilter.GaussianBlur(choice["blur"])), np.float32)
    level = level + random.standard_normal(level.shape) * choice["noise"]
    return np.clip(level, 0, 255), mask


def coloured(random, level):
    tint = random.uniform(0.82, 1.0, 3)
    return Image.fromarray((level[..., None] * tint).astype(np.uint8), "RGB")


def encode(random, choice, level, mask):
    """The bytes of a file and its name's ending."""
    grey = Image.fromarray(level.astype(np.uint8), "L")
    stream = io.BytesIO()
    kind = choice["format"]
    if kind in ("jpeg", "exif"):
        image = coloured(random, level) if random.random() < 0.7 else grey
        options = {"quality": choice["quality"], "progressive": bool(random.random() < 0.3)}
        if kind == "exif":
            orientation = int(random.integers(2, 9))
            exif = Image.Exif()
            exif[0x0112] = orientation
            image = image.transpose(OPPOSITE[orientation])
            options["exif"] = exif
        image.save(stream, "JPEG", **options)
        return stream.getvalue(), "jpg"
    if kind == "png-palette":
        image = coloured(random, level).quantize(int(random.choice([8, 32, 128])))
    elif kind == "png-16":
        image = Image.fromarray((level * 257).astype(np.uint16))
    elif kind == "png-rgb":
        image = coloured(random, level)
    elif kind == "png-alpha":
        image = grey.convert("RGBA")
        image.putalpha(Image.fromarray(np.full(level.shape, 255, np.uint8)))
    elif kind == "png-clear":
        # Ink on nothing: a drawing program's transparent ground.
        ink = 240 if choice["light_ink"] else 20
        flat = Image.new("LA", grey.size, (ink, 0))
        flat.putalpha(Image.fromarray((mask * 255).astype(np.uint8)))
        image = flat
    else:
        image = grey
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue(), "png"


def make(seed, index, digits, glyph_count):
    pixels, labels = digits
    random = np.random.default_rng([seed, index, glyph_count])
    choice = choose(random, index)
    if glyph_count > 1:
        choice["format"] = "jpeg"
        choice["side"] = max(choice["side"], 300)
        chosen = random.integers(0, len(labels), glyph_count)
    else:
        chosen = [int(random.choice(np.flatnonzero(labels == index % 10)))]
    glyphs = [glyph(pixels[place], choice["weight"], choice["angle"] + random.uniform(-1, 1))
              for place in chosen]
    while True:
        level, mask = picture(np.random.default_rng([seed, index, 7]), choice, glyphs)
        data, ending = encode(np.random.default_rng([seed, index, 8]), choice, level, mask)
        if len(data) <= LIMIT_BYTES:
            text = "".join(str(labels[place]) for place in chosen)
            return text, ending, data
        choice["side"] = max(100, choice["side"] * 0.8)
        choice["noise"] *= 0.7
        choice["quality"] = max(30, int(choice["quality"] * 0.85))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=HERE)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--count", type=int, default=140)
    parser.add_argument("--sheets", type=int, default=8)
    options = parser.parse_args()
    digits = training_digits()
    singles, sheets = options.folder / "single", options.folder / "sheets"
    for folder, count, glyphs_of in [
            (singles, options.count, lambda index: 1), (sheets, options.sheets, lambda index: 2 + index % 6)]:
        folder.mkdir(parents=True, exist_ok=True)
        lines_out = []
        for index in range(count):
            text, ending, data = make(options.seed, index, digits, glyphs_of(index))
            name = f"{index:03d}.{ending}"
            (folder / name).write_bytes(data)
            lines_out.append(f"{name} {text}\n")
        (folder / "labels.txt").write_text("".join(lines_out))


if __name__ == "__main__":
    main()

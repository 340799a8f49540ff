"""Pictures that are difficult to preprocess, by kind: levels from 0 to 255, float [y, x].

Every function takes the generator that all its chance comes from: a picture is a function of it.
"""

import io

import numpy as np
from PIL import Image, ImageFilter

from grounds import (crease, margin_line, page_edge, paper, ruled, shadow, texture, thumb)
from strokes import drawn, pen_length, straight


def size(random, low=160, high=1000):
    side = float(np.exp(random.uniform(np.log(low), np.log(high))))
    return int(side), int(side * random.uniform(0.75, 1.35))


def free_place(random, mask, height, width, margin=0.2):
    """A corner that leaves `margin` of the picture around where there is room."""
    rows, columns = mask.shape
    room_y, room_x = height - rows, width - columns
    share = lambda room, length: random.uniform(
        min(room / 2, margin * length), max(room / 2, room - margin * length))
    return int(share(room_y, height)), int(share(room_x, width))


def laid(level, mask, top, left, strength, light=False):
    """The mask's ink on the ground; what lies outside is cut off."""
    result = level.copy()
    rows, columns = mask.shape
    y0, x0 = max(0, top), max(0, left)
    y1, x1 = min(level.shape[0], top + rows), min(level.shape[1], left + columns)
    part = mask[y0 - top:y1 - top, x0 - left:x1 - left]
    area = result[y0:y1, x0:x1]
    result[y0:y1, x0:x1] = area + part * strength * (250 - area) if light \
        else area * (1 - strength * part)
    return result


def photographed(random, level, noise=None):
    blur = random.uniform(0.2, 0.9)
    image = Image.fromarray(np.clip(level, 0, 255).astype(np.uint8))
    level = np.asarray(image.filter(ImageFilter.GaussianBlur(blur)), np.float32)
    amount = random.choice([0, 1.5, 3, 5]) if noise is None else noise
    return level + random.standard_normal(level.shape) * amount



def straight_picture(random, wanted, is_ruled):
    """A digit of straight strokes, level and upright ones among them, that fills its picture."""
    tall = float(np.exp(random.uniform(np.log(60), np.log(700))))
    pen = max(1.5, tall * random.uniform(0.02, 0.07))
    mask = straight(wanted, tall, pen)
    used = np.flatnonzero(mask.any(0))
    mask = mask[:, used[0]:used[-1] + 1]
    gaps = 3 + (random.uniform(0.02, 0.12, 4) * tall).astype(int)
    shape = (mask.shape[0] + gaps[0] + gaps[1], mask.shape[1] + gaps[2] + gaps[3])
    level = paper(random, *shape)
    if is_ruled:
        level = ruled(random, level, squared=random.random() < 0.5, slope=0.0,
                      period=tall * random.uniform(0.2, 0.45))
    return photographed(random, laid(level, mask, gaps[0], gaps[2], random.uniform(0.6, 0.95)))


def thin_strokes(random, pixels):
    """A picture's height and width, and a digit with ink on 0.2 to 0.8 % of it."""
    share = float(np.exp(random.uniform(np.log(0.002), np.log(0.008))))
    height, width = size(random, 260, 1200)
    length = pen_length(pixels)
    tall = height * random.uniform(0.25, 0.7)
    pen = share * height * width / (length * tall)
    if pen < 1.2:
        pen, tall = 1.2, share * height * width / (length * 1.2)
    mask = drawn(pixels, max(tall, 26), pen, random.uniform(-8, 8))
    return height, width, mask


def flat_picture(random, pixels):
    """Thin ink on a ground of one level, as a program draws it."""
    height, width, mask = thin_strokes(random, pixels)
    light = random.random() < 0.5
    level = np.full((height, width), 0.0 if light else 255.0, np.float32)
    return laid(level, mask, *free_place(random, mask, height, width), 1.0, light)


def thin_picture(random, pixels, light):
    """Ink on 0.2 to 0.8 % of the picture, at least 1.2 pixels wide."""
    height, width, mask = thin_strokes(random, pixels)
    level = paper(random, height, width, random.uniform(15, 80) if light else None)
    strength = random.uniform(0.6, 0.95)
    return photographed(
        random, laid(level, mask, *free_place(random, mask, height, width), strength, light),
        noise=random.choice([0, 1, 2]))


def border_picture(random, pixels, side_count, light=False):
    """A digit cut to its ink, which touches so many sides of the picture."""
    tall = float(np.exp(random.uniform(np.log(18), np.log(500))))
    pen = random.choice([None, None, max(1.5, tall * random.uniform(0.04, 0.09))])
    mask = drawn(pixels, tall, pen, random.uniform(-8, 8))
    rows, columns = mask.shape
    touched = set(random.permutation(4)[:side_count].tolist())
    gap = lambda side: 0 if side in touched \
        else 2 + int(random.uniform(0.1, 0.8) * max(rows, columns))
    top, left, bottom, right = gap(0), gap(1), gap(2), gap(3)
    shape = (rows + top + bottom, columns + left + right)
    level = paper(random, *shape, random.uniform(15, 80) if light else None)
    level = laid(level, mask, top, left, random.uniform(0.6, 0.95), light)
    return level if tall < 60 else photographed(random, level, noise=random.choice([0, 1, 2]))


def tight_picture(random, pixels, is_ruled):
    """A digit that all but fills its picture."""
    tall = float(np.exp(random.uniform(np.log(60), np.log(700))))
    pen = tall * random.uniform(0.03, 0.09)
    mask = drawn(pixels, tall, pen, random.uniform(-4, 4))
    rows, columns = mask.shape
    gaps = 2 + (random.uniform(0.02, 0.09, 4) * tall).astype(int)
    level = paper(random, rows + gaps[0] + gaps[1], columns + gaps[2] + gaps[3])
    if is_ruled:
        level = ruled(random, level, squared=random.random() < 0.5,
                      period=tall * random.uniform(0.2, 0.45))
    return photographed(random, laid(level, mask, gaps[0], gaps[2], random.uniform(0.6, 0.95)))


def skewed(random, level, perspective):
    """The picture turned by 10 to 20 degrees, or seen from one side."""
    image = Image.fromarray(np.clip(level, 0, 255).astype(np.uint8))
    width, height = image.size
    fill = int(np.median(level))
    if not perspective:
        angle = random.choice([-1, 1]) * random.uniform(10, 20)
        turned = image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=fill)
        return np.asarray(turned, np.float32)
    dx, dy = width * random.uniform(0.03, 0.1, 4), height * random.uniform(0.03, 0.1, 4)
    quad = (dx[0], dy[0], dx[1], height - dy[1], width - dx[2], height - dy[2], width - dx[3],
            dy[3])
    seen = image.transform(image.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)
    return np.asarray(seen, np.float32)


def written_picture(random, pixels, kind):
    height, width = size(random)
    light = kind == "chalk"
    level = paper(random, height, width, random.uniform(20, 90) if light else None)
    tall = min(height, width) * random.uniform(0.3, 0.55)
    angle = random.uniform(-8, 8)
    if kind == "small":
        tall = max(20, min(height, width) * random.uniform(0.06, 0.14))
    pen = random.choice([None, max(1.4, tall * random.uniform(0.03, 0.08))])
    if kind == "ruled-aligned":
        angle = random.uniform(-1, 1)
        tall = min(height, width) * random.uniform(0.5, 0.75)
        pen = max(1.4, tall * random.uniform(0.025, 0.05))
    mask = drawn(pixels, tall, pen, angle)
    margin = 0.27 if kind in ("page-edge", "page-band", "thumb", "margin-line") else 0.1
    top, left = free_place(random, mask, height, width, margin)
    if kind == "ruled":
        level = ruled(random, level)
    if kind == "ruled-aligned":
        # A line lies on the digit's top, its foot or both.
        rows = mask.shape[0]
        edge = top + (0 if random.random() < 0.5 else rows) + random.uniform(-2, 2)
        period = rows * random.choice([0.5, 1, 1])
        level = ruled(random, level, offset=edge % period, slope=0.0, period=period)
    if kind == "squared":
        level = ruled(random, level, squared=True)
    if kind == "margin-line":
        level = margin_line(random, level)
    if kind == "shadow":
        level = shadow(random, level)
    if kind == "perspective":
        level = shadow(random, ruled(random, level) if random.random() < 0.5 else level)
    if kind == "chalk":
        level = texture(random, level)
    strength = random.uniform(0.25, 0.4) if kind == "pencil" else random.uniform(0.55, 0.95)
    level = laid(level, mask, top, left, strength, light)
    if kind in ("page-edge", "page-band"):
        level = page_edge(random, level, (0.04, 0.16) if kind == "page-edge" else (0.004, 0.03))
    if kind == "thumb":
        level = thumb(random, level)
    if kind in ("skewed", "perspective"):
        level = skewed(random, level, kind == "perspective")
    return photographed(random, level)


def single_picture(random, pixels, kind, wanted):
    if kind == "thin-flat":
        return flat_picture(random, pixels)
    if kind.startswith("straight"):
        return straight_picture(random, wanted, kind == "straight-ruled")
    if kind.startswith("thin"):
        return thin_picture(random, pixels, kind == "thin-light")
    if kind.startswith("border"):
        count = {"one": 1, "two": 2, "three": 3}.get(kind.split("-")[1], int(random.integers(1, 4)))
        return border_picture(random, pixels, count, kind == "border-light")
    if kind.startswith("tight"):
        return tight_picture(random, pixels, kind == "tight-ruled")
    return written_picture(random, pixels, kind)


def empty_picture(random, kind):
    height, width = size(random)
    even = {"white": 255, "grey": random.uniform(60, 200), "black": 0}
    if kind in even:
        return np.full((height, width), even[kind], np.float32)
    level = paper(random, height, width)
    if kind == "gradient":
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        part = x / width if random.random() < 0.5 else y / height
        level = level - random.uniform(40, 140) * part
    changes = {"shadow": shadow, "texture": texture, "ruled": ruled, "margin-line": margin_line,
               "page-edge": page_edge, "thumb": thumb, "crease": crease,
               "squared": lambda random, level: ruled(random, level, squared=True),
               "page-band": lambda random, level: page_edge(random, level, (0.004, 0.03))}
    if kind in changes:
        level = changes[kind](random, level)
    return photographed(random, level, noise=random.uniform(10, 30) if kind == "noise" else None)


def row_picture(random, glyphs, kind):
    tall = float(np.exp(random.uniform(np.log(40), np.log(220))))
    light = kind == "light"
    pen = {"thin": max(1.3, tall * random.uniform(0.02, 0.035))}.get(
        kind, random.choice([None, max(1.5, tall * random.uniform(0.04, 0.09))]))
    masks = [drawn(glyph, tall * random.uniform(0.88, 1.08), pen, random.uniform(-6, 6))
             for glyph in glyphs]
    gaps = [tall * random.uniform(0.2, 0.5) for _ in masks[1:]]
    margin = 0 if kind == "border" else int(tall * random.uniform(0.4, 0.9))
    width = int(sum(mask.shape[1] for mask in masks) + sum(gaps)) + 2 * margin
    height = max(mask.shape[0] for mask in masks) + 2 * int(tall * random.uniform(0.35, 0.8))
    if kind == "page-edge":
        width, height = int(width + 1.2 * tall), int(height + 1.2 * tall)
        margin = int(margin + 0.6 * tall)
    level = paper(random, height, width, random.uniform(15, 80) if light else None)
    if kind in ("ruled", "squared"):
        level = ruled(random, level, squared=kind == "squared",
                      period=tall * random.uniform(0.4, 1.3))
    if kind == "shadow":
        level = shadow(random, level)
    left, strength = float(margin), random.uniform(0.6, 0.95)
    for mask, gap in zip(masks, gaps + [0]):
        top = (height - mask.shape[0]) / 2 + random.uniform(-0.08, 0.08) * tall
        level = laid(level, mask, int(top), int(left), strength, light)
        left += mask.shape[1] + gap
    if kind == "page-edge":
        level = page_edge(random, level, (0.02, 0.05))
    return photographed(random, level, noise=random.choice([0, 1, 2]))



def stored(random, level):
    """The bytes of a file and its name's ending."""
    grey = Image.fromarray(np.clip(level, 0, 255).astype(np.uint8))
    stream = io.BytesIO()
    if min(grey.size) < 120 or random.random() < 0.2:
        grey.save(stream, "PNG", optimize=True)
        return stream.getvalue(), "png"
    grey.save(stream, "JPEG", quality=int(random.integers(50, 93)))
    return stream.getvalue(), "jpg"


def write(folder, pictures):
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for index, (kind, text, level, random) in enumerate(pictures):
        data, ending = stored(random, level)
        name = f"{index:03d}-{kind}.{ending}"
        (folder / name).write_bytes(data)
        lines.append(f"{name} {text}\n")
    (folder / "labels.txt").write_text("".join(lines))

"""The set of pictures that people might send: which kinds it has, and how each is drawn.

The kinds of pictures.py, and here those that are more of a photograph or a form. Each picture has
a generator of its own, so that a kind that is added at the end of a list changes no other picture
of the kinds before it.
"""

import io
import zlib

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from grounds import page_edge, paper, ruled, shadow, smooth_noise, thumb
from pictures import (empty_picture, free_place, laid, photographed, row_picture,
                      single_picture, size)
from strokes import drawn, straight

SINGLE = ["thin", "thin-light", "thin-flat", "straight", "straight-ruled", "small",
          "border-one", "border-two", "border-three", "border-light", "tight", "tight-ruled",
          "ruled", "ruled-aligned", "squared", "margin-line", "page-edge", "page-band", "thumb",
          "shadow", "skewed", "perspective", "pencil", "chalk"]
SINGLE_MORE = ["tiny", "large", "poor-jpeg", "colours", "phone", "straight-beside",
               "ruled-skewed", "box", "two-levels"]
EMPTY = ["white", "grey", "black", "gradient", "shadow", "texture", "noise", "ruled", "squared",
         "margin-line", "page-edge", "page-band", "thumb", "crease"]
EMPTY_MORE = ["desk", "ruled-skewed", "phone", "box", "poor-jpeg"]
ROWS = ["plain", "border", "ruled", "squared", "thin", "shadow", "page-edge", "light"]
ROWS_MORE = ["skewed", "ruled-skewed", "squared-skewed", "boxes", "touching", "phone", "large"]


# Grounds and cameras

def turned(level, degrees):
    """The picture turned about its middle, and cut to what it still covers."""
    image = Image.fromarray(np.clip(level, 0, 255).astype(np.uint8))
    image = image.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    height, width = level.shape
    sine, cosine = abs(np.sin(np.radians(degrees))), np.cos(np.radians(degrees))
    # The largest upright rectangle of the picture's proportions within the turned one.
    share = min(width / (width * cosine + height * sine), height / (width * sine + height * cosine))
    box = (image.width - share * width) / 2, (image.height - share * height) / 2
    image = image.crop([round(side) for side in (*box, image.width - box[0],
                                                 image.height - box[1])])
    return np.asarray(image, np.float32)


def seen_from_aside(random, level, most=0.06):
    """The picture in perspective, each corner cut off a little."""
    image = Image.fromarray(np.clip(level, 0, 255).astype(np.uint8))
    width, height = image.size
    dx, dy = (length * random.uniform(0, most, 4) for length in (width, height))
    quad = (dx[0], dy[0], dx[1], height - dy[1], width - dx[2], height - dy[2], width - dx[3],
            dy[3])
    seen = image.transform(image.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)
    return np.asarray(seen, np.float32)


def poorly_stored(random, level):
    """As a JPEG of low quality leaves it."""
    stream = io.BytesIO()
    image = Image.fromarray(np.clip(level, 0, 255).astype(np.uint8))
    image.save(stream, "JPEG", quality=int(random.integers(10, 31)))
    return np.asarray(Image.open(stream), np.float32)


def desk_around(random, level, reach):
    """The page lies on a desk, which is seen on all four sides."""
    height, width = level.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    desk = random.uniform(15, 110) + smooth_noise(random, height, width, max(6, height // 12)) * 6
    for distance, across, length in ((x, y - height / 2, width), (width - 1 - x, y - height / 2,
                                     width), (y, x - width / 2, height),
                                     (height - 1 - y, x - width / 2, height)):
        edge = length * random.uniform(*reach) + across * np.tan(np.radians(random.uniform(-3, 3)))
        part = 1 / (1 + np.exp(-np.clip((edge - distance) / random.uniform(0.4, 1.6), -40, 40)))
        level = level * (1 - part) + desk * part
    return level


def phone_ground(random, level, is_empty=False):
    """Paper as a telephone sees it, before the ink: rules or squares, perhaps."""
    choice = random.integers(0, 3)
    return level if choice == 0 and not is_empty else ruled(random, level, squared=choice == 2)


def phone_picture(random, level):
    """What is around a sheet in a photograph, at once: a shadow, an edge or a finger, a slant."""
    level = shadow(random, level) if random.random() < 0.7 else level
    level = page_edge(random, level, (0.02, 0.07)) if random.random() < 0.5 \
        else thumb(random, level)
    level = seen_from_aside(random, level)
    return photographed(random, turned(level, random.uniform(-4, 4)))


def boxes(random, level, left, top, widths, height):
    """The boxes of a form, side by side, with walls in common or apart."""
    gap = 0 if random.random() < 0.6 else round(height * random.uniform(0.05, 0.2))
    pen = max(1, round(height * random.uniform(0.012, 0.035)))
    strength = random.uniform(0.3, 0.9)
    image = Image.new("L", level.shape[::-1])
    draw = ImageDraw.Draw(image)
    places = []
    for width in widths:
        draw.rectangle([left, top, left + width, top + height], outline=255, width=pen)
        places.append(left)
        left += width + gap
    mask = np.asarray(image, np.float32) / 255
    return level * (1 - strength * mask), places


# Single digits

def sized_picture(random, pixels, kind):
    """A digit on plain paper in a picture of the kind's size."""
    low, high = {"tiny": (64, 90), "large": (2_400, 3_400)}.get(kind, (160, 1_000))
    height, width = size(random, low, high)
    level = paper(random, height, width)
    tall = min(height, width) * random.uniform(0.4, 0.75)
    pen = random.choice([None, max(1.4, tall * random.uniform(0.04, 0.09))])
    if kind == "large":
        tall = min(height, width) * random.uniform(0.08, 0.6)
        pen = max(6, tall * random.uniform(0.04, 0.1))
        level = [lambda *given: given[1], ruled, shadow][random.integers(0, 3)](random, level)
    mask = drawn(pixels, tall, pen, random.uniform(-8, 8))
    place = free_place(random, mask, height, width, 0.1)
    level = photographed(random, laid(level, mask, *place, random.uniform(0.55, 0.95)))
    return poorly_stored(random, level) if kind == "poor-jpeg" else level


def coloured_picture(random, pixels):
    """Blue, red, green or black ink on tinted paper: float [y, x, 3]."""
    height, width = size(random)
    tall = min(height, width) * random.uniform(0.3, 0.6)
    pen = random.choice([None, max(1.4, tall * random.uniform(0.04, 0.08))])
    mask = drawn(pixels, tall, pen, random.uniform(-8, 8))
    place = free_place(random, mask, height, width, 0.1)
    ground = paper(random, height, width)
    inks = [(0.85, 0.75, 0.3), (0.25, 0.85, 0.8), (0.8, 0.45, 0.75), (0.9, 0.9, 0.9)]
    strengths = np.array(inks[random.integers(0, len(inks))]) * random.uniform(0.8, 1)
    tint = random.uniform(0.8, 1, 3)
    planes = [laid(ground * part, mask, *place, strength)
              for part, strength in zip(tint, strengths)]
    image = Image.fromarray(np.clip(np.stack(planes, 2), 0, 255).astype(np.uint8))
    image = image.filter(ImageFilter.GaussianBlur(random.uniform(0.2, 0.9)))
    level = np.asarray(image, np.float32)
    return level + random.standard_normal(level.shape) * random.choice([0, 1.5, 3])


def beside_picture(random, wanted):
    """A digit of straight strokes, of which a level or upright one lies along a rule or near it."""
    height, width = size(random, 220, 900)
    tall = int(min(height, width) * random.uniform(0.35, 0.7))
    pen = max(2.0, tall * random.uniform(0.03, 0.08))
    mask = straight(wanted, tall, pen)
    level = paper(random, height, width)
    top, left = free_place(random, mask, height, width, 0.12)
    # Where the strokes are: rows for the bars of 4 and 7, columns for the stems of 1 and 4.
    bar = {1: None, 4: top + 0.62 * tall, 7: top}[wanted]
    stem = {1: left + 0.5 * tall, 4: left + 0.72 * tall, 7: None}[wanted]
    lies_along = random.choice([place for place in (bar, stem) if place is not None])
    offset = lies_along + pen / 2 + random.uniform(-1.2, 1.2) * pen
    period = tall * random.uniform(0.4, 0.9)
    slope = np.tan(np.radians(random.uniform(-1, 1)))
    if lies_along == bar:
        level = ruled(random, level, offset=offset % period, slope=slope, period=period)
    else:
        level = ruled(random, level.T, offset=offset % period, slope=slope, period=period).T
    return photographed(random, laid(level, mask, top, left, random.uniform(0.6, 0.95)))


def single_of_set(random, pixels, kind, wanted):
    if kind not in SINGLE_MORE:
        return single_picture(random, pixels, kind, wanted)
    if kind in ("tiny", "large", "poor-jpeg"):
        return sized_picture(random, pixels, kind)
    if kind == "colours":
        return coloured_picture(random, pixels)
    if kind == "straight-beside":
        return beside_picture(random, wanted)
    height, width = size(random, 260, 1_600 if kind == "phone" else 900)
    level = paper(random, height, width)
    tall = min(height, width) * random.uniform(0.25, 0.45)
    pen = random.choice([None, max(1.6, tall * random.uniform(0.04, 0.08))])
    mask = drawn(pixels, tall, pen, random.uniform(-6, 6))
    place = free_place(random, mask, height, width, 0.25)
    strength = random.uniform(0.6, 0.95)
    if kind == "phone":
        return phone_picture(random, laid(phone_ground(random, level), mask, *place, strength))
    if kind == "ruled-skewed":
        level = laid(ruled(random, level, squared=random.random() < 0.5), mask, *place, strength)
        degrees = random.choice([-1, 1]) * random.uniform(4, 20)
        return photographed(random, turned(level, degrees))
    if kind == "box":
        margin = round(tall * random.uniform(0.12, 0.3))
        level, _ = boxes(random, level, place[1] - margin, place[0] - margin,
                         [mask.shape[1] + 2 * margin], mask.shape[0] + 2 * margin)
        return photographed(random, laid(level, mask, *place, strength))
    level = photographed(random, laid(level, mask, *place, strength), noise=2)
    return np.where(level > np.median(level) * (1 - strength / 2), 255.0, 0.0)


# Pictures without ink

def empty_of_set(random, kind):
    if kind not in EMPTY_MORE:
        return empty_picture(random, kind)
    height, width = size(random, 260, 1_200)
    level = paper(random, height, width)
    if kind == "desk":
        return photographed(random, desk_around(random, level, (0.03, 0.15)))
    if kind == "ruled-skewed":
        level = ruled(random, level, squared=random.random() < 0.5)
        return photographed(random, turned(level, random.choice([-1, 1]) * random.uniform(4, 20)))
    if kind == "phone":
        return phone_picture(random, phone_ground(random, level, is_empty=True))
    if kind == "box":
        tall, wide = (round(length * random.uniform(0.3, 0.7)) for length in (height, width))
        level, _ = boxes(random, level, (width - wide) // 2, (height - tall) // 2, [wide], tall)
        return photographed(random, level)
    return poorly_stored(random, photographed(random, shadow(random, level)))


# Rows

def contact(left_mask, right_mask):
    """How far from the left edge of one mask another begins whose ink just touches the first's."""
    rows = min(left_mask.shape[0], right_mask.shape[0])
    first, second = left_mask[-rows:] > 0.5, right_mask[-rows:] > 0.5
    both = first.any(1) & second.any(1)
    if not both.any():
        return left_mask.shape[1]
    ends = first.shape[1] - first[both][:, ::-1].argmax(1)
    return int((ends - second[both].argmax(1)).max())


def row_of_set(random, glyphs, kind):
    if kind not in ROWS_MORE:
        return row_picture(random, glyphs, kind)
    low, high = (240, 420) if kind == "large" else (50, 200)
    tall = float(np.exp(random.uniform(np.log(low), np.log(high))))
    pen = random.choice([None, max(1.8, tall * random.uniform(0.05, 0.09))])
    masks = [drawn(glyph, tall * random.uniform(0.9, 1.05), pen, random.uniform(-6, 6))
             for glyph in glyphs]
    steps = [mask.shape[1] + tall * random.uniform(0.25, 0.5) for mask in masks]
    if kind == "touching":
        for place in range(len(masks) - 1):
            if place == 0 or random.random() < 0.3:
                overlap = 0.2 * (pen or 0.1 * tall)
                steps[place] = contact(masks[place], masks[place + 1]) - overlap
    margin = tall * random.uniform(0.5, 1.2) + (0.6 * tall if kind == "phone" else 0)
    wall = tall * random.uniform(0.12, 0.3)
    if kind == "boxes":
        cell = round(max(mask.shape[1] for mask in masks) + 2 * wall)
        steps = [float(cell)] * len(masks)
    width = int(sum(steps) + 2 * margin + (0.3 * tall * len(masks) if kind == "boxes" else 0))
    height = int(max(mask.shape[0] for mask in masks) + 2 * margin)
    level = paper(random, height, width)
    if kind in ("ruled-skewed", "squared-skewed"):
        level = ruled(random, level, squared=kind == "squared-skewed",
                      period=tall * random.uniform(0.5, 1.3))
    if kind == "phone":
        level = phone_ground(random, level)
    left, places = margin, []
    for step in steps:
        places.append(left)
        left += step
    middle = height / 2
    if kind == "boxes":
        high = max(mask.shape[0] for mask in masks) + 2 * wall
        level, corners = boxes(random, level, round(margin), round(middle - high / 2),
                               [cell] * len(masks), round(high))
        places = [corner + (cell - mask.shape[1]) / 2 for corner, mask in zip(corners, masks)]
    strength = random.uniform(0.6, 0.95)
    shake = 0 if kind in ("touching", "boxes") else 0.08
    base = middle + max(mask.shape[0] for mask in masks) / 2
    for mask, place in zip(masks, places):
        top = base - mask.shape[0] + random.uniform(-shake, shake) * tall
        level = laid(level, mask, round(top), round(place), strength)
    if kind == "phone":
        return phone_picture(random, level)
    if kind.endswith("skewed"):
        level = turned_whole(level, random.choice([-1, 1]) * random.uniform(5, 20))
    return photographed(random, level, noise=random.choice([0, 1, 2]))


def turned_whole(level, degrees):
    """The picture turned, larger so that nothing is cut off; paper goes on around it."""
    image = Image.fromarray(np.clip(level, 0, 255).astype(np.uint8))
    image = image.rotate(degrees, Image.Resampling.BICUBIC, expand=True,
                         fillcolor=int(np.median(level)))
    return np.asarray(image, np.float32)


# The set

def generator(seed, group, kind, index):
    return np.random.default_rng([seed, zlib.crc32(f"{group} {kind}".encode()), index])


def singles(seed, count, pixels, labels):
    for place, kind in enumerate(SINGLE + SINGLE_MORE):
        for index in range(count):
            random = generator(seed, "single", kind, index)
            # Every kind has every digit; lines hide strokes of some digits more than of others.
            wanted = (place + index) % 10
            if kind in ("ruled-aligned", "tight", "tight-ruled"):
                wanted = [7, 4, 1, 2, 5][(place + index) % 5]
            if kind.startswith("straight"):
                wanted = [7, 4, 1][(place + index) % 3]
            digit = pixels[random.choice(np.flatnonzero(labels == wanted))]
            yield kind, str(wanted), single_of_set(random, digit, kind, wanted), random


def empties(seed, count):
    for kind in EMPTY + EMPTY_MORE:
        for index in range(count):
            random = generator(seed, "empty", kind, index)
            yield kind, "-", empty_of_set(random, kind), random


def rows(seed, count, pixels, labels):
    for kind in ROWS + ROWS_MORE:
        for index in range(count):
            random = generator(seed, "rows", kind, index)
            places = random.integers(0, len(labels), 3 + index % 4)
            text = "".join(str(labels[place]) for place in places)
            yield kind, text, row_of_set(random, pixels[places], kind), random

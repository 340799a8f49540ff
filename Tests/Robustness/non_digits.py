"""Kinds of images that show no digit, each a function of a count and a generator to uint8 [n, 28, 28].

TRAINED are kinds that recipes with outliers learn from, drawn anew here; UNTRAINED are kinds that
they must not learn from, by which it is told what a network says of what it has never seen.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIDE = 28
SCALE = 4
"""Pictures are drawn larger, and then shrunk."""

# No letter that looks like a digit: B, G, I, L, O, Q, S, Z in either case.
LETTERS = "ACDEFHJKMNPRTUVWXYacdefhjkmnprtuvwxy"


def _many(draw):
    """A function of a count from one of a single image."""
    def drawn(count, chance):
        return np.stack([np.asarray(draw(chance), np.uint8) for _ in range(count)])
    return drawn


def _canvas():
    image = Image.new("L", (SCALE * SIDE, SCALE * SIDE))
    return image, ImageDraw.Draw(image)


def _finished(image, chance):
    """Sheared and turned a little, shrunk, and its ink centred, as digits of MNIST are."""
    angle, shear = np.radians(chance.uniform(-10, 10)), chance.uniform(-0.2, 0.2)
    centre = SCALE * SIDE / 2
    a, b = np.cos(angle), np.sin(angle) + shear
    c, d = -np.sin(angle), np.cos(angle)
    image = image.transform(image.size, Image.Transform.AFFINE, (
        a, b, centre - a * centre - b * centre, c, d, centre - c * centre - d * centre),
        Image.Resampling.BICUBIC)
    box = image.getbbox()
    if box is None:
        return image.resize((SIDE, SIDE))
    ink = image.crop(box)
    factor = 20 / max(ink.size)
    ink = ink.resize([max(1, round(side * factor)) for side in ink.size], Image.Resampling.BOX)
    small = Image.new("L", (SIDE, SIDE))
    small.paste(ink, ((SIDE - ink.width) // 2, (SIDE - ink.height) // 2))
    return small


def _letter(chance):
    image, draw = _canvas()
    font = ImageFont.load_default(size=72)
    letter = LETTERS[chance.integers(len(LETTERS))]
    draw.text((SCALE * SIDE / 2, SCALE * SIDE / 2), letter, fill=255, font=font, anchor="mm",
              stroke_width=int(chance.integers(1, 5)), stroke_fill=255)
    return _finished(image, chance)


def _polygon(points):
    return [(56 + 40 * x, 56 + 40 * y) for x, y in points]


def _on_circle(count, radii, start=-np.pi / 2):
    angles = start + 2 * np.pi * np.arange(count) / count
    return [(radii[i % len(radii)] * np.cos(angle), radii[i % len(radii)] * np.sin(angle))
            for i, angle in enumerate(angles)]


def _closed(points):
    return points + points[:1]


SHAPES = {
    "triangle": [_closed(_on_circle(3, [1]))],
    "square": [_closed(_on_circle(4, [1], -np.pi / 4))],
    "star": [_closed(_on_circle(10, [1, 0.4]))],
    "zigzag": [[(-1, -0.5), (-0.5, 0.5), (0, -0.5), (0.5, 0.5), (1, -0.5)]],
    "cross": [[(-1, -1), (1, 1)], [(-1, 1), (1, -1)]],
    "arrow": [[(-1, 0), (1, 0)], [(0.4, -0.6), (1, 0), (0.4, 0.6)]],
    "house": [_closed([(-0.8, 1), (-0.8, -0.2), (0, -1), (0.8, -0.2), (0.8, 1)])],
    "hash": [[(-0.4, -1), (-0.4, 1)], [(0.4, -1), (0.4, 1)], [(-1, -0.4), (1, -0.4)],
             [(-1, 0.4), (1, 0.4)]],
}


def _shape(chance):
    image, draw = _canvas()
    parts = SHAPES[chance.choice(sorted(SHAPES))]
    width, filled = int(chance.integers(6, 16)), chance.random() < 0.3
    for points in map(_polygon, parts):
        if points[0] != points[-1]:
            draw.line(points, fill=255, width=width, joint="curve")
        elif filled:
            draw.polygon(points, fill=255)
        else:
            draw.line(points + points[1:2], fill=255, width=width, joint="curve")
    return _finished(image, chance)


def noise(count, chance):
    """Uniform, normal about grey, or salt and pepper."""
    shape = (count, SIDE, SIDE)
    pictures = [chance.uniform(0, 255, shape), chance.normal(128, 50, shape),
                np.where(chance.random(shape) < 0.2, 255, 0)]
    chosen = chance.integers(3, size=count)
    picked = np.stack([pictures[which][index] for index, which in enumerate(chosen)])
    return np.clip(np.rint(picked), 0, 255).astype(np.uint8)


def checkerboards(count, chance):
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    boards = []
    for _ in range(count):
        size, dy, dx = chance.integers(2, 9), *chance.integers(0, 16, 2)
        board = ((rows + dy) // size + (columns + dx) // size) % 2
        boards.append(board * chance.integers(100, 256))
    return np.stack(boards).astype(np.uint8)


def flat(count, chance):
    """Blank, white, and greys between."""
    levels = chance.integers(0, 256, count)
    levels[:2] = 0, 255
    return np.broadcast_to(levels[:, None, None], (count, SIDE, SIDE)).astype(np.uint8)


def gratings(count, chance):
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    angle, wave, phase = (chance.uniform(low, high, (count, 1, 1))
                          for low, high in ((0, np.pi), (3, 12), (0, 2 * np.pi)))
    along = columns * np.cos(angle) + rows * np.sin(angle)
    return np.rint(127.5 * (1 + np.sin(2 * np.pi * along / wave + phase))).astype(np.uint8)


def _scribble(chance):
    image, draw = _canvas()
    for _ in range(chance.integers(3, 7)):
        points = chance.uniform(10, SCALE * SIDE - 10, (3, 2))
        steps = np.linspace(0, 1, 12)[:, None]
        curve = (1 - steps) ** 2 * points[0] + 2 * steps * (1 - steps) * points[1]
        curve += steps ** 2 * points[2]
        draw.line([tuple(point) for point in curve], fill=255, width=8, joint="curve")
    return image.resize((SIDE, SIDE), Image.Resampling.BOX)


def _border(chance):
    image, draw = _canvas()
    depth, lean = chance.uniform(6, 44), chance.uniform(-12, 12)
    side = SCALE * SIDE
    draw.polygon([(0, 0), (side, 0), (side, depth + lean), (0, depth - lean)],
                 fill=int(chance.integers(80, 256)))
    image = image.filter(ImageFilter.GaussianBlur(3)).resize((SIDE, SIDE), Image.Resampling.BOX)
    return image.rotate(90 * int(chance.integers(4)))


TRAINED = {
    "flat": flat,
    "gratings": gratings,
    "scribbles": _many(_scribble),
    "borders": _many(_border),
}
UNTRAINED = {
    "letters": _many(_letter),
    "shapes": _many(_shape),
    "noise": noise,
    "checkerboards": checkerboards,
}

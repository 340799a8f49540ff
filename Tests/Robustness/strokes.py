"""The strokes of MNIST's digits, drawn anew at any size and with any pen: masks from 0 to 1."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def outline(pixels):
    """A digit as a sharp mask of 8 times its size, the ink True."""
    image = Image.fromarray(pixels).resize((224, 224), Image.Resampling.BICUBIC)
    image = image.filter(ImageFilter.GaussianBlur(2.5))
    return np.pad(np.asarray(image) > 105, 8)


def skeleton(ink):
    """The middle of the strokes, one pixel wide (Zhang and Suen, CACM 27(3), 1984)."""
    ink = ink.astype(np.uint8).copy()
    while True:
        before = int(ink.sum())
        for step in (0, 1):
            p = [np.roll(ink, shift, (0, 1)) for shift in
                 [(1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1)]]
            count = sum(p)
            changes = sum((p[i] == 0) & (p[(i + 1) % 8] == 1) for i in range(8))
            first = p[0] * p[2] * p[4] if step == 0 else p[0] * p[2] * p[6]
            second = p[2] * p[4] * p[6] if step == 0 else p[0] * p[4] * p[6]
            ink[(ink == 1) & (count >= 2) & (count <= 6) & (changes == 1)
                & (first == 0) & (second == 0)] = 0
        if int(ink.sum()) == before:
            return ink.astype(bool)


def segments(middle):
    """Pairs of neighbouring points of a skeleton, as (x, y, x, y)."""
    height, width = middle.shape
    found = []
    for y, x in np.argwhere(middle):
        for dy, dx in ((0, 1), (1, -1), (1, 0), (1, 1)):
            if y + dy < height and 0 <= x + dx < width and middle[y + dy, x + dx]:
                found.append((x, y, x + dx, y + dy))
        found.append((x, y, x, y))
    return np.array(found, np.float32)


def pen_length(pixels):
    """The length of the strokes of a digit that is 1 high."""
    middle = skeleton(outline(pixels))
    rows = np.flatnonzero(middle.any(1))
    return 1.1 * middle.sum() / max(1, rows[-1] - rows[0])


def drawn(pixels, height, pen, angle):
    """The digit as a mask of this height, cut to its ink.

    pen: the stroke's width in pixels; None as thick as written.
    """
    if pen is None:
        mask = Image.fromarray((outline(pixels) * 255).astype(np.uint8))
        mask = mask.rotate(angle, Image.Resampling.BICUBIC, expand=True)
        mask = mask.crop(mask.point(lambda value: 255 * (value > 127)).getbbox())
        width = max(2, round(mask.width * height / mask.height))
        return np.asarray(mask.resize((width, max(2, round(height))), Image.Resampling.LANCZOS),
                          np.float32) / 255
    points = segments(skeleton(outline(pixels)))
    turn = np.radians(angle)
    x, y = points[:, 0::2], points[:, 1::2]
    x, y = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    scale = 4 * max(1.0, height - pen) / max(1.0, y.max() - y.min())
    x, y = (x - x.min()) * scale + 2 * pen, (y - y.min()) * scale + 2 * pen
    image = Image.new("L", (4 * int(np.ceil(x.max() / 4 + pen / 2)),
                            4 * int(np.ceil(y.max() / 4 + pen / 2))))
    draw = ImageDraw.Draw(image)
    radius = 2 * pen
    for (x0, x1), (y0, y1) in zip(x, y):
        for t in np.linspace(0, 1, 1 + int(np.hypot(x1 - x0, y1 - y0) / max(1, radius / 2))):
            cx, cy = x0 + t * (x1 - x0), y0 + t * (y1 - y0)
            draw.ellipse([cx - radius, cy - radius, cx + radius, cy + radius], fill=255)
    small = image.resize((image.width // 4, image.height // 4), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / 255


STRAIGHT = {1: [[(0.5, 0), (0.5, 1)]],
            4: [[(0.35, 0), (0, 0.62), (0.95, 0.62)], [(0.72, 0.15), (0.72, 1)]],
            7: [[(0, 0), (0.75, 0), (0.3, 1)]]}


def straight(wanted, tall, pen):
    """One of the digits of straight strokes as a mask, `tall` high without the pen's width."""
    rows, columns = int(tall + pen) + 1, int(0.95 * tall + pen) + 1
    image = Image.new("L", (4 * columns, 4 * rows))
    draw = ImageDraw.Draw(image)
    for stroke in STRAIGHT[wanted]:
        points = [(4 * (x * tall + pen / 2), 4 * (y * tall + pen / 2)) for x, y in stroke]
        draw.line(points, fill=255, width=round(4 * pen), joint="curve")
    return np.asarray(image.resize((columns, rows), Image.Resampling.BOX), np.float32) / 255

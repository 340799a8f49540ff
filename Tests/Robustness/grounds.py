"""What digits are written on: functions that give or change levels from 0 to 255, float [y, x]."""

import numpy as np
from PIL import Image


def smooth_noise(random, height, width, cell):
    rows, columns = height // cell + 3, width // cell + 3
    coarse = random.standard_normal((rows, columns)).astype(np.float32)
    image = Image.fromarray(coarse).resize((columns * cell, rows * cell), Image.Resampling.BICUBIC)
    return np.asarray(image)[:height, :width]


def paper(random, height, width, light=None):
    """Nearly even light that falls off to one side."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    turn = random.uniform(0, 2 * np.pi)
    slope = random.uniform(0, 30) / max(height, width)
    level = random.uniform(170, 245) if light is None else light
    return level + slope * (np.cos(turn) * (x - width / 2) + np.sin(turn) * (y - height / 2))


def rules(random, height, width, period, thickness, offset, slope):
    """How much of each place is ruled line, the lines within some degrees of level."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    within = (y + slope * x - offset + period / 2) % period - period / 2
    return np.clip(thickness / 2 + 0.5 - np.abs(within), 0, 1)


def ruled(random, level, squared=False, offset=None, slope=None, period=None):
    height, width = level.shape
    side = min(height, width)
    period = period or side * random.uniform(0.12, 0.3)
    thickness = max(1.0, side / 300 * random.uniform(0.7, 1.6))
    slope = np.tan(np.radians(random.uniform(-3, 3))) if slope is None else slope
    offset = random.uniform(0, period) if offset is None else offset
    mask = rules(random, height, width, period, thickness, offset, slope)
    if squared:
        upright = rules(random, width, height, period, thickness, random.uniform(0, period), -slope)
        mask = np.maximum(mask, upright.T)
    return level * (1 - random.uniform(0.12, 0.45) * mask)


def margin_line(random, level):
    height, width = level.shape
    x = np.mgrid[0:height, 0:width][1].astype(np.float32)
    y = np.mgrid[0:height, 0:width][0].astype(np.float32)
    place = width * random.choice([random.uniform(0.05, 0.18), random.uniform(0.82, 0.95)])
    along = x - place + np.tan(np.radians(random.uniform(-3, 3))) * (y - height / 2)
    thickness = max(1.0, min(height, width) / 250)
    mask = np.clip(thickness / 2 + 0.5 - np.abs(along), 0, 1)
    return level * (1 - random.uniform(0.2, 0.6) * mask)


def shadow(random, level):
    height, width = level.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    side = max(height, width)
    turn = random.uniform(0, 2 * np.pi)
    along = np.cos(turn) * (x - width / 2) + np.sin(turn) * (y - height / 2)
    softness = side * random.uniform(0.005, 0.12)
    place = random.uniform(-0.3, 0.3) * side
    part = 1 / (1 + np.exp(-np.clip((along - place) / softness, -40, 40)))
    return level * (1 - random.uniform(0.2, 0.6) * part)


def page_edge(random, level, reach=(0.04, 0.16)):
    """A desk, dark or light, beyond one side of the page or two."""
    height, width = level.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    desk = random.uniform(15, 110) + smooth_noise(random, height, width, max(6, height // 12)) * 6
    result = level
    for _ in range(random.choice([1, 1, 2])):
        side = random.integers(0, 4)
        distance = [x, width - 1 - x, y, height - 1 - y][side]
        across = (y - height / 2) if side < 2 else (x - width / 2)
        length = width if side < 2 else height
        edge = length * random.uniform(*reach) + across * np.tan(np.radians(random.uniform(-5, 5)))
        softness = random.uniform(0.4, 1.6)
        part = 1 / (1 + np.exp(-np.clip((edge - distance) / softness, -40, 40)))
        result = result * (1 - part) + desk * part
    return result


def thumb(random, level):
    """One or two fingers that hold the sheet, at its sides."""
    height, width = level.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    short = min(height, width)
    for _ in range(random.choice([1, 1, 2])):
        side = random.integers(0, 4)
        along = random.uniform(0.1, 0.9)
        long_radius = short * random.uniform(0.12, 0.2)
        radius = long_radius * random.uniform(0.5, 0.8)
        centre = [(0, along * height), (width, along * height), (along * width, 0),
                  (along * width, height)][side]
        radii = (long_radius, radius) if side < 2 else (radius, long_radius)
        distance = np.hypot((x - centre[0]) / radii[0], (y - centre[1]) / radii[1])
        part = 1 / (1 + np.exp(-np.clip((1 - distance) * 25, -40, 40)))
        skin = random.uniform(70, 160) + 25 * (1 - distance)
        level = level * (1 - part) + skin * part
        halo = np.clip(1.25 - distance, 0, 0.25) * (1 - part)
        level = level * (1 - halo)
    return level


def crease(random, level):
    height, width = level.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    turn = random.choice([0, np.pi / 2]) + np.radians(random.uniform(-6, 6))
    along = np.cos(turn) * (x - width * random.uniform(0.3, 0.7)) \
        + np.sin(turn) * (y - height * random.uniform(0.3, 0.7))
    softness = max(height, width) * random.uniform(0.006, 0.03)
    strength = random.uniform(8, 25)
    return level + strength * np.tanh(along / softness) * np.exp(-np.abs(along) / (4 * softness))


def texture(random, level):
    height, width = level.shape
    for cell, amount in ((3, 3), (9, 5), (max(12, height // 6), 9)):
        level = level + smooth_noise(random, height, width, cell) * amount * random.uniform(0.3, 1)
    return level

"""Kinds of damage to images of digits, each a function of uint8 [n, 28, 28] and a generator.

After the kinds of MNIST-C (Mu and Gilmer, arXiv:1906.02337), whose severities they have roughly;
written anew. OPEN may be looked at while preprocessing and training are designed. HELD may not:
what models read of them is reported as it comes.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIDE = 28


def _clipped(values):
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _pictures(change):
    """A function of all images from one of a single Pillow image and a generator."""
    def changed(images, chance):
        return np.stack([
            np.asarray(change(Image.fromarray(image), chance), np.uint8) for image in images
        ])
    return changed


def _transformed(matrix):
    """From one of an inverse 2 x 2 matrix and a shift in pixels, about the centre."""
    def change(image, chance):
        (a, b), (c, d), (dx, dy) = matrix(chance)
        centre = (SIDE - 1) / 2
        x = centre - a * (centre + dx) - b * (centre + dy)
        y = centre - c * (centre + dx) - d * (centre + dy)
        return image.transform((SIDE, SIDE), Image.Transform.AFFINE, (a, b, x, c, d, y),
                               Image.Resampling.BICUBIC)
    return _pictures(change)


def _turn(chance):
    angle = np.radians(chance.uniform(15, 30) * chance.choice([-1, 1]))
    return (np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle)), (0, 0)


def _size(chance):
    scale = 1 / chance.uniform(0.6, 0.8)
    return (scale, 0), (0, scale), (0, 0)


def _shear(chance):
    return (1, chance.uniform(0.3, 0.5) * chance.choice([-1, 1])), (0, 1), (0, 0)


def shift(images, chance, most=6):
    """Up to so many pixels each way, as far as no ink leaves the image."""
    moved = np.zeros_like(images)
    for image, target in zip(images, moved):
        rows, columns = np.nonzero(image.any(1))[0], np.nonzero(image.any(0))[0]
        dy = int(np.clip(chance.integers(-most, most + 1), -rows[0], SIDE - 1 - rows[-1]))
        dx = int(np.clip(chance.integers(-most, most + 1), -columns[0], SIDE - 1 - columns[-1]))
        target[:] = np.roll(image, (dy, dx), (0, 1))
    return moved


def brightness(images, chance):
    return _clipped(images + chance.uniform(60, 140, (len(images), 1, 1)))


def contrast(images, chance):
    means = images.mean((1, 2), keepdims=True)
    return _clipped(means + (images - means) * chance.uniform(0.15, 0.4, (len(images), 1, 1)))


def inverse(images, chance):
    return 255 - images


def gaussian_noise(images, chance):
    return _clipped(images + chance.normal(0, 70, images.shape))


def shot_noise(images, chance):
    return _clipped(chance.poisson(images / 255 * 8) / 8 * 255)


def impulse_noise(images, chance):
    damaged = chance.random(images.shape)
    return np.where(damaged < 0.1, 0, np.where(damaged > 0.9, 255, images)).astype(np.uint8)


def stripes(images, chance):
    """Two upright bands inverted."""
    out = images.copy()
    for image in out:
        first = int(chance.integers(5, 9))
        image[:, first:first + 3] = 255 - image[:, first:first + 3]
        image[:, first + 10:first + 13] = 255 - image[:, first + 10:first + 13]
    return out


def fog(images, chance):
    """A bright cloud of several scales over all, which takes contrast along."""
    cloud = np.zeros(images.shape)
    for cells, weight in ((3, 0.5), (6, 0.3), (12, 0.2)):
        for each in cloud:
            coarse = Image.fromarray(_clipped(chance.uniform(0, 255, (cells, cells))))
            each += weight * np.asarray(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    return _clipped(images * 0.6 + cloud * 0.7)


def _zigzag(image, chance):
    x = np.linspace(1, SIDE - 2, 8)
    y = chance.uniform(4, SIDE - 5, 8)
    ImageDraw.Draw(image).line(list(zip(x, y)), fill=255, width=1)
    return image


def _dotted(image, chance):
    start, end = chance.uniform(0, SIDE, 2), chance.uniform(0, SIDE, 2)
    draw = ImageDraw.Draw(image)
    for along in np.linspace(0, 1, 11):
        x, y = start + (end - start) * along
        draw.point((x, y), fill=255)
        draw.point((x + 1, y), fill=255)
    return image


def _spatter(image, chance):
    draw = ImageDraw.Draw(image)
    for _ in range(chance.integers(4, 9)):
        x, y, radius = *chance.uniform(0, SIDE, 2), chance.uniform(0.5, 1.5)
        ink = int(chance.integers(128, 256))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
    return image


def glass_blur(images, chance):
    out = images.copy()
    for _ in range(2):
        dy, dx = chance.integers(-1, 2, (2, *images.shape))
        rows = np.clip(np.arange(SIDE)[:, None] + dy, 0, SIDE - 1)
        columns = np.clip(np.arange(SIDE)[None, :] + dx, 0, SIDE - 1)
        out = out[np.arange(len(out))[:, None, None], rows, columns]
    return _pictures(lambda image, _: image.filter(ImageFilter.GaussianBlur(0.7)))(out, chance)


def motion_blur(images, chance):
    reach = 3
    out = np.zeros(images.shape)
    angle = chance.uniform(0, np.pi, len(images))
    for step in range(-reach, reach + 1):
        for each, image, turned in zip(out, images, angle):
            dy, dx = round(step * np.sin(turned)), round(step * np.cos(turned))
            each += np.roll(image, (dy, dx), (0, 1)) / (2 * reach + 1)
    return _clipped(out)


def edges(images, chance):
    """The digit's outline alone."""
    padded = np.pad(images > 127, ((0, 0), (1, 1), (1, 1)))
    inside = padded[:, 1:-1, 1:-1]
    around = padded[:, :-2, 1:-1] & padded[:, 2:, 1:-1] & padded[:, 1:-1, :-2] & padded[:, 1:-1, 2:]
    return np.where(inside & ~around, 255, 0).astype(np.uint8)


def _thin(image, chance):
    """Half a pixel less on each side of a stroke."""
    twice = image.resize((2 * SIDE, 2 * SIDE), Image.Resampling.BICUBIC)
    return twice.filter(ImageFilter.MinFilter(3)).resize((SIDE, SIDE), Image.Resampling.BOX)


def coarse(images, chance):
    """As a camera of 10 x 10 pixels sees it."""
    def change(image, _):
        small = image.resize((10, 10), Image.Resampling.BOX)
        return small.resize((SIDE, SIDE), Image.Resampling.NEAREST)
    return _pictures(change)(images, chance)


OPEN = {
    "brightness": brightness,
    "contrast": contrast,
    "inverse": inverse,
    "shift": shift,
    "rotate": _transformed(_turn),
    "scale": _transformed(_size),
    "thin": _pictures(_thin),
    "stripes": stripes,
    "gaussian-noise": gaussian_noise,
    "dotted-line": _pictures(_dotted),
    "glass-blur": glass_blur,
}
HELD = {
    "shear": _transformed(_shear),
    "thick": _pictures(lambda image, _: image.filter(ImageFilter.MaxFilter(3))),
    "fog": fog,
    "impulse-noise": impulse_noise,
    "shot-noise": shot_noise,
    "zigzag": _pictures(_zigzag),
    "spatter": _pictures(_spatter),
    "motion-blur": motion_blur,
    "edges": edges,
    "coarse": coarse,
}

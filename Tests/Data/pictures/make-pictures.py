#!/usr/bin/env python3
"""Writes one small picture for each way of storing it, and grey.json: the grey levels that each
must be read as, worked out here and not by our reader. Needs Pillow and numpy.
"""

import json
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).parent
RAMP = (np.arange(7 * 5).reshape(5, 7) * 255 // 34).astype(np.uint8)
TURNS = {1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
         4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90,
         7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270}


def luminance(rgb):
    """The grey of the same luminance, as sRGB and BT.709 have it."""
    value = np.asarray(rgb, np.float64) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    grey = linear @ [0.2126, 0.7152, 0.0722]
    return np.round(255 * np.where(grey <= 0.0031308, 12.92 * grey, 1.055 * grey ** (1 / 2.4) - 0.055))


def smooth(width, height):
    y, x = np.mgrid[0:height, 0:width]
    return (60 + 120 * x / width + 50 * y / height).astype(np.uint8)


def png_16(colour_type, samples):
    """A PNG file of 16 bits a sample, which Pillow writes of grey only; rows x columns x channels."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    header = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], 16, colour_type, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


def luma(rgb):
    """The grey of BT.601."""
    return np.round(np.asarray(rgb, np.float64) @ [0.299, 0.587, 0.114])


def bmp(bits, compression, width, height, data, masks=(), palette=()):
    """A BMP file of a kind that Pillow does not write."""
    extra = struct.pack(f"<{len(masks)}I", *masks) + b"".join(
        struct.pack("<4B", level, level, level, 0) for level in palette)
    start = 54 + len(extra)
    return (struct.pack("<2sIII", b"BM", start + len(data), 0, start)
            + struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(data), 0, 0,
                          len(palette), 0) + extra + data)


def tiff(width, height, bits, photometric, parts, order="<", **tags):
    """A TIFF file of a kind that Pillow does not write, uncompressed: strips, or tiles where `tags`
    have their sides. Names of tags are their numbers behind a t."""
    bits = [bits] if isinstance(bits, int) else bits
    is_tiled = "t322" in tags
    fields = {256: [width], 257: [height], 258: bits, 259: [1], 262: [photometric], 277: [len(bits)],
              **{int(name[1:]): value for name, value in tags.items()}}
    if not is_tiled:
        fields.setdefault(278, [height])
    offset = 8
    offsets = []
    for part in parts:
        offsets.append(offset)
        offset += len(part)
    fields[324 if is_tiled else 273] = offsets
    fields[325 if is_tiled else 279] = [len(part) for part in parts]
    directory = b"".join(parts)
    entries, extra = b"", b""
    behind = 8 + len(directory) + 2 + 12 * len(fields) + 4
    for tag, values in sorted(fields.items()):
        data = struct.pack(f"{order}{len(values)}I", *values)
        place = data if len(values) == 1 else struct.pack(f"{order}I", behind + len(extra))
        extra += data if len(values) > 1 else b""
        entries += struct.pack(f"{order}HHI", tag, 4, len(values)) + place
    mark = b"II" if order == "<" else b"MM"
    return (mark + struct.pack(f"{order}HI", 42, 8 + len(directory)) + directory
            + struct.pack(f"{order}H", len(fields)) + entries + bytes(4) + extra)


def main():
    expected = {}

    def put_16(name, colour_type, channels, grey):
        samples = np.stack(channels, axis=-1).astype(np.uint16) * 257
        (HERE / name).write_bytes(png_16(colour_type, samples))
        expected[name] = {"width": 7, "height": 5, "grey": grey.astype(int).ravel().tolist()}

    def put(name, image, grey, **options):
        image.save(HERE / name, **options)
        grey = np.asarray(grey)
        expected[name] = {"width": grey.shape[1], "height": grey.shape[0],
                          "grey": grey.astype(int).ravel().tolist()}

    put("grey-8.png", Image.fromarray(RAMP), RAMP)
    put("grey-1.png", Image.fromarray(RAMP > 128), np.where(RAMP > 128, 255, 0))
    put("grey-16.png", Image.fromarray(RAMP.astype(np.uint16) * 257), RAMP)
    colours = np.stack([RAMP, RAMP[::-1], np.full_like(RAMP, 90)], axis=-1)
    put("colour.png", Image.fromarray(colours), luminance(colours))
    palette = Image.fromarray(RAMP // 64)
    palette.putpalette([250, 240, 230, 20, 20, 200, 0, 90, 0, 0, 0, 0])
    put("palette.png", palette, luminance(np.asarray(palette.convert("RGB"))))
    put("palette-clear.png", palette, np.where(RAMP // 64 == 2, 255, luminance(palette.convert("RGB"))),
        transparency=2)
    alpha = RAMP.T.reshape(5, 7)
    on_white = np.round((40.0 * alpha + 255.0 * (255 - alpha)) / 255)
    put("dark-on-clear.png", Image.merge("LA", [Image.new("L", (7, 5), 40), Image.fromarray(alpha)]), on_white)
    put_16("colour-16.png", 2, [RAMP, RAMP[::-1], np.full_like(RAMP, 90)], luminance(colours))
    put_16("dark-on-clear-16.png", 4, [np.full_like(RAMP, 40), alpha], on_white)
    # Half visible and light: black shows it.
    put_16("colour-on-clear-16.png", 6, [RAMP, RAMP[::-1], np.full_like(RAMP, 90), alpha],
           np.round(luminance(colours) * alpha / 255))
    opacity = np.array([255, 200, 90, 255])
    put("palette-half-clear.png", palette,
        np.round((luminance(palette.convert("RGB")) * opacity[RAMP // 64]
                  + 255.0 * (255 - opacity[RAMP // 64])) / 255), transparency=bytes(opacity.tolist()))
    # A third visible and light: black shows it.
    mask = np.where(np.arange(35).reshape(5, 7) % 3 == 0, 255, 0).astype(np.uint8)
    put("light-on-clear.png", Image.merge("RGBA", [Image.new("L", (7, 5), 240)] * 3 + [Image.fromarray(mask)]),
        np.where(mask > 0, 240, 0))
    # Light and almost all visible: clear corners of a white sheet stay white.
    corner = np.full((5, 7), 255, np.uint8)
    corner[0, 0] = 0
    put("clear-corner.png", Image.merge("LA", [Image.new("L", (7, 5), 240), Image.fromarray(corner)]),
        np.where(corner > 0, 240, 255))

    plain = smooth(37, 23)
    put("grey.jpg", Image.fromarray(plain), plain, quality=95)
    rgb = Image.fromarray(plain).convert("RGB")
    put("colour.jpg", rgb, plain, quality=95, subsampling="4:2:0")
    put("progressive.jpg", rgb, plain, quality=95, progressive=True)
    put("four-inks.jpg", rgb.convert("CMYK"), plain, quality=95)
    for orientation, turn in TURNS.items():
        exif = Image.Exif()
        exif[0x010E] = "a description before the orientation"
        exif[0x0112] = orientation
        stored = rgb if turn is None else rgb.transpose(turn)
        put(f"exif-{orientation}.jpg", stored, plain, quality=95, exif=exif)
        ramp = Image.fromarray(RAMP)
        put(f"exif-{orientation}.png", ramp if turn is None else ramp.transpose(turn), RAMP, exif=exif)

    def put_bytes(name, data, grey):
        (HERE / name).write_bytes(data)
        expected[name] = {"width": grey.shape[1], "height": grey.shape[0],
                          "grey": grey.astype(int).ravel().tolist()}

    # So many different words that the code table fills up.
    noise = np.random.default_rng(1).integers(0, 256, (70, 70)).astype(np.uint8)
    put("noise.gif", Image.fromarray(noise), noise, interlace=0)
    put("interlaced.gif", Image.fromarray(noise), noise, interlace=1)
    put("small.gif", Image.fromarray(RAMP // 64 * 64), RAMP // 64 * 64)
    put("palette.gif", palette, luma(palette.convert("RGB")))
    put("two-frames.gif", Image.fromarray(RAMP), RAMP, save_all=True,
        append_images=[Image.fromarray(255 - RAMP)])
    put("clear.gif", palette, np.where(RAMP // 64 == 2, 255, luma(palette.convert("RGB"))),
        transparency=2)
    put("grey-1.bmp", Image.fromarray(RAMP > 128), np.where(RAMP > 128, 255, 0))
    put("grey-8.bmp", Image.fromarray(RAMP), RAMP)
    put("palette.bmp", palette, luma(palette.convert("RGB")))
    put("colour-24.bmp", Image.fromarray(colours), luma(colours))
    put("colour-32.bmp", Image.fromarray(colours).convert("RGBA"), luma(colours))
    packed = sum((colours[..., place].astype(np.uint16) >> 8 - width) << shift
                 for place, width, shift in ((0, 5, 11), (1, 6, 5), (2, 5, 0)))
    rows = b"".join(row.astype("<u2").tobytes() + b"\0\0" for row in packed[::-1])
    wide = colours.astype(int)
    coarse = np.stack([(wide[..., 0] >> 3) * 255 // 31, (wide[..., 1] >> 2) * 255 // 63,
                       (wide[..., 2] >> 3) * 255 // 31], axis=-1)
    put_bytes("colour-16.bmp", bmp(16, 3, 7, 5, rows, masks=(0xf800, 0x7e0, 0x1f)), luma(coarse))
    top_down = b"".join(row.tobytes() + b"\0" for row in RAMP)
    put_bytes("top-down.bmp", bmp(8, 0, 7, -5, top_down, palette=range(256)), RAMP)
    # From the lowest row: three of one colour; four as they are; a step to the right and up; the end.
    runs = bytes([3, 9, 0, 4, 1, 2, 3, 4, 0, 0, 0, 2, 2, 1, 2, 7, 0, 1])
    indices = np.zeros((3, 7), np.uint8)
    indices[2] = [9, 9, 9, 1, 2, 3, 4]
    indices[0, 2:4] = 7
    put_bytes("runs-8.bmp", bmp(8, 1, 7, 3, runs, palette=range(0, 160, 10)), indices * 10)
    runs = bytes([5, 0x12, 0, 3, 0x34, 0x50, 0, 0, 0, 1])
    indices = np.array([[0] * 8, [1, 2, 1, 2, 1, 3, 4, 5]], np.uint8)
    put_bytes("runs-4.bmp", bmp(4, 2, 8, 2, runs, palette=range(0, 160, 10)), indices * 10)
    put("lossless.webp", Image.fromarray(colours), luma(colours), lossless=True)
    put("grey.webp", Image.fromarray(plain), plain, quality=95)
    put("colour.webp", rgb, plain, quality=95)
    ink = np.full((23, 37), 40, np.uint8)
    half = np.where(np.arange(37) < 18, 128, 255).astype(np.uint8) * np.ones((23, 1), np.uint8)
    on_white = np.round((40.0 * half + 255.0 * (255 - half)) / 255)
    for name, lossless in (("clear.webp", False), ("clear-lossless.webp", True)):
        put(name, Image.merge("RGBA", [Image.fromarray(ink)] * 3 + [Image.fromarray(half)]), on_white,
            lossless=lossless, quality=95, exact=True)
    # Its first frame is the whole of it; another is only what differs.
    put("two-frames.webp", Image.fromarray(colours), luma(colours), save_all=True, lossless=True,
        append_images=[Image.fromarray(colours[::-1])])
    for orientation, turn in TURNS.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        put(f"exif-{orientation}.webp", ramp if turn is None else ramp.transpose(turn), RAMP,
            lossless=True, exif=exif)
    bilevel = Image.fromarray(RAMP > 128)
    put("grey-8.tiff", Image.fromarray(RAMP), RAMP)
    put("grey-16.tiff", Image.fromarray(RAMP.astype(np.uint16) * 257), RAMP)
    put("colour.tiff", Image.fromarray(colours), luma(colours))
    put("palette.tiff", palette, luma(palette.convert("RGB")))
    inks = Image.fromarray(colours).convert("CMYK")
    put("four-inks.tiff", inks, luma(inks.convert("RGB")))
    put("clear.tiff", Image.merge("RGBA", [Image.fromarray(ink)] * 3 + [Image.fromarray(half)]), on_white)
    for name in "ccitt", "group3", "group4":
        put(f"{name}.tiff", bilevel, np.where(RAMP > 128, 255, 0),
            compression={"ccitt": "tiff_ccitt"}.get(name, name))
    for name, compression in ("lzw", "tiff_lzw"), ("packbits", "packbits"), ("deflate", "tiff_adobe_deflate"):
        put(f"{name}.tiff", Image.fromarray(colours), luma(colours), compression=compression)
    put("jpeg.tiff", rgb, plain, compression="jpeg", quality=95)
    put("two-pages.tiff", Image.fromarray(RAMP), RAMP, save_all=True,
        append_images=[Image.fromarray(255 - RAMP)])
    for orientation, turn in TURNS.items():
        put(f"turned-{orientation}.tiff", ramp if turn is None else ramp.transpose(turn), RAMP,
            tiffinfo={274: orientation})
    # Of 37 x 23 pixels, six tiles of 16 x 16.
    padded = np.pad(plain, ((0, 9), (0, 11)))
    put_bytes("tiles.tiff", tiff(37, 23, 8, 1, [padded[y:y + 16, x:x + 16].tobytes() for y in (0, 16)
                                                for x in (0, 16, 32)], t322=[16], t323=[16]), plain)
    put_bytes("strips.tiff", tiff(37, 23, 8, 1, [plain[y:y + 5].tobytes() for y in range(0, 23, 5)],
                                  t278=[5]), plain)
    put_bytes("planes.tiff", tiff(7, 5, [8, 8, 8], 2, [colours[..., k].tobytes() for k in range(3)],
                                  order=">", t284=[2]), luma(colours))
    put_bytes("colour-16.tiff", tiff(7, 5, [16] * 3, 2, [(colours.astype(">u2") * 257).tobytes()],
                                     order=">"), luma(colours))
    fours = np.pad(RAMP >> 4, ((0, 0), (0, 1)))
    put_bytes("white-is-0.tiff", tiff(7, 5, 4, 0, [(fours[:, ::2] << 4 | fours[:, 1::2]).tobytes()]),
              255 - (RAMP >> 4) * 17)
    put("grey-1.pbm", Image.fromarray(RAMP > 128), np.where(RAMP > 128, 255, 0))
    put("grey-8.pgm", Image.fromarray(RAMP), RAMP)
    put("grey-16.pgm", Image.fromarray(RAMP.astype(np.uint16) * 257), RAMP)
    put("colour.ppm", Image.fromarray(colours), luma(colours))
    words = "\n".join(" ".join(map(str, row)) for row in RAMP)
    put_bytes("text.pgm", f"P2 # grey\n7 5\n255\n{words}\n".encode(), RAMP)
    bits = "\n".join("".join("01"[int(value <= 128)] for value in row) for row in RAMP)
    put_bytes("text.pbm", f"P1\n7 5\n{bits}\n".encode(), np.where(RAMP > 128, 255, 0))
    words = " ".join(map(str, colours.ravel() // 17))
    put_bytes("text.ppm", f"P3 7 5 15\n{words}\n".encode(), luma(colours // 17 * 17))
    (HERE / "grey.json").write_text(json.dumps(expected, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()

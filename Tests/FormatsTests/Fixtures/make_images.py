#!/usr/bin/env python3
"""Writes the JPEG and resampling fixtures of this folder. Ran with Pillow 13.0.0 and NumPy 2.4.6.

Usage: make_images.py (in an environment with both)

jpeg_values.npz holds what Pillow decodes from each JPEG file, turned upright; fitted.npz images, what
averaging areas and linear interpolation make of them in 64 bits (from intervals and hat functions, as
dense matrices), and what Pillow's BOX and BILINEAR filters make of them where those mean the same.
"""

import io
import os
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

os.chdir(os.path.dirname(os.path.abspath(__file__)))


def scene(height, width):
    """Smooth colours with an edge, no two corners alike."""
    y, x = np.mgrid[0:height, 0:width]
    red = 255 * x / (width - 1)
    green = 255 * y / (height - 1)
    blue = 127.5 + 90 * np.sin(x / 4.0) * np.cos(y / 3.0)
    image = np.stack([red, green, blue], axis=-1)
    image[: height // 3, : width // 3] = [20, 30, 200]
    return Image.fromarray(np.clip(np.rint(image), 0, 255).astype(np.uint8))


def exif(orientation, little):
    """A TIFF folder of one entry, in either byte order."""
    order = "<" if little else ">"
    head = (b"II*\0" if little else b"MM\0*") + struct.pack(order + "I", 8)
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"Exif\0\0" + head + struct.pack(order + "H", 1) + entry + struct.pack(order + "I", 0)


def save(name, image, **options):
    image.save(name, "JPEG", **options)
    upright = ImageOps.exif_transpose(Image.open(name))
    return np.asarray(upright)


values = {}
photo = scene(20, 26)
values["rgb"] = save("rgb.jpg", photo, quality=90)
values["full"] = save("full_colour.jpg", photo, quality=90, subsampling=0)
values["progressive"] = save("progressive.jpg", photo, quality=85, progressive=True)
values["grey"] = save("grey.jpg", photo.convert("L"), quality=90)
for orientation in range(1, 9):
    name = f"orientation_{orientation}"
    values[name] = save(f"{name}.jpg", scene(8, 12), quality=85, subsampling=0,
                        exif=exif(orientation, orientation % 2 == 1))
photo.convert("CMYK").save("cmyk.jpg", "JPEG", quality=85)
np.savez_compressed("jpeg_values.npz", **values)

# Headers that promise 10 gigapixels and as much as JPEG can.
def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


with open("huge.png", "wb") as file:
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
               + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""))
data = bytearray(open("grey.jpg", "rb").read())
frame = data.index(b"\xff\xc0")
data[frame + 5:frame + 9] = struct.pack(">HH", 65_500, 65_500)
open("huge.jpg", "wb").write(data)


def weights(n, m):
    """[m, n]: averages of areas to shrink, hat functions to grow."""
    result = np.zeros((m, n))
    for i in range(m):
        if n > m:
            low, high = i * n / m, (i + 1) * n / m
            for j in range(n):
                result[i, j] = max(0.0, min(high, j + 1) - max(low, j)) * m / n
        else:
            centre = min(max((i + 0.5) * n / m - 0.5, 0), n - 1)
            for j in range(n):
                result[i, j] = max(0.0, 1 - abs(centre - j))
    return result


def part(height, width, tall, wide):
    """The centred part with the proportions tall : wide, in whole pixels."""
    rows, columns = height, width
    if width / wide <= height / tall:
        rows = min(height, max(1, int(np.floor(width * tall / wide + 0.5))))
    else:
        columns = min(width, max(1, int(np.floor(height * wide / tall + 0.5))))
    return (height - rows) // 2, (width - columns) // 2, rows, columns


draw = np.random.default_rng(7)
cases = [(12, 12, 1, 4, 4), (37, 23, 3, 8, 8), (23, 64, 3, 9, 12), (5, 7, 1, 16, 16),
         (10, 41, 3, 10, 10), (3, 2, 1, 7, 3), (1, 1, 3, 4, 5), (50, 3, 1, 2, 6), (16, 24, 3, 8, 8),
         (4, 4, 3, 8, 8)]
fitted = {}
for number, (height, width, channels, tall, wide) in enumerate(cases):
    image = draw.integers(0, 256, (height, width, channels), dtype=np.uint8)
    top, left, rows, columns = part(height, width, tall, wide)
    window = image[top:top + rows, left:left + columns]
    exact = np.einsum("ij,jkc,lk->ilc", weights(rows, tall), window.astype(np.float64),
                      weights(columns, wide))
    fitted[f"{number}_source"] = image
    fitted[f"{number}_exact"] = exact
    # Pillow's BOX counts whole pixels, so it is the average of areas for whole ratios only.
    shrinks = rows % tall == 0 and columns % wide == 0
    if shrinks or (rows <= tall and columns <= wide):
        source = Image.fromarray(window if channels == 3 else window[..., 0])
        result = source.resize((wide, tall), Image.Resampling.BOX if shrinks
                               else Image.Resampling.BILINEAR)
        fitted[f"{number}_pillow"] = np.asarray(result).reshape(tall, wide, channels)
np.savez_compressed("fitted.npz", **fitted)

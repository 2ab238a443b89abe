#!/usr/bin/env python3
"""Writes png_kinds.npz: a PNG file of every kind, and the pixels it stands for. Ran with Pillow 13.0.0 and
NumPy 2.4.6.

Usage: make_png_kinds.py (in an environment with both)

Pillow writes few of the kinds, so the files are put together here, byte by byte: every colour type, depth and
interlacing, with and without tRNS; rows are filtered by all five rules, the image is cut into several IDAT chunks.
For each file `NAME.png` the array `NAME.opaque` holds its pixels over white, `NAME.native` those with opacity as a
fourth channel (grey and colour as they are where nothing is transparent).

Expected pixels are the stored samples in exact whole numbers, rounded once. Pillow reads every file too, and what
it says must agree: to the sample where it keeps all bits, and in the upper 8 of 16 bits where it drops the others.
It is not asked for the opacity of grey images of 2 and 4 bits with tRNS, whose key it compares with widened samples,
nor of 16 bits with tRNS, whose key it compares with narrowed ones.
"""

import io
import os
import struct
import zlib

import numpy as np
from PIL import Image

os.chdir(os.path.dirname(os.path.abspath(__file__)))
random = np.random.default_rng(20)
GREY, RGB, PALETTE, GREY_OPACITY, RGB_OPACITY = 0, 2, 3, 4, 6
SAMPLES = {GREY: 1, RGB: 3, PALETTE: 1, GREY_OPACITY: 2, RGB_OPACITY: 4}
NAMES = {GREY: "grey", RGB: "rgb", PALETTE: "palette", GREY_OPACITY: "grey_opacity", RGB_OPACITY: "rgb_opacity"}
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def packed(row, depth):
    """A row of samples as bytes, the first in the highest bits."""
    if depth == 16:
        return row.astype(">u2").tobytes()
    bits = (row.reshape(-1, 1) >> np.arange(depth - 1, -1, -1)) & 1
    return np.packbits(bits.astype(np.uint8).ravel()).tobytes()


def paeth(a, b, c):
    p = a + b - c
    distances = [(abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c)]
    return min(distances)[2]


def filtered(row, above, rule, size):
    result = bytearray([rule])
    for i, value in enumerate(row):
        a = row[i - size] if i >= size else 0
        b = above[i]
        c = above[i - size] if i >= size else 0
        guess = [0, a, b, (a + b) // 2, paeth(a, b, c)][rule]
        result.append((value - guess) & 255)
    return bytes(result)


def scanlines(samples, depth):
    """The rows of one picture, [height, width, samples], each by a filter of its own."""
    size = max(1, samples.shape[2] * depth // 8)
    rows = [packed(row.ravel(), depth) for row in samples]
    above = bytes(len(rows[0]))
    result = b""
    for row in rows:
        result += filtered(row, above, int(random.integers(5)), size)
        above = row
    return result


def png(samples, color, depth, interlaced, before=b""):
    height, width, _ = samples.shape
    if interlaced:
        rows = b""
        for left, top, right, down in PASSES:
            part = samples[top::down, left::right]
            if part.size:
                rows += scanlines(part, depth)
    else:
        rows = scanlines(samples, depth)
    data = zlib.compress(rows, 9)
    cuts = sorted(random.integers(0, len(data) + 1, 2))
    pieces = [data[: cuts[0]], data[cuts[0] : cuts[1]], data[cuts[1] :]]
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before
            + b"".join(chunk(b"IDAT", piece) for piece in pieces) + chunk(b"IEND", b""))


def nearest(numerator, denominator):
    return ((2 * numerator + denominator) // (2 * denominator)).astype(np.uint8)


def pixels(samples, color, depth, palette=None, key=None, opacities=None):
    """What the samples stand for: over white, and with opacity; in whole numbers."""
    most = 255 if color == PALETTE else 2**depth - 1
    samples = samples.astype(object)
    if color == PALETTE:
        colors = palette[samples[..., 0].astype(int)].astype(object)
        full = np.concatenate([opacities, np.full(256 - len(opacities), 255)]) if opacities is not None else None
        opacity = None if full is None else full[samples[..., 0].astype(int)].astype(object)[..., None]
    elif color in (GREY_OPACITY, RGB_OPACITY):
        colors, opacity = samples[..., :-1], samples[..., -1:]
    else:
        colors, opacity = samples, None
        if key is not None:
            opacity = np.where((samples == np.array(key, object)).all(axis=-1, keepdims=True), 0, most).astype(object)
    if opacity is None:
        exact = nearest(255 * colors, most)
        return exact, exact
    over = nearest(255 * (colors * opacity + most * (most - opacity)), most * most)
    colored = colors if colors.shape[2] == 3 else np.repeat(colors, 3, axis=2)
    return over, nearest(255 * np.concatenate([colored, opacity], axis=2), most)


def check(name, data, samples, color, depth, native, has_key):
    """Pillow's reading, wherever it has one of these kinds."""
    image = Image.open(io.BytesIO(data))
    if depth == 16 and color == GREY and not has_key:
        assert (np.asarray(image).astype(int) == samples[..., 0]).all(), name
        return
    if depth == 16:
        read = np.asarray(image).reshape(samples.shape[:2] + (-1,))
        if color != GREY:
            high = (samples >> 8).astype(int)
            if color == GREY_OPACITY and read.shape[2] == 4:
                read = read[..., [0, 3]]
            assert (read == high).all(), name
        return
    if native.shape[2] == 4 and not (has_key and color == GREY and depth in (2, 4)):
        assert (np.asarray(image.convert("RGBA")) == native).all(), name
    elif native.shape[2] == 3:
        assert (np.asarray(image.convert("RGB")) == native).all(), name
    elif native.shape[2] == 1:
        assert (np.asarray(image.convert("L"))[..., None] == native).all(), name


arrays = {}


def add(name, samples, color, depth, interlaced, extra=b"", palette=None, key=None, opacities=None):
    before = extra
    if palette is not None:
        before += chunk(b"PLTE", palette.astype(np.uint8).tobytes())
    if key is not None:
        before += chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))
    if opacities is not None:
        before += chunk(b"tRNS", opacities.astype(np.uint8).tobytes())
    data = png(samples, color, depth, interlaced, before)
    opaque, native = pixels(samples, color, depth, palette, key, opacities)
    check(name, data, samples, color, depth, native, key is not None)
    arrays[f"{name}.png"] = np.frombuffer(data, np.uint8)
    arrays[f"{name}.opaque"] = opaque
    arrays[f"{name}.native"] = native


def draw(height, width, color, depth):
    samples = random.integers(0, 2**depth, (height, width, SAMPLES[color]))
    if color in (GREY_OPACITY, RGB_OPACITY):
        # All opacities there are, with both ends among them.
        samples[0, 0, -1], samples[-1, -1, -1] = 0, 2**depth - 1
    return samples


DEPTHS = {GREY: [1, 2, 4, 8, 16], RGB: [8, 16], PALETTE: [1, 2, 4, 8], GREY_OPACITY: [8, 16], RGB_OPACITY: [8, 16]}
for color, depths in DEPTHS.items():
    for depth in depths:
        for interlaced in (False, True):
            name = f"{NAMES[color]}_{depth}" + ("_interlaced" if interlaced else "")
            samples = draw(11, 13, color, depth)
            palette = random.integers(0, 256, (2**depth, 3)) if color == PALETTE else None
            add(name, samples, color, depth, interlaced, palette=palette)
            if color in (GREY, RGB):
                # The key is the colour of a pixel, which stands in some others too.
                key = [int(value) for value in samples[5, 6]]
                samples[random.random(samples.shape[:2]) < 0.3] = key
                add(f"{name}_key", samples, color, depth, interlaced, key=key)
            if color == PALETTE:
                # Fewer entries than colours: the others are opaque.
                opacities = random.integers(0, 256, max(1, 2**depth * 3 // 4))
                add(f"{name}_opacities", samples, color, depth, interlaced, palette=palette, opacities=opacities)

# A 16-bit key whose upper byte alone others share.
samples = np.array([[[0x1234], [0x1235], [0x1200]]])
add("grey_16_near_key", samples, GREY, 16, False, key=[0x1234])

# Pictures so small that interlacing leaves some of its seven empty.
for height, width in [(1, 1), (1, 5), (4, 1), (2, 3), (5, 5)]:
    add(f"tiny_{height}x{width}", draw(height, width, RGB, 8), RGB, 8, True)

# Notes about colour, which change nothing.
profile = zlib.compress(bytes(128))
notes = {
    "gamma_1": chunk(b"gAMA", struct.pack(">I", 100_000)),
    "gamma_18": chunk(b"gAMA", struct.pack(">I", 55_556)),
    "gamma_22": chunk(b"gAMA", struct.pack(">I", 45_455)),
    "gamma_0": chunk(b"gAMA", struct.pack(">I", 0)),
    "srgb": chunk(b"sRGB", b"\0"),
    "srgb_and_gamma": chunk(b"sRGB", b"\0") + chunk(b"gAMA", struct.pack(">I", 45_455)),
    "chromaticities": chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)),
    "profile": chunk(b"iCCP", b"wide\0\0" + profile),
    "code_points": chunk(b"cICP", bytes([9, 16, 0, 1])),
    "bits": chunk(b"sBIT", b"\5\5\5"),
    "background": chunk(b"bKGD", struct.pack(">3H", 10, 20, 30)),
}
for color, depth in [(GREY, 8), (RGB, 8), (GREY_OPACITY, 8), (RGB_OPACITY, 8), (RGB, 16), (RGB_OPACITY, 16)]:
    for note, extra in notes.items():
        if note == "bits" and color != RGB:
            extra = chunk(b"sBIT", b"\5" * SAMPLES[color])
        if note == "background" and color in (GREY, GREY_OPACITY):
            extra = chunk(b"bKGD", struct.pack(">H", 10))
        add(f"{NAMES[color]}_{depth}_{note}", draw(4, 5, color, depth), color, depth, False, extra)

np.savez_compressed("png_kinds.npz", **arrays)
print(len(arrays) // 3, "files")

"""Writes the fixtures of the format tests into this script's folder.

Made with Python 3.11.7, numpy 2.4.6, safetensors 0.8.0:

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6 safetensors==0.8.0
    venv/bin/python make_fixtures.py

Every number is small and exact in every type, so that the tests can state it.
"""

import ctypes
import gzip
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy

HERE = Path(__file__).resolve().parent


def write(name, data):
    (HERE / name).write_bytes(data)


# NPY: [[0, 1, 2], [3, 4, 100]] in every type and byte order (bool: all but 0 is True).
VALUES = np.array([[0, 1, 2], [3, 4, 100]])
for kind in ["b1", "u1", "i1"]:
    np.save(HERE / f"numpy_{kind}.npy", VALUES.astype(kind))
for kind in ["u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]:
    np.save(HERE / f"numpy_{kind}_little.npy", VALUES.astype("<" + kind))
    np.save(HERE / f"numpy_{kind}_big.npy", VALUES.astype(">" + kind))

# Half precision at its edges: subnormals, the largest number, infinities, not-a-number.
np.save(
    HERE / "numpy_half_edges.npy",
    np.array([2.0**-24, 1023 * 2.0**-24, 2.0**-14, 65504, -0.0, -1.5, np.inf, -np.inf, np.nan],
             dtype="<f2"))

CUBE = np.arange(24).reshape(2, 3, 4)
for kind in ["u1", "<i2", ">f4", "<f8"]:
    name = kind.strip("<>")
    np.save(HERE / f"numpy_fortran_{name}.npy", np.asfortranarray(CUBE.astype(kind)))
np.save(HERE / "numpy_scalar.npy", np.float32(7.5))
np.save(HERE / "numpy_empty.npy", np.zeros((0, 5), dtype=np.float32))
np.save(HERE / "numpy_negative.npy", np.array([-1, -(2**40)], dtype=np.int64))
for version in [(2, 0), (3, 0)]:
    with open(HERE / f"numpy_version_{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, VALUES.astype("<f4"), version=version)

np.save(HERE / "numpy_object.npy", np.array([None, {}], dtype=object))
np.save(HERE / "numpy_structure.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
np.save(HERE / "numpy_text.npy", np.array(["a", "bc"]))
np.save(HERE / "numpy_complex.npy", np.array([1 + 2j]))

# NPZ, by numpy itself: the entries' own headers have zip64 fields.
ARRAYS = {"mean": VALUES.astype("<f4"), "log_variance": CUBE.astype("<f8"),
          "labels": np.array([3, 1, 4], dtype=np.uint8)}
np.savez(HERE / "numpy_stored.npz", **ARRAYS)
np.savez_compressed(HERE / "numpy_deflated.npz", **ARRAYS)

# A zip file whose directory, too, uses zip64 fields for every size and place.
body = (HERE / "numpy_u1.npy").read_bytes()
crc = zlib.crc32(body)
entry = b"wide.npy"
sizes = struct.pack("<QQ", len(body), len(body))
local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0, 0, 0, 33, crc, 2**32 - 1, 2**32 - 1,
                    len(entry), 20) + entry + struct.pack("<HH", 1, 16) + sizes
extra = struct.pack("<HH", 1, 24) + sizes + struct.pack("<Q", 0)
directory = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 45, 45, 0, 0, 0, 33, crc, 2**32 - 1,
                        2**32 - 1, len(entry), len(extra), 0, 0, 0, 0, 2**32 - 1) + entry + extra
start = len(local) + len(body)
end = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 1, 1, len(directory), start)
locator = struct.pack("<IIQI", 0x07064B50, 0, start + len(directory), 1)
tail = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 65535, 65535, 2**32 - 1, 2**32 - 1, 0)
write("zip64.npz", local + body + directory + end + locator + tail)
with zipfile.ZipFile(HERE / "zip64.npz") as archive:
    assert archive.testzip() is None
assert np.array_equal(np.load(HERE / "zip64.npz")["wide"], VALUES)

with zipfile.ZipFile(HERE / "bzip2.npz", "w", zipfile.ZIP_BZIP2) as archive:
    archive.writestr(zipfile.ZipInfo("x.npy"), body, zipfile.ZIP_BZIP2)  # dated 1980
with zipfile.ZipFile(HERE / "notes.npz", "w") as archive:
    archive.writestr(zipfile.ZipInfo("notes.txt"), b"not an array")

# safetensors, by the reference implementation.
safetensors.numpy.save_file(
    {"encoder.0.weight": VALUES.astype("<f4"), "encoder.0.bias": np.array([0.5, -2], "<f4"),
     "steps": np.array(12, dtype="<i8")},
    HERE / "reference.safetensors", metadata={"naïve": 'a "quoted" line\n'})


KEPT = []  # a tensor is given by its address, so its bytes must stay


def raw(dtype, data, shape):
    buffer = ctypes.create_string_buffer(data, len(data))
    KEPT.append(buffer)
    return safetensors.TensorSpec(
        dtype=dtype, shape=shape, data_ptr=ctypes.addressof(buffer), data_len=len(data))


RAW = {
    "f64": raw("float64", struct.pack("<2d", 1.5, -2), [2]),
    "f32": raw("float32", struct.pack("<2f", 1.5, -2), [2]),
    "f16": raw("float16", struct.pack("<2e", 1.5, -2), [2]),
    "bf16": raw("bfloat16", struct.pack("<2H", 0x3FC0, 0xC000), [2]),
    "i64": raw("int64", struct.pack("<2q", 1, -2), [2]),
    "i32": raw("int32", struct.pack("<2i", 1, -2), [2]),
    "i16": raw("int16", struct.pack("<2h", 1, -2), [2]),
    "i8": raw("int8", struct.pack("<2b", 1, -2), [2]),
    "u64": raw("uint64", struct.pack("<2Q", 1, 2), [2]),
    "u32": raw("uint32", struct.pack("<2I", 1, 2), [2]),
    "u16": raw("uint16", struct.pack("<2H", 1, 2), [2]),
    "u8": raw("uint8", struct.pack("<2B", 1, 2), [2]),
    "bool": raw("bool", b"\x01\x00", [2]),
    "empty": raw("float32", b"", [0, 3]),
    "scalar": raw("float32", struct.pack("<f", 0.25), []),
}
write("every_type.safetensors", bytes(safetensors.serialize(RAW, None)))
write("unknown_type.safetensors",
      bytes(safetensors.serialize({"f8": raw("float8_e4m3fn", b"\x00", [1])}, None)))

# IDX, by its description: type code, dimensions, elements, highest byte first.
KINDS = {"uint8": (8, ">u1"), "int8": (9, ">i1"), "int16": (11, ">i2"), "int32": (12, ">i4"),
         "float32": (13, ">f4"), "float64": (14, ">f8")}
for name, (code, kind) in KINDS.items():
    data = struct.pack(">BBBBII", 0, 0, code, 2, 2, 3) + VALUES.astype(kind).tobytes()
    write(f"idx_{name}", data)
    if name in ["uint8", "float32"]:
        write(f"idx_{name}.gz", gzip.compress(data, mtime=0))
data = (HERE / "idx_uint8").read_bytes()
write("idx_two_members.gz",
      gzip.compress(data[:9], mtime=0) + gzip.compress(data[9:], mtime=0))


# PNG, by its specification.
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(name, width, height, depth, color, rows, before=b""):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    packed = zlib.compress(b"".join(b"\x00" + row for row in rows))
    write(name, b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", packed)
          + chunk(b"IEND", b""))


png("grey8.png", 3, 2, 8, 0, [bytes([0, 1, 2]), bytes([3, 4, 255])])
png("grey1.png", 3, 2, 1, 0, [bytes([0b10100000]), bytes([0b01000000])])
png("grey16.png", 2, 1, 16, 0, [struct.pack(">2H", 0, 65535)])
png("rgb8.png", 2, 1, 8, 2, [bytes([10, 20, 30, 40, 50, 60])])
png("rgba8.png", 2, 1, 8, 6, [bytes([10, 20, 30, 255, 40, 50, 60, 0])])
png("grey_opacity8.png", 2, 1, 8, 4, [bytes([10, 255, 20, 0])])
png("palette2.png", 2, 2, 2, 3, [bytes([0b00010000]), bytes([0b10000000])],
    chunk(b"PLTE", bytes([255, 0, 0, 0, 255, 0, 0, 0, 255])))

"""Writes pictures for the report as small PNGs that have the same bytes every time."""

import struct
import zlib
from typing import Any

import numpy as np

__all__ = ["png_of"]


def png_of(pixels: Any) -> bytes:
    """Returns pixels, uint8 (height, width, 3), as a PNG.

    Source: Portable Network Graphics specification, third edition, sections 5 and 9.
    """
    height, width, _ = pixels.shape
    # Each line begins with the number of its filter; 0 leaves it as it is.
    lines = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

"""Streams of bits: the first bit is the lowest of the first byte."""

from __future__ import annotations

import numpy as np

from lapel.errors import FormatError


def pack(values: np.ndarray, widths: np.ndarray | int) -> np.ndarray:
    """uint8: the lowest `widths[k]` bits of each value, lowest bit first; zero bits fill the last byte."""
    widths = np.broadcast_to(np.asarray(widths, np.int64), values.shape)
    starts = np.cumsum(widths) - widths
    place = np.arange(int(widths.sum())) - np.repeat(starts, widths)
    return np.packbits((np.repeat(values.astype(np.int64), widths) >> place & 1).astype(bool), bitorder="little")


def unpack(codes: np.ndarray, width: int, count: int) -> np.ndarray:
    """uint8 [count]: values of `width` bits each. Raises FormatError if the stream is not exactly that long."""
    bits = bits_of(codes)
    check_end(bits, width * count)
    places = bits[: width * count].reshape(count, width).astype(np.uint8)
    return np.asarray((places << np.arange(width, dtype=np.uint8)).sum(axis=1), np.uint8)


def bits_of(codes: np.ndarray) -> np.ndarray:
    """The bits of a stream, 0 or 1, in order."""
    return np.unpackbits(codes, bitorder="little")


def check_end(bits: np.ndarray, used: int) -> None:
    """Raises FormatError unless `used` bits are the whole stream but for zeros that fill its last byte."""
    if used > len(bits):
        raise FormatError(f"coded weights end after {len(bits)} bits, {used} are needed: encode them again")
    rest = bits[used:]
    if len(rest) >= 8 or rest.any():
        raise FormatError(
            f"coded weights take {used} bits, {len(rest)} more follow, expected zeros to the end of a byte"
        )

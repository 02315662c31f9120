"""Look-up tables: for each element an index of 1 to 7 bits, most significant bit first, into its channel's table."""

from __future__ import annotations

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends.tflite.compressions import AGAIN, EVERY_DTYPE, Compression, Encoded, Layout

PARAMS, STRIDE = 5, 6
"""Places in the header: bits of an index in the low three bits, the axis in the high four; values of a table."""

MAX_BITS = 7

ONE_TABLE = 15
"""The axis that says that there is but one table."""


def look_up(content: np.ndarray, bits: int, tables: np.ndarray, layout: Layout, axis: int) -> np.ndarray:
    """Elements by their indexes in `content` (uint8); tables: [channels, values]; raises UnsupportedNode."""
    needed_bytes = (layout.size * bits + 7) // 8
    if len(content) < needed_bytes:
        found = f"has {len(content)} bytes of indexes, expected {needed_bytes} for {layout.size} of {bits} bits"
        raise UnsupportedNode(f"{found}: {AGAIN}")
    channels, values = tables.shape
    indexes = unpack_indexes(content[:needed_bytes], bits, layout.size)
    if layout.size and indexes.max() >= values:
        found = f"has index {indexes.max()} into a table of {values} values"
        raise UnsupportedNode(f"{found}, expected 0 to {values - 1}: {AGAIN}")
    places = indexes.reshape(layout.by_channel(channels, axis))
    return np.asarray(tables[np.arange(channels)[:, None], places].reshape(-1))


def unpack_indexes(content: np.ndarray, bits: int, count: int) -> np.ndarray:
    """uint8 [count] of `bits` bits each, most significant bit first; eight of them are whole bytes."""
    groups = -(-count // 8)
    padded = np.zeros((groups, bits), np.uint8)
    padded.reshape(-1)[: len(content)] = content
    words = np.zeros(groups, np.uint64)
    for column in padded.T:
        words = words << np.uint64(8) | column
    found = np.empty((groups, 8), np.uint8)
    for k in range(8):
        found[:, k] = words >> np.uint64((7 - k) * bits) & np.uint64((1 << bits) - 1)
    return found.reshape(-1)[:count]


def _decode(encoded: Encoded, layout: Layout) -> np.ndarray:
    bits, values = int(encoded.header[PARAMS]) & MAX_BITS, int(encoded.header[STRIDE])
    if not bits or not values:
        found = f"has indexes of {bits} bits into tables of {values} values"
        raise UnsupportedNode(f"{found}, expected 1 to {MAX_BITS} bits and at least a value: {AGAIN}")
    channels, axis = _channels(encoded, layout, values * layout.numpy.itemsize)
    tables = encoded.tables[: channels * values * layout.numpy.itemsize]
    return look_up(encoded.content, bits, tables.view(layout.numpy).reshape(channels, values), layout, axis)


def _channels(encoded: Encoded, layout: Layout, table_bytes: int) -> tuple[int, int]:
    """(tables, their axis).

    Until the axis stood in the header it was that of the scales, and the bits were 0. So an axis 0 may mean either,
    which the number of tables tells.
    """
    axis = int(encoded.header[PARAMS]) >> 4
    named = (layout.shape[axis] if axis < len(layout.shape) else 1, axis)
    scaled = (layout.scales, layout.axis) if layout.scales > 1 and layout.zeros else (1, 0)
    readings = [(1, 0)] if axis == ONE_TABLE else [named] if axis else [scaled, named]
    if axis != ONE_TABLE and axis >= max(1, len(layout.shape)):
        raise UnsupportedNode(f"has tables along axis {axis}, expected one of {list(layout.shape)}: {AGAIN}")
    found_bytes = len(encoded.tables)
    for channels, of in readings:
        if found_bytes == channels * table_bytes or (len(readings) == 1 and found_bytes > channels * table_bytes):
            return channels, of
    expected = " or ".join(map(str, dict.fromkeys(channels * table_bytes for channels, _ in readings)))
    raise UnsupportedNode(f"has {found_bytes} bytes of tables, expected {expected}: {AGAIN}")


COMPRESSION = Compression(0, "look-up tables", EVERY_DTYPE, _decode)

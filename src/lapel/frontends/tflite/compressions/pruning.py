"""Pruned elements: a bit for each, most significant bit first, that says whether it stands in the table or is 0.

What stands for 0 is the zero point of its channel.
"""

from __future__ import annotations

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends.tflite.compressions import AGAIN, EVERY_DTYPE, Compression, Encoded, Layout


def _decode(encoded: Encoded, layout: Layout) -> np.ndarray:
    needed_bytes = (layout.size + 7) // 8
    if len(encoded.content) < needed_bytes:
        found = f"has {len(encoded.content)} bytes of bits that say which elements there are, expected {needed_bytes}"
        raise UnsupportedNode(f"{found}: {AGAIN}")
    there = np.unpackbits(encoded.content[:needed_bytes])[: layout.size].astype(np.bool_)
    count, itemsize = int(there.sum()), layout.numpy.itemsize
    if len(encoded.tables) < count * itemsize:
        found = f"has {len(encoded.tables)} bytes of elements, expected {count * itemsize} for {count} that were kept"
        raise UnsupportedNode(f"{found}: {AGAIN}")
    made = _zeros(layout)
    made[there] = encoded.tables[: count * itemsize].view(layout.numpy)
    return made


def _zeros(layout: Layout) -> np.ndarray:
    """What pruned elements are, [size]."""
    zeros = layout.zeros if layout.scales else ()
    if not any(zeros):
        return np.zeros(layout.size, layout.numpy)
    if layout.dtype != "int8":
        raise UnsupportedNode(f"is pruned {layout.dtype} with zero points, expected none but 0: {AGAIN}")
    if not all(-128 <= z <= 127 for z in zeros):
        raise UnsupportedNode(f"is pruned int8 with zero points up to {max(zeros)}, expected -128 to 127: {AGAIN}")
    channels = layout.scales if len(zeros) == layout.scales else 1
    before, channels, behind = layout.by_channel(channels, layout.axis)
    column = np.array(zeros[:channels], layout.numpy)[:, None]
    return np.broadcast_to(column, (before, channels, behind)).reshape(-1).copy()


COMPRESSION = Compression(2, "pruning", EVERY_DTYPE, _decode)

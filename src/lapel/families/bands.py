"""Bands of sliding windows and of elementwise operators: answers to `Op.band`."""

from __future__ import annotations

from lapel.families.window import Window
from lapel.ir.bands import Band, Rows
from lapel.ir.graph import Instance


def window_band(inst: Instance, window: Window, rows: Rows) -> Band:
    """`rows` of a sliding window's output: padding is left at the image's own edges only."""
    size, step = inst.x().shape[1], window.stride[0]
    first = rows[0] * step - window.pad[0]
    end = (rows[1] - 1) * step - window.pad[0] + window.extent[0]
    pad = (max(0, -first), max(0, end - size), *window.pad[2:])
    reads = ((max(0, first), min(size, end)), *(None for _ in inst.inputs[1:]))
    return Band(reads, {**inst.attrs, "pad": pad})


def elementwise_band(inst: Instance, rows: Rows) -> Band | None:
    """`rows` of an output that depends on the same elements of the inputs; constants may repeat over all rows."""
    shape = inst.y().shape
    reads: list[Rows | None] = []
    for t in inst.inputs:
        if t is None or (t.data is not None and (len(t.type.shape) < 3 or t.type.shape[-3] == 1)):
            reads.append(None)
        elif t.data is None and t.type.shape == shape:
            reads.append(rows)
        else:
            return None
    return Band(tuple(reads), inst.attrs)

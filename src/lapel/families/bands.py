"""Pieces of sliding windows and of elementwise operators: answers to `Op.band` and `Op.along`."""

from __future__ import annotations

from lapel.families.window import Window
from lapel.ir.along import Along, Axes
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


def window_along(inst: Instance, window: Window, axes: Axes, fill: int | float | None = None) -> Along | None:
    """A sliding window along the height or the width of its input. fill: what counts outside; see `Along`."""
    if axes[0] not in (1, 2) or any(a is not None for a in axes[1:]):
        return None
    k = axes[0] - 1
    pad = (0, 0, *window.pad[2:]) if k == 0 else (*window.pad[:2], 0, 0)
    return Along((axes[0],), {**inst.attrs, "pad": pad}, window.extent[k], window.stride[k], window.pad[2 * k], fill)


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

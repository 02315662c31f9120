"""Gather; with batch dimensions GatherND behind them, of x with the axis moved there."""

from __future__ import annotations

import numpy as np

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    axis, batch, rank = e.inst.attrs["axis"], e.inst.attrs["batch"], len(e.inst.x().shape)
    indexes = e.inst.const(1)
    assert indexes is not None
    if batch == 0:
        return e.op("Gather", e.x(), e.array(indexes.astype(np.int64)), axis=axis)
    perm = [*range(batch), axis, *range(batch, axis), *range(axis + 1, rank)]
    moved = e.op("Transpose", e.x(), perm=perm) if axis > batch else e.x()
    found = e.op("GatherND", moved, e.array(indexes[..., None].astype(np.int64)), batch_dims=batch)
    if axis == batch:
        return found
    picked, skipped = indexes.ndim - batch, axis - batch
    back = [*range(batch), *range(batch + picked, batch + picked + skipped), *range(batch, batch + picked)]
    back += range(len(back), len(e.inst.y().shape))
    return e.op("Transpose", found, perm=back)

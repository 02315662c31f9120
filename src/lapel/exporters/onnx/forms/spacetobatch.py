"""Pad, and the places within a block moved into the batch."""

from __future__ import annotations

from lapel.exporters.onnx.blocks import cut
from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    attrs, (n, *inner, c) = e.inst.attrs, e.inst.x().shape
    before, after, y = attrs["before"], attrs["after"], e.x()
    if any((*before, *after)):
        y = e.op("Pad", y, e.ints(0, *before, 0, 0, *after, 0))
    padded = [b + d + a for b, d, a in zip(before, inner, after, strict=True)]
    shape, axes = cut((n, *padded, c), attrs["block"])
    return e.reshaped(e.op("Transpose", e.reshaped(y, *shape), perm=axes), *e.inst.y().shape)

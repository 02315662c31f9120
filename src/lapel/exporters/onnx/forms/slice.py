"""Slice with constant bounds."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter

BEFORE = -(2**62)
"""An end before the first element, for steps downwards: -1 would be the last one."""


def write(e: Emitter) -> str:
    attrs = e.inst.attrs
    begin, step, count = attrs["begin"], attrs["step"], attrs["count"]
    ends = [b + s * n for b, s, n in zip(begin, step, count, strict=True)]
    ends = [end if end >= 0 else BEFORE for end in ends]
    cut = e.op("Slice", e.x(), e.ints(*begin), e.ints(*ends), e.ints(*range(len(begin))), e.ints(*step))
    return cut if count == attrs["shape"] else e.reshaped(cut, *attrs["shape"])

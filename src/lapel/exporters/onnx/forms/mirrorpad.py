"""Pad by reflection; with the edge repeated, which ONNX lacks, Gather axis by axis."""

from __future__ import annotations

import numpy as np

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    layout, attrs = e.layout, e.inst.attrs
    before, after = attrs["before"], attrs["after"]
    if not attrs["edge"] and before:
        pads = [*layout.order(before), *layout.order(after)]
        return layout.made(e.op("Pad", layout.x(), e.ints(*pads), mode="reflect"))
    y = layout.x()
    for axis, (b, a) in enumerate(zip(before, after, strict=True)):
        if b or a:
            places = np.pad(np.arange(e.inst.x().shape[axis]), (b, a), mode="symmetric")
            y = e.op("Gather", y, e.ints(*places.tolist()), axis=layout.axis(axis))
    return layout.made(y)

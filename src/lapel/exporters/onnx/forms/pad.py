"""Pad with a constant."""

from __future__ import annotations

import numpy as np

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    layout, y, value = e.layout, e.inst.y(), e.inst.attrs["value"]
    if not e.inst.attrs["before"]:
        return layout.made(layout.x())
    pads = [*layout.order(e.inst.attrs["before"]), *layout.order(e.inst.attrs["after"])]
    number = value if y.quant is None else (value - y.zero) * y.scale
    return layout.made(e.op("Pad", layout.x(), e.ints(*pads), e.array(np.array(number, e.dtype()))))

"""PRelu; where x is repeated along alpha, what PRelu means."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    layout = e.layout
    x, alpha = layout.all()
    if e.inst.x().shape == e.inst.y().shape:
        return layout.made(e.op("PRelu", x, alpha))
    zero = e.floats(0)
    return layout.made(e.op("Add", e.op("Max", x, zero), e.op("Mul", e.op("Min", x, zero), alpha)))

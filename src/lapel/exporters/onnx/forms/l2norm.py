"""x divided by its norm along the last axis, which is at least the root of 1e-12."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    x = e.x()
    squares = e.op("ReduceSumSquare", x, e.ints(-1), keepdims=1)
    return e.op("Div", x, e.op("Sqrt", e.op("Max", squares, e.floats(1e-12))))

"""Split into parts of constant sizes."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> tuple[str, ...]:
    layout, sizes = e.layout, e.inst.attrs["sizes"]
    axis = layout.axis(e.inst.attrs["axis"])
    return tuple(map(layout.made, e.ops("Split", layout.x(), e.ints(*sizes), outputs=len(sizes), axis=axis)))

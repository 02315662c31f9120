"""Sub and Mul."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    layout = e.layout
    apart = e.op("Sub", *layout.all())
    return layout.made(e.op("Mul", apart, apart))

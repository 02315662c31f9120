"""What x stands for: the rounding is the output's own."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    layout = e.layout
    return layout.made(layout.x())

"""Where."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    layout = e.layout
    return layout.made(e.op("Where", *layout.all()))

"""Equal and Not."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    layout = e.layout
    return layout.made(e.op("Not", e.op("Equal", *layout.all())))

"""Gelu."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    layout = e.layout
    approximate = "tanh" if e.inst.attrs["approximate"] else "none"
    return layout.made(e.op("Gelu", layout.x(), approximate=approximate))

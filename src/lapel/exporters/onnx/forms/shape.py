"""A constant: shapes are static."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    return e.op("Identity", e.array(e.folded()))

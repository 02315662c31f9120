"""Expand of one number."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    return e.op("Expand", e.reshaped(e.x()), e.ints(*e.inst.y().shape))

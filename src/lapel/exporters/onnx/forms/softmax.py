"""Softmax over the last axis, of x times beta."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    x, beta = e.x(), e.inst.attrs["beta"]
    return e.op("Softmax", x if beta == 1 else e.op("Mul", x, e.floats(beta)), axis=-1)

"""Gemm with the weights transposed, around it what makes rows of x."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    (o, k), y = e.inst.x(1).shape, e.inst.y().shape
    rows = e.inst.x().size // k
    x = e.x() if e.inst.x().shape == (rows, k) else e.moved(0, "Reshape", e.ints(rows, k))
    bias = e.bias(2)
    made = e.activated(e.op("Gemm", *((x, e.x(1)) if bias is None else (x, e.x(1), bias)), transB=1))
    return made if y == (rows, o) else e.reshaped(made, *y)

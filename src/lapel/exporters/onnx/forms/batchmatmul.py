"""MatMul of the operands, transposed where the node says so."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    a, b = (_upright(e, i, e.inst.attrs[k]) for i, k in enumerate(("adj_x", "adj_y")))
    return e.op("MatMul", a, b)


def _upright(e: Emitter, i: int, transposed: bool) -> str:
    rank = len(e.inst.x(i).shape)
    return e.op("Transpose", e.x(i), perm=[*range(rank - 2), rank - 1, rank - 2]) if transposed else e.x(i)

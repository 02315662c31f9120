"""Reductions over constant axes."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import IMAGE, Emitter


def reduced(e: Emitter, kind: str) -> str:
    """The input reduced by an ONNX operator; read in the layout that it has, and written with the channels last."""
    axes, x = sorted(e.inst.attrs["axes"]), e.tensor(0)
    first = len(x.type.shape) == IMAGE and e.values.has_first(x) and axes == [1, 2]
    made = e.op(kind, e.first() if first else e.x(), e.ints(*((2, 3) if first else axes)), keepdims=0)
    kept = tuple(d for a, d in enumerate(x.type.shape) if a not in axes)
    return made if kept == e.inst.y().shape else e.reshaped(made, *e.inst.y().shape)

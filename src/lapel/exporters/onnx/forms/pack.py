"""Each input with one more axis, and Concat."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    axis = e.inst.attrs["axis"]
    return e.op("Concat", *(e.op("Unsqueeze", e.x(i), e.ints(axis)) for i in range(len(e.inst.inputs))), axis=axis)

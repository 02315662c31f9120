"""ArgMin, whose indexes are int64, and Cast."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    index = e.op("ArgMin", e.x(), axis=e.inst.attrs["axis"], keepdims=0)
    return e.op("Cast", index, to=e.dtype())

"""Conv with a group for each channel."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter
from lapel.exporters.onnx.windows import convolved


def write(e: Emitter) -> str:
    return convolved(e, e.weights(1, (3, 0, 1, 2)), e.inst.x(1).shape[1:3], e.inst.x().shape[3])

"""Conv; groups by the channels of the weights."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter
from lapel.exporters.onnx.windows import convolved


def write(e: Emitter) -> str:
    shape = e.inst.x(1).shape
    return convolved(e, e.weights(1, (0, 3, 1, 2)), shape[1:3], e.inst.x().shape[3] // shape[3])

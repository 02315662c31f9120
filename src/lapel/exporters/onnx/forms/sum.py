"""ReduceSum over constant axes."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter
from lapel.exporters.onnx.reduction import reduced


def write(e: Emitter) -> str:
    return reduced(e, "ReduceSum")

"""AveragePool over the cells within the image."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter
from lapel.exporters.onnx.windows import pooled


def write(e: Emitter) -> str:
    return pooled(e, "AveragePool", count_include_pad=0)

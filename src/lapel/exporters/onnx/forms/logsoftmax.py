"""LogSoftmax over the last axis."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    return e.op("LogSoftmax", e.x(), axis=-1)

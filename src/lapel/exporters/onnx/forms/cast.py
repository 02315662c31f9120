"""Cast of what is stored."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    return e.op("Cast", e.stored(), to=e.inst.y().dtype)

"""Transpose."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    return e.op("Transpose", e.x(), perm=e.inst.attrs["perm"])

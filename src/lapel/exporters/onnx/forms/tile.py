"""Tile."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    return e.op("Tile", e.x(), e.ints(*e.inst.attrs["times"]))

"""DepthToSpace."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter, First


def write(e: Emitter) -> str:
    return First(e.op("DepthToSpace", e.first(), blocksize=e.inst.attrs["block"], mode="DCR"))

"""Resize: where pixels of the output lie in the input."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter, First


def resized(e: Emitter, **attrs: str) -> str:
    """Resize of input 0 by the node's attributes."""
    n, h, w, c = e.inst.y().shape
    at = "half_pixel" if e.inst.attrs["half_pixel"] else "asymmetric"
    at = "align_corners" if e.inst.attrs["align_corners"] else at
    sizes = e.ints(n, c, h, w)
    return First(e.op("Resize", e.first(), "", "", sizes, coordinate_transformation_mode=at, **attrs))

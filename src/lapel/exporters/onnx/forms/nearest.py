"""Resize to the nearest pixel, or the one before."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter
from lapel.exporters.onnx.resizing import resized


def write(e: Emitter) -> str:
    plain = not e.inst.attrs["half_pixel"] and not e.inst.attrs["align_corners"]
    return resized(e, mode="nearest", nearest_mode="floor" if plain else "round_prefer_ceil")

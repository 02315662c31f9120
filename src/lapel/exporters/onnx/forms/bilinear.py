"""Resize, linear along height and width."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter
from lapel.exporters.onnx.resizing import resized


def write(e: Emitter) -> str:
    return resized(e, mode="linear")

"""TensorFlow Lite flatbuffers: `read_tflite` (.tflite -> Graph) and `write_tflite` (Graph -> .tflite)."""

from __future__ import annotations

from lapel.frontends.tflite.writer import write_tflite

__all__ = ["write_tflite"]

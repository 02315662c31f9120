"""Graph -> .tflite: integer graphs as TensorFlow Lite Micro computes them, float graphs, and their state."""

from __future__ import annotations

from functools import partial

from lapel.exporters._exporter import Exporter
from lapel.frontends.tflite import write_tflite

EXPORTER = Exporter(
    name="TensorFlow Lite",
    suffixes=(".tflite", ".lite"),
    write=write_tflite,
    write_int4=partial(write_tflite, int4=True),
)

"""TensorFlow Lite flatbuffers: `read_tflite` (.tflite -> Graph) and `write_tflite` (Graph -> .tflite)."""

from __future__ import annotations

from lapel.frontends._format import Format
from lapel.frontends.tflite.decoder import decode
from lapel.frontends.tflite.importer import build_graph
from lapel.frontends.tflite.schema import IDENTIFIER
from lapel.frontends.tflite.writer import write_tflite
from lapel.ir import Graph

__all__ = ["FORMAT", "read_tflite", "write_tflite"]


def read_tflite(data: bytes, name: str = "model") -> Graph:
    """The graph of a .tflite file's content; `name` is the graph's, and the file's in messages.

    Raises FormatError if the file is damaged, UnsupportedModel with every problem if Lapel cannot compute it.
    """
    return build_graph(decode(data, name))


FORMAT = Format(
    name="TensorFlow Lite",
    suffixes=(".tflite", ".lite"),
    matches=lambda head: head[4:8] == IDENTIFIER,
    read=read_tflite,
)

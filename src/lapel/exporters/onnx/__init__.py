"""Graph -> .onnx: a float graph in float operators, an integer one in the same ones, each between DequantizeLinear and
QuantizeLinear.

Operators that ONNX has with the channels first get them so; transposes between two such operators are not written.
State goes in and out: an input and an output for each, after the others.
"""

from __future__ import annotations

from lapel.exporters._exporter import Exporter
from lapel.exporters.onnx.file import library, write_file
from lapel.exporters.onnx.graph import write_document
from lapel.ir import Graph


def write_onnx(graph: Graph) -> bytes:
    """The content of an .onnx file; raises MissingTool without the library, UnsupportedModel with every problem."""
    library()
    return write_file(graph, write_document(graph))


EXPORTER = Exporter(name="ONNX", suffixes=(".onnx",), write=write_onnx, users_axes=True)

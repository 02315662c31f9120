"""ONNX models: `read_onnx` (.onnx -> Graph), of opset 11 or later. Needs the packages of `lapel[onnx]`.

A float model becomes a float graph; one that is quantized, with QuantizeLinear and DequantizeLinear around its
operators (QDQ) or with quantized operators (QOperator), an integer one.
"""

from __future__ import annotations

from pathlib import Path

from lapel.errors import MissingTool
from lapel.frontends._format import Format
from lapel.ir import Graph

__all__ = ["FORMAT", "read_onnx"]

FIELDS_AFTER_VERSION = b"\x12\x1a\x22\x28\x32\x3a\x42"
"""Keys of what may follow the IR version in a ModelProto."""


def read_onnx(data: bytes, name: str = "model", folder: Path | None = None) -> Graph:
    """The graph of an .onnx file's content; `name` is the graph's, and the file's in messages.

    folder: where files lie that hold the model's weights, if it has such. Raises FormatError if the file is damaged,
    UnsupportedModel with every problem if Lapel cannot compute it, MissingTool without the packages of `lapel[onnx]`.
    """
    try:
        import onnx  # noqa: F401
        import onnx_ir  # noqa: F401
    except ImportError as e:
        raise MissingTool(f'{name}.onnx: {e.name} is not installed, ONNX needs it: pip install "lapel[onnx]"') from e
    from lapel.frontends.onnx.decoder import decode
    from lapel.frontends.onnx.importer import build_graph

    return build_graph(decode(data, name, folder))


def _matches(head: bytes) -> bool:
    """A protobuf whose field 1, the IR version, is 3 or more, followed by another field of ModelProto."""
    if len(head) < 3 or head[4:8] == b"TFL3":
        return False
    return head[0] == 0x08 and 3 <= head[1] < 64 and head[2] in FIELDS_AFTER_VERSION


FORMAT = Format(name="ONNX", suffixes=(".onnx",), matches=_matches, read_beside=read_onnx)

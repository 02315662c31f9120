"""Document -> the content of an .onnx file, by the `onnx` library."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.errors import MissingTool
from lapel.exporters.onnx.document import Document, OnnxNode
from lapel.exporters.onnx.graph import file_shape
from lapel.ir import Graph
from lapel.version import VERSION

OPSET, OPSET_16_BITS = 20, 21
"""Of ONNX 1.15 (October 2023), the first with Gelu; of 1.16, the first in which QuantizeLinear has int16. ONNX Runtime
(1.32) refuses some graphs of int8 in opset 21: it moves quantizations over a Reshape, and loses their dtype."""
IR_VERSION = 9


def library() -> Any:
    """The `onnx` package; raises MissingTool."""
    try:
        import onnx
    except ImportError as e:
        raise MissingTool('onnx is not installed, .onnx files need it: pip install "lapel[onnx]"') from e
    return onnx


def write_file(graph: Graph, document: Document) -> bytes:
    """The file of a graph that was written as this document."""
    onnx = library()
    nodes = document.final()
    used = {name for n in nodes for name in n.inputs} | set(graph.outputs)
    constants = {document.names.get(name, name): data for name, data in document.constants.items()}
    initializers = [onnx.numpy_helper.from_array(data, name) for name, data in constants.items() if name in used]
    body = onnx.helper.make_graph(
        [_make_node(onnx, n) for n in nodes],
        graph.name,
        [_make_port(onnx, graph, name) for name in graph.inputs],
        [_make_port(onnx, graph, name) for name in graph.outputs],
        initializers,
    )
    wide = any(t.type.quant is not None and t.type.dtype == "int16" for t in graph.tensors.values())
    opsets = [onnx.helper.make_opsetid("", OPSET_16_BITS if wide else OPSET)]
    model = onnx.helper.make_model(
        body, opset_imports=opsets, ir_version=IR_VERSION, producer_name="lapel", producer_version=VERSION
    )
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def _make_node(onnx: Any, node: OnnxNode) -> Any:
    """A node called as the first value that it makes."""
    attrs = {name: _dtype(onnx, v) if name == "to" else v for name, v in node.attrs.items()}
    return onnx.helper.make_node(node.kind, node.inputs, node.outputs, node.outputs[0], **attrs)


def _make_port(onnx: Any, graph: Graph, name: str) -> Any:
    dtype = _dtype(onnx, graph.tensors[name].type.dtype)
    return onnx.helper.make_tensor_value_info(name, dtype, file_shape(graph, name))


def _dtype(onnx: Any, dtype: str) -> int:
    return int(onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

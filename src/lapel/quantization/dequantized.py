"""Integer graph --> the float graph that it stands for: the same shapes and attributes, constants dequantized."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lapel.ir import Carry, Graph, Node, Tensor, Type
from lapel.ir.numbers import numbers
from lapel.ops import registry


def dequantized(graph: Graph) -> Graph:
    """The float graph of a quantized one. Attributes that are stored numbers become what they stand for."""
    tensors = {name: _float_tensor(t) for name, t in graph.tensors.items()}
    nodes = tuple(Node(n.op, n.name, n.inputs, n.outputs, _float_attrs(graph, n)) for n in graph.nodes)
    carries = tuple(_float_carry(graph, c) for c in graph.carries)
    return replace(graph, nodes=nodes, tensors=tensors, carries=carries)


def _float_tensor(t: Tensor) -> Tensor:
    if t.type.quant is None:
        return t
    data = None if t.data is None else numbers(t.type, t.data).astype(np.float32)
    return Tensor(t.name, Type(t.type.shape, "float32"), data)


def _float_attrs(graph: Graph, node: Node) -> dict[str, Any]:
    declared, y = registry()[node.op].attributes, graph.tensors[node.outputs[0]].type
    stored = {name: value for name, value in node.attrs.items() if declared[name].stored}
    return {**node.attrs, **{name: np.float32(numbers(y, np.array(v))).item() for name, v in stored.items()}}


def _float_carry(graph: Graph, c: Carry) -> Carry:
    t = graph.tensors[c.state].type
    return c if t.quant is None else replace(c, initial=numbers(t, np.asarray(c.initial)).astype(np.float32))

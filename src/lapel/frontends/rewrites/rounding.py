"""`quantize` and `dequantize` around float operators: the types that tensors have between them, and pairs that meet.

q = quantize(x); r = dequantize(q)  -->  x and r have the type of q
q = quantize(dequantize(p))         -->  q = p, or q = quantize(p) if their types are unlike
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lapel.errors import Problem, UnsupportedModel, shown
from lapel.ir import Graph, Node, Quant, Tensor, Type
from lapel.ir.signature import Weights, is_float
from lapel.ops import registry
from lapel.records import Note
from lapel.rewrites.edit import count_readers, with_nodes

MOVED = re.compile(r"/(moved|shaped|first|last|part|spread|permuted)(_\d+)?$")
"""What front ends and rewrites put behind the name of a constant whose values they have moved."""
WHOLE = 1e-2
"""How far from an integer a weight over its scale may be: one that was rounded to float32 is within 2^-17."""


def find_types(graph: Graph, constants: Mapping[str, Type]) -> dict[str, Type]:
    """The integer type of every float tensor that a quantization says, for `lapel.quantization.convert`.

    What only moves values, or picks from them, has the type of what it is given. constants: types of float constants
    by their names before any rewrite. Raises UnsupportedModel if weights are no multiples of their scales.
    """
    found = _constant_types(graph, constants)
    for node in graph.nodes:
        x, y = graph.tensors[node.inputs[0]] if node.inputs else None, graph.tensors[node.outputs[0]]
        if node.op == "dequantize" and x is not None and x.data is None:
            found[y.name] = replace(x.type, shape=y.type.shape)
    for node in graph.nodes:
        _spread(graph, node, found, node.inputs, node.outputs)
    readers = count_readers(graph)
    for node in reversed(graph.nodes):
        source = node.inputs[0] if node.inputs else ""
        if node.op == "quantize" and readers[source] == 1 and source not in found:
            found[source] = graph.tensors[node.outputs[0]].type
        alone = [i for i in node.inputs if i and readers[i] == 1]
        _spread(graph, node, found, node.outputs, alone)
    return found


def _spread(
    graph: Graph, node: Node, found: dict[str, Type], given: tuple[str, ...], others: tuple[str, ...] | list[str]
) -> None:
    """Give the type that `given` tensors of a group of the node have to `others` of it, if they have one."""
    for group in registry()[node.op].alike(graph.instance(node)):
        types = {(t.dtype, t.quant) for t in (found[n] for n in given if n in group and n in found)}
        if len(types) != 1 or any(n in group and n not in found for n in given if graph.tensors[n].data is None):
            continue
        ((dtype, quant),) = types
        for n in others:
            t = graph.tensors[n]
            if n in group and n not in found and t.data is None and is_float(t.type):
                found[n] = Type(t.type.shape, dtype, quant)


def _constant_types(graph: Graph, constants: Mapping[str, Type]) -> dict[str, Type]:
    """The types of constants under the names that they have now."""
    found, problems = dict[str, Type](), list[Problem]()
    for node in graph.nodes:
        inst = graph.instance(node)
        for i, t in enumerate(inst.inputs):
            if t is None or t.data is None or not is_float(t.type) or t.name in found:
                continue
            base = _base(t.name, constants)
            if base is None:
                continue
            type_ = _typed(t, constants[base], _weights_axis(node, i))
            if type_ is None:
                cause = "weights were changed after they were quantized, or are quantized along another axis"
                problems.append(Problem(f"constant {shown(base)!r}", f"{cause}: quantize the model again"))
            else:
                found[t.name] = type_
    if problems:
        raise UnsupportedModel(graph.name, problems)
    return found


def _base(name: str, constants: Mapping[str, Type]) -> str | None:
    """The constant that this one was made of by moving its values, as its name says."""
    while name not in constants:
        shorter = MOVED.sub("", name)
        if shorter == name:
            return None
        name = shorter
    return name


def _weights_axis(node: Node, i: int) -> int | None:
    """The axis of output channels of input `i`, if it is weights that may have a scale for each."""
    rows = [row.inputs for row in registry()[node.op].signatures if len(row.inputs) > i]
    return next((o.axis for o in (inputs[i] for inputs in rows) if isinstance(o, Weights)), None)


def _typed(t: Tensor, given: Type, axis: int | None) -> Type | None:
    """The type of a constant whose scales are those of `given`; None if its numbers are no multiples of them."""
    assert t.data is not None and given.quant is not None
    count = len(given.quant.scale)
    shape = [1] * t.data.ndim
    if count > 1:
        if axis is None or t.data.shape[axis] != count:
            return None
        shape[axis] = -1
    steps = t.data.astype(np.float64) / np.reshape(given.quant.scale, shape if count > 1 else ())
    if t.data.size and np.abs(steps - np.rint(steps)).max() > WHOLE:
        return None
    quant = Quant(given.quant.scale, given.quant.zero, axis if count > 1 else None)
    return Type(t.type.shape, given.dtype, quant)


def join_formats(graph: Graph) -> tuple[Graph, list[Note]]:
    """Let integers be made of integers where floats stand between them that nothing computes with."""
    makers = {o: n for n in graph.nodes for o in n.outputs}
    nodes: list[Node] = []
    for node in graph.nodes:
        before = makers.get(node.inputs[0]) if node.op == "quantize" else None
        if before is None or before.op != "dequantize":
            nodes.append(node)
            continue
        p, q = graph.tensors[before.inputs[0]], graph.tensors[node.outputs[0]]
        if (p.type.dtype, p.type.quant) == (q.type.dtype, q.type.quant):
            # A reshape to the same shape, which the identities take away, ends of the graph minded.
            node = replace(node, op="reshape", inputs=(p.name,), attrs={"shape": q.type.shape})
        else:
            node = replace(node, inputs=(p.name,))
        nodes.append(node)
        makers[node.outputs[0]] = node
    return with_nodes(graph, nodes), []

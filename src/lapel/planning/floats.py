"""Float nodes as a device computes them: in float32, in an order that is defined to the bit.

    y = dense(x)  -->  y = densef32(x)

A float graph says what is computed over the reals; how float32 firmware computes it is an operator of its own, whose
reference is compared with the firmware bit for bit. What has none stays as it is, and is refused by the planner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from lapel.ir import Graph, Instance, Node
from lapel.ir.signature import over_reals
from lapel.ops import registry


@cache
def float32_forms() -> Mapping[str, str]:
    """Operators that have a float32 form, and which it is."""
    return {op.float32_of: name for name, op in registry().items() if op.float32_of}


def in_float32(graph: Graph) -> Graph:
    """The graph with a float32 form for each node of floats that has one; itself if there is none."""
    nodes = tuple(_in_float32(graph.instance(n)) for n in graph.nodes)
    return graph if nodes == graph.nodes else replace(graph, nodes=nodes)


def _in_float32(inst: Instance) -> Node:
    node = inst.node
    form = float32_forms().get(node.op)
    single = all(t.type.dtype != "float64" for t in (*inst.inputs, *inst.outputs) if t is not None)
    if form is None or not single or not over_reals(registry()[node.op].signatures, inst):
        return node
    return replace(node, op=form)


def as_reals(graph: Graph) -> Graph:
    """The graph that `in_float32` made this one of; itself if it has no float32 forms."""
    nodes = tuple(replace(n, op=registry()[n.op].float32_of or n.op) for n in graph.nodes)
    return graph if nodes == graph.nodes else replace(graph, nodes=nodes)

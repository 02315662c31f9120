"""Axes of 1 that are repeated before an operator that repeats them itself.

    t = tile(s, times); y = mul(x, t)  -->  y = mul(x, s)        where x has all of y's shape, and s an axis of 1 there

Exact: elementwise operators broadcast.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Graph, Node
from lapel.ops import registry
from lapel.records import Note
from lapel.rewrites.edit import with_nodes


def drop_spreading(graph: Graph) -> tuple[Graph, list[Note]]:
    """Let elementwise operators read what is spread for them; what nobody reads then is dropped by others."""
    spread = {}
    for node in graph.nodes:
        times = registry()[node.op].spreads(graph.instance(node))
        shape = graph.tensors[node.inputs[0]].type.shape if node.inputs else ()
        if times is not None and all(n == 1 or d == 1 for n, d in zip(times, shape, strict=True)):
            spread[node.outputs[0]] = node.inputs[0]
    nodes = [_read_narrow(graph, n, spread) for n in graph.nodes] if spread else list(graph.nodes)
    changed = sum(a is not b for a, b in zip(nodes, graph.nodes, strict=True))
    if not changed:
        return graph, []
    return with_nodes(graph, nodes), [Note("spreading", f"{changed} operators repeat axes of 1 themselves")]


def _read_narrow(graph: Graph, node: Node, spread: dict[str, str]) -> Node:
    """The node with as many of its operands narrow as leave its output what it is."""
    if not registry()[node.op].elementwise or len(node.inputs) < 2:
        return node
    names, shape = list(node.inputs), graph.tensors[node.outputs[0]].type.shape
    for k, name in enumerate(names):
        narrow = [*names[:k], spread.get(name, name), *names[k + 1 :]]
        if np.broadcast_shapes(*(graph.tensors[n].type.shape for n in narrow)) == shape:
            names = narrow
    return node if names == list(node.inputs) else replace(node, inputs=tuple(names))

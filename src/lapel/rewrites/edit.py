"""What rewrites share: who reads a tensor, and a graph with nodes and tensors replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from lapel.ir import Carry, Graph, Node, Tensor


def count_readers(graph: Graph) -> dict[str, int]:
    """How often each tensor is read, a graph output counting as one more reader."""
    count = dict.fromkeys(graph.tensors, 0)
    for node in graph.nodes:
        for i in node.inputs:
            if i:
                count[i] += 1
    for o in graph.outputs:
        count[o] += 1
    return count


def with_nodes(graph: Graph, nodes: Sequence[Node], tensors: Mapping[str, Tensor] | None = None) -> Graph:
    """The graph with these nodes, and only those tensors that are still named by something."""
    pool = {**graph.tensors, **(tensors or {})}
    named: Iterable[str] = (t for n in nodes for t in (*n.inputs, *n.outputs) if t)
    keep = dict.fromkeys([*graph.inputs, *named, *graph.outputs])
    return replace(graph, nodes=tuple(nodes), tensors={k: pool[k] for k in keep})


def with_ends(graph: Graph, results: Sequence[str], carries: Sequence[Carry]) -> Graph:
    """The graph with these results and this state; what it is given stays."""
    inputs = (*graph.arguments, *(c.state for c in carries))
    outputs = (*results, *(c.update for c in carries))
    return replace(graph, inputs=inputs, outputs=outputs, carries=tuple(carries))

"""What rewrites share: who reads a tensor, and a graph with nodes and tensors replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from lapel.ir import Graph, Node, Tensor


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

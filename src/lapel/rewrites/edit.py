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


def with_names(graph: Graph, names: Mapping[str, str]) -> Graph:
    """The graph with other names of some tensors; one that has such a name already gets another one."""
    names = dict(names)
    for taken in set(names.values()) & (set(graph.tensors) - set(names)):
        spare = f"{taken}/inner"
        while spare in graph.tensors:
            spare += "+"
        names[taken] = spare

    def named(found: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(names.get(n, n) for n in found)

    nodes = tuple(replace(n, inputs=named(n.inputs), outputs=named(n.outputs)) for n in graph.nodes)
    tensors = {names.get(n, n): replace(t, name=names.get(n, n)) for n, t in graph.tensors.items()}
    carries = tuple(
        replace(c, state=names.get(c.state, c.state), update=names.get(c.update, c.update)) for c in graph.carries
    )
    inputs, outputs = named(graph.inputs), named(graph.outputs)
    return replace(graph, nodes=nodes, tensors=tensors, carries=carries, inputs=inputs, outputs=outputs)

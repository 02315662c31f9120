"""Which tensors of a graph must be quantized alike: classes of them, asked of the operators."""

from __future__ import annotations

from lapel.ir import Graph
from lapel.ir.signature import is_float
from lapel.quantization.rows import alike_groups


def tied_classes(graph: Graph) -> list[tuple[str, ...]]:
    """Every float tensor by name, in classes: those that nodes tie together, states with what they become, and the
    others alone. Constants are in the class of the tensors that a node ties them to, and in none otherwise."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for name, t in graph.tensors.items():
        if is_float(t.type) and t.data is None:
            root(name)
    groups = [g for node in graph.nodes for g in alike_groups(graph, node)]
    groups += [(c.state, c.update) for c in graph.carries if is_float(graph.tensors[c.state].type)]
    for first, *others in groups:
        for other in others:
            parent[root(other)] = root(first)
    classes: dict[str, list[str]] = {}
    for name in graph.tensors:
        if name in parent:
            classes.setdefault(root(name), []).append(name)
    return [tuple(c) for c in classes.values()]

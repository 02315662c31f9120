"""Execution order: among the topological orders, one with a small peak of live bytes.

What writes states back has its place by what reads them, and is put into each order afterwards.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lapel.ir import Graph, Node
from lapel.planning.states import with_write_backs, written_back


def orders(graph: Graph) -> dict[str, tuple[Node, ...]]:
    """Every order that is tried, by its name."""
    if not graph.carries:
        return {name: make(graph) for name, make in ORDERS.items()}
    states = written_back(graph)
    others = [n for n in graph.nodes if n.outputs[0] not in states]
    updates = [n.inputs[0] for n in graph.nodes if n.outputs[0] in states]
    # No state is free before the end.
    rest = replace(graph, nodes=tuple(others), outputs=(*graph.results, *updates, *graph.states), carries=())
    return {name: with_write_backs(graph, make(rest)) for name, make in ORDERS.items()}


def file_order(graph: Graph) -> tuple[Node, ...]:
    """The order of the model file."""
    return graph.nodes


def greedy_order(graph: Graph) -> tuple[Node, ...]:
    """Always the ready node that grows the live bytes least; ties in file order. O(n log n) in nodes and edges."""
    makers = {o: i for i, n in enumerate(graph.nodes) for o in n.outputs}
    uses = _count_uses(graph)
    waiting = [len({makers[i] for i in n.inputs if i in makers}) for n in graph.nodes]
    readers: dict[int, list[int]] = {}
    for k, n in enumerate(graph.nodes):
        for m in {makers[i] for i in n.inputs if i in makers}:
            readers.setdefault(m, []).append(k)
    ready = [(_growth(graph, graph.nodes[k], uses), k) for k, w in enumerate(waiting) if w == 0]
    heapq.heapify(ready)
    done: list[Node] = []
    while ready:
        _, k = heapq.heappop(ready)
        node = graph.nodes[k]
        done.append(node)
        for i in set(node.inputs):
            if i:
                uses[i] -= 1
        for r in readers.get(k, ()):
            waiting[r] -= 1
            if waiting[r] == 0:
                heapq.heappush(ready, (_growth(graph, graph.nodes[r], uses), r))
    return tuple(done)


def _count_uses(graph: Graph) -> dict[str, int]:
    uses = dict.fromkeys(graph.tensors, 0)
    for n in graph.nodes:
        for i in set(n.inputs):
            if i:
                uses[i] += 1
    for o in graph.outputs:
        uses[o] += 1
    return uses


def _growth(graph: Graph, node: Node, uses: Mapping[str, int]) -> int:
    made = sum(graph.tensors[o].type.bytes for o in node.outputs)
    freed: Sequence[str] = [i for i in set(node.inputs) if i and uses[i] == 1]
    return made - sum(graph.tensors[i].type.bytes for i in freed if graph.tensors[i].data is None)


ORDERS = {"file order": file_order, "smallest growth first": greedy_order}

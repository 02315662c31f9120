"""Which input is streamed: read from the caller in bands while the inference runs, never in the arena as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lapel.ir import Graph, Node


def streamed_inputs(graph: Graph) -> frozenset[str]:
    """The one input that the caller gives, if all its readers are bands that stream it; else none."""
    if len(graph.arguments) != 1 or graph.arguments[0] in graph.outputs:
        return frozenset()
    readers = [n for n in graph.nodes if graph.arguments[0] in n.inputs]
    streamed = bool(readers) and all(n.op == "rows" and n.attrs["stream"] for n in readers)
    return frozenset(graph.arguments) if streamed and _upwards(graph.arguments[0], graph.nodes) else frozenset()


def reads_in_order(graph: Graph, order: Sequence[Node]) -> bool:
    """Whether the streamed input's rows are read upwards, none twice."""
    return all(_upwards(name, order) for name in streamed_inputs(graph))


def _upwards(name: str, order: Sequence[Node]) -> bool:
    bands = [(n.attrs["first"], n.attrs["end"]) for n in order if n.inputs[:1] == (name,)]
    return all(a[1] <= b[0] for a, b in pairwise(bands))

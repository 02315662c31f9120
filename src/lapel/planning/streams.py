"""Which input is streamed: read from the caller in bands while the inference runs, never in the arena as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lapel.ir import Graph, Node
from lapel.ops import registry


def streamed_inputs(graph: Graph) -> frozenset[str]:
    """The one input that the caller gives, if all its readers are bands that stream it; else none."""
    if len(graph.arguments) != 1 or graph.arguments[0] in graph.outputs:
        return frozenset()
    return frozenset(graph.arguments) if _upwards(graph, graph.arguments[0], graph.nodes) else frozenset()


def reads_in_order(graph: Graph, order: Sequence[Node]) -> bool:
    """Whether the streamed input's rows are read upwards, none twice."""
    return all(_upwards(graph, name, order) for name in streamed_inputs(graph))


def _upwards(graph: Graph, name: str, order: Sequence[Node]) -> bool:
    """Whether some nodes read the input, all of them by rows from the caller, and each row before those below it."""
    rows = [registry()[n.op].streams(graph.instance(n)) for n in order if name in n.inputs]
    known = [r for r in rows if r is not None]
    return bool(rows) and len(known) == len(rows) and all(a[1] <= b[0] for a, b in pairwise(known))

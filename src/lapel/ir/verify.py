"""The structure that every graph keeps, whatever its operators are; `lapel.ops.verify` looks at these, too."""

from __future__ import annotations

from lapel.errors import InvalidGraph, shown
from lapel.ir.graph import DTYPES, Graph, Tensor


def verify_structure(graph: Graph) -> Graph:
    """Return the graph unchanged, or raise InvalidGraph naming the first broken invariant."""
    made = set(graph.inputs)
    for name, t in graph.tensors.items():
        if t.name != name:
            raise InvalidGraph(f"{graph.name}: tensor {shown(t.name)!r} is filed under {shown(name)!r}")
        _verify_tensor(graph, t)
        if t.data is not None:
            made.add(name)
    named: set[str] = set()
    for node in graph.nodes:
        for i in node.inputs:
            if i and i not in made:
                raise InvalidGraph(f"{graph.name}, node {node.name}: reads {shown(i)!r} before anything makes it")
        for o in node.outputs:
            if o not in graph.tensors:
                raise InvalidGraph(f"{graph.name}, node {node.name}: output {shown(o)!r} is not a tensor of the graph")
            if o in made:
                raise InvalidGraph(f"{graph.name}, node {node.name}: makes {shown(o)!r} a second time")
            made.add(o)
        if node.name in named:
            raise InvalidGraph(f"{graph.name}: two nodes are called {shown(node.name)!r}, expected a name for each")
        named.add(node.name)
    for o in graph.outputs:
        if o not in made:
            raise InvalidGraph(f"{graph.name}: nothing makes the output {shown(o)!r}")
    _verify_carries(graph)
    return graph


def _verify_carries(graph: Graph) -> None:
    """States stand last among the inputs, updates among the outputs, and what is kept is what is read again."""
    states, updates = (tuple(getattr(c, end) for c in graph.carries) for end in ("state", "update"))
    for what, ends, kept in (("inputs", graph.inputs, states), ("outputs", graph.outputs, updates)):
        if kept and ends[-len(kept) :] != kept:
            raise InvalidGraph(f"{graph.name}: its {what} end in {list(ends[-len(kept) :])}, not in {list(kept)}")
    if len({*graph.arguments, *states}) < len({*graph.arguments}) + len(states):
        raise InvalidGraph(f"{graph.name}: a state is listed twice, or is an argument, too, among {list(graph.inputs)}")
    if len(set(updates)) < len(updates):
        raise InvalidGraph(f"{graph.name}: one output takes the place of two states, among {list(updates)}")
    for c in graph.carries:
        state, update = graph.tensors[c.state].type, graph.tensors[c.update].type
        if state != update:
            raise InvalidGraph(f"{graph.name}: state {shown(c.state)!r} is {state}, its update {update}")
        if (c.initial.shape, c.initial.dtype) != (state.shape, DTYPES[state.dtype]):
            found = f"{c.initial.dtype}{list(c.initial.shape)}"
            raise InvalidGraph(f"{graph.name}: the initial value of state {shown(c.state)!r} is {found}, not {state}")


def _verify_tensor(graph: Graph, t: Tensor) -> None:
    where = f"{graph.name}, tensor {shown(t.name)!r}"
    if t.type.dtype not in DTYPES:
        raise InvalidGraph(f"{where}: unknown dtype {t.type.dtype!r}")
    if any(d < 1 for d in t.type.shape):
        raise InvalidGraph(f"{where}: shape {t.type.shape} has a dimension below 1")
    if t.data is not None and (t.data.shape != t.type.shape or t.data.dtype != DTYPES[t.type.dtype]):
        raise InvalidGraph(f"{where}: data is {t.data.dtype}{t.data.shape}, type is {t.type}")
    if t.kept is not None and (not t.type.shape or len(t.kept) != t.type.shape[-1]):
        raise InvalidGraph(f"{where}: keeps {len(t.kept)} channels, expected the last dimension of {t.type.shape}")
    q = t.type.quant
    if q is None:
        return
    if len(q.scale) != len(q.zero):
        raise InvalidGraph(f"{where}: {len(q.scale)} scales but {len(q.zero)} zero points")
    n = 1 if q.axis is None else t.type.shape[q.axis] if q.axis < len(t.type.shape) else -1
    if len(q.scale) != n:
        raise InvalidGraph(f"{where}: {len(q.scale)} scales for quantization axis {q.axis} of {t.type.shape}")

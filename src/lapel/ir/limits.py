"""How large a model may be: asked before anything of its size is allocated, so that a small file cannot cost much.

Each bound is far above any model for a microcontroller. At all of them together, reading, planning and generating take
seconds and less than 256 MB.
"""

from __future__ import annotations

from collections.abc import Sequence

from lapel.errors import shown
from lapel.ir.graph import Graph

MOST_NODES = 10_000
"""Operators."""

MOST_TENSOR_BYTES = 1 << 24
"""Of one value that is computed or given; constants are in the file."""

MOST_LIVE_BYTES = 1 << 26
"""Of all values that are alive at a step: what the arena is for."""

MOST_MEETINGS = 1 << 18
"""Values that are alive when another one is made, over all steps."""

MOST_STEPS = 1 << 23
"""Scalar steps of a reference that is run while a model is planned, to find what is constant."""


def count_problem(nodes: int) -> list[str]:
    """A problem of a model with too many operators."""
    if nodes <= MOST_NODES:
        return []
    return [f"it has {nodes:,} operators, expected at most {MOST_NODES:,}: split the model"]


def bytes_problem(name: str, size_bytes: int) -> list[str]:
    """A problem of a tensor that is too large."""
    if size_bytes <= MOST_TENSOR_BYTES:
        return []
    expected = f"expected at most {MOST_TENSOR_BYTES:,}"
    return [f"tensor {shown(name)!r} has {size_bytes:,} bytes, {expected}: make it smaller, or its batch 1"]


def size_problems(graph: Graph) -> list[str]:
    """Every reason why the graph is too large to be planned; empty if it is not."""
    problems = count_problem(len(graph.nodes))
    for t in graph.tensors.values():
        problems += bytes_problem(t.name, t.type.bytes) if t.data is None else []
    return problems or _live_problems(graph)


def _live_problems(graph: Graph) -> list[str]:
    live_bytes, meetings = live_values(graph)
    problems = []
    if live_bytes > MOST_LIVE_BYTES:
        problems.append(
            f"values of {live_bytes:,} bytes are needed at the same time, expected at most {MOST_LIVE_BYTES:,}: "
            "make the tensors smaller"
        )
    if meetings > MOST_MEETINGS:
        problems.append(
            f"values that are needed at the same time come to {meetings:,} over all operators, expected at most "
            f"{MOST_MEETINGS:,}: return fewer outputs, or split the model"
        )
    return problems


def live_values(graph: Graph) -> tuple[int, int]:
    """In the order of the nodes: the most bytes alive at a step, and how many values each new one meets, in all."""
    last = {o: len(graph.nodes) for o in (*graph.outputs, *graph.states)}
    for step, node in enumerate(graph.nodes):
        for name in (*node.inputs, *node.outputs):
            last[name] = max(last.get(name, 0), step)
    live = {i: graph.tensors[i].type.bytes for i in graph.inputs}
    now = most = sum(live.values())
    meetings = 0
    ending = _by_step(last)
    for step, node in enumerate(graph.nodes):
        for name in node.outputs:
            meetings += len(live)
            live[name] = graph.tensors[name].type.bytes
            now += live[name]
        most = max(most, now)
        now -= sum(live.pop(name, 0) for name in ending.get(step, ()))
    return most, meetings


def _by_step(last: dict[str, int]) -> dict[int, Sequence[str]]:
    found: dict[int, list[str]] = {}
    for name, step in last.items():
        found.setdefault(step, []).append(name)
    return dict(found)

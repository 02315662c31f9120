"""Which tensors of an integer graph stand for which tensors of its float model, whose names may be all others.

Both graphs run on the same samples. Tensors that have the same values, but for rounding, are counterparts; pairs keep
the order of both graphs, so that one of them is found as a whole, and also where the weights are not the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lapel.ir import Graph
from lapel.ir.numbers import numbers
from lapel.ir.signature import is_float
from lapel.ops import registry

Values = Mapping[str, np.ndarray]
SAME_OP, SAME_NAME = 0.05, 0.5
"""Beside a correlation of 1 at most: what operators that are alike, and names that are, add to a pair."""


@dataclass(frozen=True)
class Side:
    """The tensors of one graph that layers made, in order, and the real values (N, size) of each."""

    graph: Graph
    names: tuple[str, ...]
    ops: Mapping[str, str]
    values: Mapping[str, np.ndarray]


def side(graph: Graph, runs: Sequence[Values]) -> Side:
    """What nodes made of real numbers, and did not only move or write in another way.

    runs: every tensor of a sample.
    """
    made: dict[str, str] = {}
    for node in graph.nodes:
        op, t = registry()[node.op], graph.tensors[node.outputs[0]].type
        if not (op.moves or op.restates) and (is_float(t) or t.quant is not None):
            made[node.outputs[0]] = node.op
    real = {n: np.stack([numbers(graph.tensors[n].type, v[n]).reshape(-1) for v in runs]) for n in made}
    return Side(graph, tuple(made), made, real)


def counterparts(ours: Side, floats: Side) -> dict[str, str]:
    """Our tensors -> those of the float model, pairs in the order of both; results are each other's."""
    gain = np.array([[_likeness(ours, a, floats, b) for b in floats.names] for a in ours.names])
    found = {ours.names[i]: floats.names[j] for i, j in _aligned(gain.reshape(len(ours.names), len(floats.names)))}
    ends = zip(ours.graph.results, floats.graph.results, strict=True)
    taken = dict(ends)
    return {a: b for a, b in found.items() if a not in taken and b not in taken.values()} | {
        a: b for a, b in taken.items() if _numeric(ours.graph, a) and _numeric(floats.graph, b)
    }


def _numeric(graph: Graph, name: str) -> bool:
    t = graph.tensors[name].type
    return is_float(t) or t.quant is not None


def _likeness(ours: Side, a: str, floats: Side, b: str) -> float:
    """How well two tensors go together; 0 if they cannot."""
    x, y = ours.values[a], floats.values[b]
    if x.shape != y.shape:
        return 0.0
    same_op = floats.ops[b] in (ours.ops[a], registry()[ours.ops[a]].float32_of)
    named = bool(set(a.split(";")) & set(b.split(";")))
    return max(correlation(x, y), 0.0) + SAME_OP * same_op + SAME_NAME * named


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Of two arrays of one shape; 0 where one of them is constant."""
    a, b = x.reshape(-1) - x.mean(), y.reshape(-1) - y.mean()
    whole = float(np.sqrt(np.square(a).sum() * np.square(b).sum()))
    return float(a @ b) / whole if whole > 0 and np.isfinite(whole) else 0.0


def _aligned(gain: np.ndarray) -> list[tuple[int, int]]:
    """Pairs (i, j), both ascending, with the greatest sum of gains."""
    rows, columns = gain.shape
    best = np.zeros((rows + 1, columns + 1))
    for i in range(rows):
        for j in range(columns):
            best[i + 1, j + 1] = max(best[i, j + 1], best[i + 1, j], best[i, j] + gain[i, j])
    pairs, i, j = [], rows, columns
    while i and j:
        if best[i, j] == best[i - 1, j]:
            i -= 1
        elif best[i, j] == best[i, j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            pairs.append((i, j))
    return pairs[::-1]

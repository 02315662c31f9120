"""Which weights are kept: budgets of layers, and scores by which the least of them are taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal, TypeVar

import numpy as np

from lapel.errors import UsageError, shown
from lapel.ir import Graph
from lapel.keywords import meant

Score = Literal["magnitude", "lamp"]


@dataclass(frozen=True)
class Budget:
    """Weights, by name of the constants, of which together a share is kept. layers: their nodes, for messages."""

    weights: tuple[str, ...]
    layers: tuple[str, ...]
    density: float


def layer_names(graph: Graph) -> dict[str, str]:
    """The weights of a float graph: name of the constant -> of the first node that it is of."""
    from lapel.training.module import weight_nodes

    return {w: node.name for w, node in weight_nodes(graph).items()}


T = TypeVar("T")


def of_layers(names: Mapping[str, str], given: T | Mapping[str, T], what: str) -> dict[str, T]:
    """What is given for each of the weights `names` (constant -> layer), as far as something is.

    given: for all layers, or by name of a layer or pattern (`dense*`); a name goes before patterns, the first pattern
    before later ones. Raises UsageError: there are no weights, an entry is of no layer. what: the option's name.
    """
    if not names:
        raise UsageError(f"{what}: the network has no layer with weights, expected one")
    if not isinstance(given, Mapping):
        return dict.fromkeys(names, given)
    for entry in given:
        if not any(fnmatchcase(layer, entry) for layer in names.values()):
            raise UsageError(f"{what}: no layer is called {shown(entry)!r}: {meant(entry, names.values())}")
    found = {}
    for w, layer in names.items():
        fitting = [layer] * (layer in given) + [entry for entry in given if fnmatchcase(layer, entry)]
        if fitting:
            found[w] = given[fitting[0]]
    return found


def budgets(graph: Graph, density: float | Mapping[str, float], scope: str) -> tuple[Budget, ...]:
    """The budgets: one for each layer or, if the scope is global, one for all layers of one density.

    density: see `of_layers`. Raises UsageError, also for a layer that would be empty.
    """
    names = layer_names(graph)
    chosen = of_layers(names, density, "density")
    parts: dict[tuple[float, str], list[str]] = {}
    for w, share in chosen.items():
        parts.setdefault((share, "" if scope == "global" else w), []).append(w)
    found = tuple(Budget(tuple(ws), tuple(names[w] for w in ws), share) for (share, _), ws in parts.items())
    for budget in found:
        size = sum(graph.tensors[w].type.size for w in budget.weights)
        if round(budget.density * size) < len(budget.weights):
            raise UsageError(
                f"density {budget.density:g} of the {size:,} weights of {shown(', '.join(budget.layers))} would leave "
                f"a layer empty: give at least {len(budget.weights) / size:.2g}"
            )
    return found


def kept(weights: Sequence[np.ndarray], density: float, score: Score) -> list[np.ndarray]:
    """bool of each one's shape: the highest scores of all together, this share of them; never of a weight that is 0."""
    scores = [_lamp(w) if score == "lamp" else np.abs(w, dtype=np.float64) for w in weights]
    return highest(scores, round(density * sum(w.size for w in weights)))


def highest(scores: Sequence[np.ndarray], count: int) -> list[np.ndarray]:
    """bool of each one's shape: so many of the highest scores of all together, none of 0; of equal ones the first."""
    every = np.concatenate([s.reshape(-1) for s in scores])
    mask = np.zeros(len(every), bool)
    mask[np.argsort(-every, kind="stable")[: min(count, int((every > 0).sum()))]] = True
    ends = np.cumsum([s.size for s in scores])[:-1]
    return [part.reshape(s.shape) for part, s in zip(np.split(mask, ends), scores, strict=True)]


def _lamp(w: np.ndarray) -> np.ndarray:
    """float64 of the weights' shape: their squares, each by the sum of those that are no smaller."""
    squares = w.astype(np.float64).reshape(-1) ** 2
    order = np.argsort(-squares, kind="stable")
    made = np.empty(len(squares))
    made[order] = squares[order] / np.maximum(np.cumsum(squares[order]), np.finfo(np.float64).tiny)
    return made.reshape(w.shape)


def check_layers(budget: Budget, masks: Sequence[np.ndarray]) -> None:
    """Raise UsageError for a layer of which nothing is left."""
    for layer, mask in zip(budget.layers, masks, strict=True):
        if not mask.any():
            raise UsageError(
                f"none of the weights of {shown(layer)} is among the {budget.density:.2%} that are kept, which would "
                'leave it empty: give it a density of its own, or score = "lamp"'
            )


def pruned(graph: Graph, wanted: Sequence[Budget], score: Score) -> Graph:
    """The graph with the weights that are not kept at 0. Raises UsageError if a layer would be empty."""
    tensors = dict(graph.tensors)
    for budget in wanted:
        weights = [t.data for w in budget.weights if (t := tensors[w]).data is not None]
        masks = kept(weights, budget.density, score)
        check_layers(budget, masks)
        for name, w, mask in zip(budget.weights, weights, masks, strict=True):
            tensors[name] = replace(tensors[name], data=np.where(mask, w, np.float32(0)))
    return replace(graph, tensors=tensors, file_sha256="")


def notes_of(graph: Graph) -> tuple[str, ...]:
    """How many weights are not 0, of all and layer by layer."""
    names = layer_names(graph)
    counts = {w: int(np.count_nonzero(data)) for w in names if (data := graph.tensors[w].data) is not None}
    sizes = {w: graph.tensors[w].type.size for w in names}
    parts = [f"{shown(layer)} {counts[w] / sizes[w]:.1%}" for w, layer in names.items()]
    left, size = sum(counts.values()), sum(sizes.values())
    return (f"{left:,} of {size:,} weights are left, {left / size:.2%}: {', '.join(parts)}",)

"""Bonsai: a shallow tree in a learned projection, within a budget of bytes."""

from __future__ import annotations

from lapel.contest.candidate import Candidate, Options, Size, epochs, grid, sklearn_graph
from lapel.data import Dataset
from lapel.ir import Graph

BUDGETS = (1024, 2048, 4096)
"""Bytes of constants."""


def sizes(data: Dataset) -> tuple[Size, ...]:
    return tuple(
        Size(f"{budget}", grid(budget_bytes=(budget,), depth=(1, None), epochs=(epochs(data),))) for budget in BUDGETS
    )


def fit(options: Options, data: Dataset, seed: int, name: str) -> Graph:
    from lapel.classical import BonsaiClassifier

    return sklearn_graph(BonsaiClassifier(**options, random_state=seed), data, name)  # type: ignore[arg-type]


CANDIDATE = Candidate("bonsai", "Bonsai, of so many bytes of constants", ("classification",), sizes, fit)

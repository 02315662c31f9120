"""Leaves as integers: votes of four bits, or numbers of a fixed point that all sums share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lapel.ensembles.ensemble import Ensemble
from lapel.families.trees import MOST_CLASSES
from lapel.ir import Quant

MOST_VOTES, LEAST_VOTES = 15, 7
"""Of a leaf in four bits: fewer steps than LEAST_VOTES are no probability any more."""
BYTE, LEVELS = 255, 127
"""Steps of an int8 output, and of a leaf's probability where that does not do."""
REACH = 2**15 - 1
"""Of a leaf's number: two bytes."""


@dataclass(frozen=True, eq=False)
class Leaves:
    """rows: int32 [L, O] of each tree. start: int32 [O]. dtype and quant: of the sums."""

    rows: tuple[np.ndarray, ...]
    start: np.ndarray
    dtype: str
    quant: Quant


def integer_leaves(ensemble: Ensemble, votes: int | None = None) -> Leaves:
    """The leaves of all trees as integers, and what their sums stand for.

    votes: of a leaf of one class; None: as many as an int8 sum has room for, or LEVELS.
    """
    return _votes(ensemble, votes) if ensemble.leaves == "votes" else _numbers(ensemble)


def _votes(ensemble: Ensemble, votes: int | None) -> Leaves:
    """Probabilities in whole votes; the class that has most of a leaf keeps most of its votes."""
    count, classes = len(ensemble.trees), len(ensemble.start)
    room = min(MOST_VOTES, BYTE // count)
    whole = votes or (room if room >= LEAST_VOTES and classes <= MOST_CLASSES else LEVELS)
    small = whole <= room and classes <= MOST_CLASSES
    rows = tuple(_rounded(tree.values * count, whole) for tree in ensemble.trees)
    zero = -128 if small else 0
    quant = Quant((float(np.float32(1 / (whole * count))),), (zero,))
    return Leaves(rows, np.full(classes, zero, np.int32), "int8" if small else "int32", quant)


def _rounded(probabilities: np.ndarray, whole: int) -> np.ndarray:
    """int32, so many votes for the probability 1; the first of the largest is the first of the largest again."""
    votes = np.rint(probabilities * whole).astype(np.int32)
    best, most = probabilities.argmax(axis=1), votes.max(axis=1)
    behind = np.flatnonzero((votes.argmax(axis=1) != best) | (most == 0))
    votes[behind, best[behind]] = most[behind] + 1
    return votes


def _numbers(ensemble: Ensemble) -> Leaves:
    """Numbers in steps of which a leaf has two bytes, around the middle of each tree's leaves."""
    leaf = [tree.left < 0 for tree in ensemble.trees]
    values = [tree.values[is_leaf] for tree, is_leaf in zip(ensemble.trees, leaf, strict=True)]
    middles = [(v.min(axis=0) + v.max(axis=0)) / 2 for v in values]
    reach = max((np.abs(v - m).max() for v, m in zip(values, middles, strict=True)), default=0.0)
    base = np.abs(ensemble.start + sum(middles)).max()
    total = base + sum(np.abs(v - m).max() for v, m in zip(values, middles, strict=True))
    scale = float(np.float32(max(reach / REACH, total / 2**30, np.finfo(np.float32).tiny)))
    rows = tuple(np.rint((t.values - m) / scale).astype(np.int32) for t, m in zip(ensemble.trees, middles, strict=True))
    start = np.rint((ensemble.start + sum(middles)) / scale).astype(np.int32)
    return Leaves(rows, start, "int32", Quant((scale,), (0,)))

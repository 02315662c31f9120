"""Which old bytes each new byte is written as a difference from: pieces with one shift each, or none.

Candidates are the shifts at which windows of new bytes are found in the old ones; of all ways through them the one that
takes the fewest bits, as a table of costs estimates them, is found by dynamic programming (Viterbi, 1967).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lapel.updates.numbers import zigzag

WINDOW = 8
"""Bytes that have to be equal, and are found once in the old bytes, to say where others may come from."""
MOST_SHIFTS = 48
GRAIN = 4
"""Pieces begin at multiples of so many bytes: tables of blobs do."""
PIECE_BITS = 24.0
"""What another piece costs: its length and its shift."""
ROUNDS = 2
"""How often costs are estimated anew, from what was found with those before."""


@dataclass(frozen=True)
class Piece:
    """`count` new bytes from `at` on. shift: the old bytes lie so many further on; None: they are of no old ones."""

    at: int
    count: int
    shift: int | None


def pieces(old: np.ndarray, new: np.ndarray) -> list[Piece]:
    """Of uint8 arrays; they cover the new one in order."""
    if not len(new):
        return []
    shifts = _candidates(old, new)
    classes = np.stack([_LENGTHS[_taken(old, new, s)] for s in shifts] + [_LENGTHS[new]])
    inside = np.stack([_inside(old, new, s) for s in shifts] + [np.ones(len(new), bool)])
    bits = np.tile(np.arange(9) * 1.5 + 0.5, (2, 1)).astype(np.float32)
    chosen = np.zeros(len(new), np.int64)
    for _ in range(ROUNDS):
        costs = np.where(inside, np.vstack([bits[0][classes[:-1]], bits[1][classes[-1:]]]), np.float32(np.inf))
        chosen = _cheapest(costs)
        bits = _costs(classes, chosen)
    cuts = np.flatnonzero(np.diff(chosen)) + 1
    starts, ends = [0, *cuts.tolist()], [*cuts.tolist(), len(new)]
    every = [*shifts, None]
    return [Piece(a, b - a, every[chosen[a]]) for a, b in zip(starts, ends, strict=True)]


def _candidates(old: np.ndarray, new: np.ndarray) -> list[int]:
    """The most frequent shifts between equal windows, and those at which both begin or end together."""
    first, second = _windows(old), _windows(new)
    found: list[int] = []
    if len(first) and len(second):
        values, at, counts = np.unique(first, return_index=True, return_counts=True)
        single, place = values[counts == 1], at[counts == 1]
        if len(single):
            where = np.minimum(np.searchsorted(single, second), len(single) - 1)
            hit = np.flatnonzero(single[where] == second)
            votes, often = np.unique(place[where[hit]] - hit, return_counts=True)
            found = votes[np.argsort(-often, kind="stable")][:MOST_SHIFTS].tolist()
    return list(dict.fromkeys([0, len(old) - len(new), *found]))


def _windows(data: np.ndarray) -> np.ndarray:
    """uint64: WINDOW bytes from each place on."""
    count = len(data) - WINDOW + 1
    if count <= 0:
        return np.zeros(0, np.uint64)
    return sum(data[k : k + count].astype(np.uint64) << np.uint64(8 * k) for k in range(WINDOW))  # type: ignore[return-value]


def _inside(old: np.ndarray, new: np.ndarray, shift: int) -> np.ndarray:
    at = np.arange(len(new)) + shift
    return (at >= 0) & (at < len(old))


def _taken(old: np.ndarray, new: np.ndarray, shift: int) -> np.ndarray:
    """New bytes less old ones, where there are such."""
    inside, found = _inside(old, new, shift), new.copy()
    found[inside] -= old[np.flatnonzero(inside) + shift]
    return found


_LENGTHS = np.array([zigzag(d - 256 if d > 127 else d).bit_length() for d in range(256)], np.uint8)
"""How many bits a difference has, as it is coded."""


def _costs(classes: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Bits [copied or not][class], from how often each class was chosen."""
    found = classes[chosen, np.arange(len(chosen))]
    rows = []
    for which in (chosen < len(classes) - 1, chosen == len(classes) - 1):
        counts = np.bincount(found[which], minlength=9) + 0.5
        rows.append(-np.log2(counts / counts.sum()) + np.maximum(np.arange(9) - 1, 0))
    return np.stack(rows).astype(np.float32)


def _cheapest(costs: np.ndarray) -> np.ndarray:
    """Which row each byte takes: the sum of costs, and of PIECE_BITS for each change, is the least."""
    rows, count = costs.shape
    steps = -(-count // GRAIN)
    padded = np.zeros((rows, steps * GRAIN), np.float32)
    padded[:, :count] = costs
    blocks = padded.reshape(rows, steps, GRAIN).sum(axis=2).T
    total, before = np.zeros(rows), np.empty((steps, rows), np.int32)
    own = np.arange(rows)
    for k, block in enumerate(blocks):
        best = int(total.argmin())
        change = total > total[best] + PIECE_BITS
        before[k] = np.where(change, best, own)
        total = np.minimum(total, total[best] + PIECE_BITS) + block
    path = np.empty(steps, np.int64)
    row = int(total.argmin())
    for k in range(steps - 1, -1, -1):
        path[k] = row
        row = int(before[k, row])
    return np.repeat(path, GRAIN)[:count]

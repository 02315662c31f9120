"""Only the weights that are not zero, as bytes: the zeros before the first, then each with the zeros behind it.

So a stream is gap, weight, gap, weight, gap, …, gap. More than 255 zeros between two weights are gaps of 255 with
weights of zero between them; behind the last weight the gap is 255 for all that are more. There are no tables.
"""

from __future__ import annotations

import numpy as np

from lapel.coding.coded import Coded
from lapel.errors import FormatError

FILLED = 256
"""Zeros that one pair without a weight stands for."""


def gaps_of(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """The zeros before each weight that is none, those weights, and the zeros behind the last of them."""
    flat = weights.reshape(-1)
    places = np.flatnonzero(flat)
    gaps = np.diff(places, prepend=-1) - 1
    last = int(places[-1]) if len(places) else -1
    return gaps, flat[places], len(flat) - 1 - last


def split_gaps(gaps: np.ndarray, whole: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gaps as several of `whole` zeros and a rest: for each entry its gap, 0 to whole, and whether it is a rest; and
    the numbers of the gaps."""
    fillers = gaps // whole
    owner = np.repeat(np.arange(len(gaps)), fillers + 1)
    is_rest = np.zeros(len(owner), bool)
    is_rest[np.cumsum(fillers + 1) - 1] = True
    return np.where(is_rest, gaps[owner] % whole, whole), is_rest, owner


def bound_bytes(weights: np.ndarray) -> int:
    """What a code takes at least, quickly."""
    return 1 + 2 * int(np.count_nonzero(weights))


def encode(weights: np.ndarray) -> Coded:
    """The code of int8 weights."""
    gaps, values, tail = gaps_of(weights)
    entries, is_rest, owner = split_gaps(gaps, FILLED)
    pairs = np.stack([np.where(is_rest, entries, FILLED - 1), np.where(is_rest, values[owner], 0)], axis=1)
    stream = np.append(pairs.reshape(-1), min(tail, FILLED - 1))
    return Coded(stream.astype(np.int64).astype(np.uint8))


def decode(coded: Coded, count: int) -> np.ndarray:
    """int8 [count]. Raises FormatError for a stream with half a pair, or one of another number of weights."""
    if len(coded.codes) % 2 == 0:
        raise FormatError(
            f"sparse weights are {len(coded.codes)} bytes, expected a gap, and pairs of a weight and a gap"
        )
    pairs = coded.codes[:-1].reshape(-1, 2)
    places = np.cumsum(pairs[:, 0].astype(np.int64) + 1) - 1
    used = int(places[-1]) + 1 if len(places) else 0
    if used > count or coded.codes[-1] != min(count - used, FILLED - 1):
        found = f"{used} and {int(coded.codes[-1])} zeros"
        raise FormatError(f"sparse weights are {found}, expected {count} weights: encode them again")
    weights = np.zeros(count, np.int8)
    weights[places] = pairs[:, 1].view(np.int8)
    return weights

"""Every weight an index of 4 bits on a line: weight = first + step · index.

Weights of int4, and all others that have a common step and at most 16 places, also where no weight is at some of them.
No tables; settings: `first`, `step`.
"""

from __future__ import annotations

import numpy as np

from lapel.coding.bits import pack, unpack
from lapel.coding.coded import Coded
from lapel.errors import UsageError

WIDTH = 4


def _line(weights: np.ndarray) -> tuple[int, int, int]:
    """The least weight, the step, and how many places there are up to the greatest one."""
    values = np.flatnonzero(np.bincount(weights.reshape(-1).astype(np.int64) + 128, minlength=256)) - 128
    first = int(values[0])
    step = int(np.gcd.reduce(values - first)) or 1
    return first, step, (int(values[-1]) - first) // step + 1


def bound_bytes(weights: np.ndarray) -> int:
    """What a code takes at least, quickly; of weights that have none, what they take as they are."""
    return weights.size * (WIDTH if _line(weights)[2] <= 1 << WIDTH else 8) // 8


def encode(weights: np.ndarray) -> Coded:
    """The code of int8 weights, at least one. Raises UsageError for more than 16 places."""
    first, step, places = _line(weights)
    if places > 1 << WIDTH:
        raise UsageError(f"weights on {places} places of one step, expected at most {1 << WIDTH} for int4")
    indexes = (weights.reshape(-1).astype(np.int64) - first) // step
    return Coded(pack(indexes, WIDTH), {}, {"first": first, "step": step})


def decode(coded: Coded, count: int) -> np.ndarray:
    """int8 [count]. Raises FormatError for a stream of another length."""
    indexes = unpack(coded.codes, WIDTH, count).astype(np.int64)
    return (coded.settings["first"] + coded.settings["step"] * indexes).astype(np.int8)

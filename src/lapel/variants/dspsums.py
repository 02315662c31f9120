"""What `dspsums.h` can sum: the bounds that its kernels have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.variants.packing import accumulator_range, pack_sums


def pack_rows(rows: np.ndarray, bias: np.ndarray, shifts: Sequence[int]) -> np.ndarray | str:
    """The groups of four rows [count, k] with their biases [count], or why there are none.

    shifts: of the multipliers, by which the sums are requantized.
    """
    if max(shifts) > 0 or min(shifts) < -30:
        return "multipliers of its sums are not all within 2^-31..1"
    if max(np.abs(ends).max() for ends in accumulator_range(rows, bias)) >= 2**30:
        return "a sum could reach 2^30"
    if max(np.abs(ends).max() for ends in accumulator_range(rows, np.zeros(1, np.int64))) >= 2**23:
        return "a sum of products could reach 2^23"
    return pack_sums({"w": rows, "bias": bias})

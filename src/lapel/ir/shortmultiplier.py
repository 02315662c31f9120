"""Multipliers of 16 bits: requantization by a product that an 8-bit core makes of four.

    |output - zero| = (|acc| * mul + 256 * half) >> 16

is what the definition's two roundings (`fixed.requantize`) make of all accumulators for which it was tried.
"""

from __future__ import annotations

import numpy as np

from lapel.ir.fixed import requantize

BITS = 16
"""Of the multiplier behind the point."""
MOST = 2**BITS - 1
REACH = 256
"""No two numbers of int8 are as far apart: outputs are clamped there, whatever the zero point is."""


def short_multiplier(mul: int, shift: int, least: int, greatest: int) -> tuple[int, int] | None:
    """(mul, half) that make of each accumulator least..greatest within int16 what (mul, shift) of `requantize` makes.

    None where there are none, as of most multipliers that are no multiples of 2^-16 below 1.
    """
    found = round(mul * 2.0 ** (shift - 31 + BITS))
    if not 0 < found <= MOST or shift > 0:
        return None
    # The first rounding adds half of what the second one shifts out.
    first = 128 + ((1 << 7) >> -shift)
    for half in (128,) if shift == 0 else (first, first - 1):
        acc = np.clip(_steps(found, half), least, greatest)
        made = np.minimum(np.abs(acc) * found + (half << 8) >> BITS, REACH)
        if (np.where(acc < 0, -made, made) == np.clip(requantize(acc, mul, shift), -REACH, REACH)).all():
            return found, half
    return None


def _steps(mul: int, half: int) -> np.ndarray:
    """The accumulators before and behind each step of the output: two functions that never fall and are equal there
    are equal everywhere."""
    behind = -(((half << 8) - (np.arange(1, REACH + 1) << BITS)) // mul)
    steps = np.concatenate([[0], behind, behind - 1])
    return np.concatenate([-steps, steps])

"""Natural logarithms and square roots of integers below 2^64, in integers.

    v = 2^e · (1 + f),  0 <= f < 1;   ln v = e · ln 2 + ln(1 / c) + ln((1 + f) · c)

c is near 1 / (1 + f), one of 32 constants, so that (1 + f) · c = 1 + r with |r| < 2^-5.9, where ln(1 + r) is
r - r²/2 + r³/3 to 2^-25.
Source: W. F. Wong and E. Goto, IEEE Trans. Computers 43 (1994) 278; docs/SPEC.md §11.
"""

from __future__ import annotations

import math

import numpy as np

FRACTION_BITS = 30
LN2 = round(math.log(2) * 2**FRACTION_BITS)
THIRD = round(2**FRACTION_BITS / 3)
PART_BITS = 5
PARTS = 1 << PART_BITS
"""Of 1..2; each has its constant c, near the reciprocal of its middle."""


def _parts() -> np.ndarray:
    c = [round(2**31 / (1 + (i + 0.5) / PARTS)) for i in range(PARTS)]
    return np.array([(n, round(-math.log(n / 2**31) * 2**FRACTION_BITS)) for n in c], np.int32)


TABLE = _parts()
"""int32 [PARTS, 2]: c in units of 2^-31, ln(1 / c) in units of 2^-30."""
SEEDS = np.array([round(256 / math.sqrt((i + 0.5) / 128)) - 256 for i in range(32, 128)], np.uint8)
"""uint8 [96]: what kernels begin a root with, of 32..127 in units of 2^-7: its reciprocal root, less 1, times 2^8."""


def logarithm(v: np.ndarray) -> np.ndarray:
    """int64: ln of uint64 in units of 2^-30, with an error below 2^-25; 0 is taken for 1."""
    v = np.maximum(np.asarray(v, np.uint64), np.uint64(1))
    e = _exponent(v)
    top = (v << (np.uint64(63) - e)) >> np.uint64(32)
    c, base = TABLE[(top >> np.uint64(31 - PART_BITS)).astype(np.int64) & (PARTS - 1)].astype(np.int64).T
    near = (top * c.T.astype(np.uint64)) >> np.uint64(32)
    r = near.astype(np.int64) - (1 << FRACTION_BITS)
    square = r * r >> FRACTION_BITS
    cube = square * r >> FRACTION_BITS
    series = r - (square >> 1) + (cube * THIRD >> FRACTION_BITS)
    return np.asarray(e.astype(np.int64) * LN2 + base.T + series)


def root(v: np.ndarray) -> np.ndarray:
    """uint64: the square root of uint64 below 2^64 - 2^32, to nearest."""
    v = np.asarray(v, np.uint64)
    found = np.sqrt(v.astype(np.float64)).astype(np.uint64)
    found -= found * found > v
    found += v - found * found > np.uint64(2) * found
    return np.asarray(found + (v - found * found > found))


def _exponent(v: np.ndarray) -> np.ndarray:
    """uint64: the place of the highest bit of uint64 above 0; halves, because a float64 rounds beyond 53 bits."""
    high, low = v >> np.uint64(32), v & np.uint64(0xFFFFFFFF)
    bits = np.where(high > 0, np.frexp(high.astype(np.float64))[1] + 32, np.frexp(low.astype(np.float64))[1])
    return np.asarray((bits - 1).astype(np.uint64))

"""Functions of float32 as runtime/portable/floatmath.h computes them, to the bit; docs/SPEC.md §8 has their errors.

Polynomials in r or r² that differ least, relative to the function, from it; found by weighted least squares.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

F = np.float32
EXP = (1.3813142e-3, 8.369419e-3, 4.1668456e-2, 0.16666515, 0.49999994)
"""(e^r - 1 - r) / r² for |r| <= ln(2) / 2, highest power first."""
TANH = (-5.7049906e-3, 2.063909e-2, -5.3739715e-2, 0.13331442, -0.3333328)
"""(tanh(x) / x - 1) / x² in x², for |x| < TANH_NEAR."""
TANH_NEAR = F(0.625)
LOG = (0.29878372, 0.39977318, 0.66666776)
"""(2 · artanh(s) / s - 2) / s² in s², for |s| < 0.172."""
WHOLE = F(1.5 * 2**23)
"""Added and taken away again, it rounds to the nearest whole number."""
LOG2_E, LN2_HIGH, LN2_LOW = F(1.44269502), F(0.693359375), F(2.12194442e-4)
"""ln(2) = LN2_HIGH - LN2_LOW; the first has 9 bits, so that its product with a small whole number is exact."""
EXP_LEAST, EXP_MOST = F(-104), F(89)
"""Beyond them the result is 0 or infinite."""


def exp(x: np.ndarray) -> np.ndarray:
    """e^x, float32 of float32."""
    with np.errstate(all="ignore"):
        inside = np.where((x > EXP_LEAST) & (x <= EXP_MOST), x, F(0))
        n = (inside * LOG2_E + WHOLE) - WHOLE
        r = (inside - n * LN2_HIGH) + n * LN2_LOW
        y = (_horner(EXP, r) * r * r + r) + F(1)
        whole = n.astype(np.int32)
        half = np.trunc(whole / 2).astype(np.int32)
        y = y * _power_of_two(half) * _power_of_two(whole - half)
        y = np.where(x > EXP_MOST, F(np.inf), np.where(x <= EXP_LEAST, F(0), y))
        return np.where(np.isnan(x), x, y)


def tanh(x: np.ndarray) -> np.ndarray:
    """The hyperbolic tangent, float32 of float32."""
    with np.errstate(all="ignore"):
        a, z = np.where(x < 0, -x, x), x * x
        near = _horner(TANH, z) * z * x + x
        far = F(1) - F(2) / (exp(F(2) * a) + F(1))
        return np.where(a < TANH_NEAR, near, np.where(x < 0, -far, far))


def logistic(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-x), float32 of float32."""
    with np.errstate(all="ignore"):
        e = exp(np.where(x < 0, x, -x))
        return np.where(x < 0, e, F(1)) / (F(1) + e)


def log(x: np.ndarray) -> np.ndarray:
    """The natural logarithm of 1 <= x < 2^127, float32 of float32; other numbers and NaN stay."""
    with np.errstate(all="ignore"):
        inside = (x >= 1) & (x < F(2.0**127))
        known = np.where(inside, x, F(1))
        e = ((known.view(np.uint32) >> np.uint32(23)).astype(np.int32) - 127).astype(np.int32)
        m = known * _power_of_two(-e)
        upper = m > F(1.41421354)
        m, n = np.where(upper, m * F(0.5), m), (e + upper).astype(np.float32)
        s = (m - F(1)) / (m + F(1))
        z = s * s
        y = ((_horner(LOG, z) * z * s + F(2) * s) - n * LN2_LOW) + n * LN2_HIGH
        return np.where(inside, y, x)


def _horner(coefficients: Sequence[float], x: np.ndarray) -> np.ndarray:
    y = np.full_like(x, coefficients[0])
    for c in coefficients[1:]:
        y = y * x + F(c)
    return y


def _power_of_two(e: np.ndarray) -> np.ndarray:
    return ((e + 127).astype(np.uint32) << np.uint32(23)).view(np.float32)

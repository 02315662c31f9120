"""Fixed-point exp, reciprocal, logistic and tanh on int32 values, vectorised, as TFLite kernels have them.

Qm is an int32 with m integer bits: the number is raw / 2^(31 - m). All functions take and return int64 arrays
that hold int32 values. Source: gemmlowp/fixedpoint; docs/SPEC.md §5.
"""

from __future__ import annotations

import math

import numpy as np

from lapel.ir.fixed import INT32_MAX, INT32_MIN, high_mul, round_half_away, rounding_shift

ONE = INT32_MAX
"""1.0 in Q0, saturated."""

EXP_MINUS_EIGHTH = round_half_away(math.exp(-1 / 8) * 2**31)
THIRD = round_half_away(2**31 / 3)


def saturating_shift(x: np.ndarray, left: int) -> np.ndarray:
    """x * 2^left, saturated to int32."""
    return np.clip(np.asarray(x, np.int64) << left, INT32_MIN, INT32_MAX)


def exp_negative(x: np.ndarray, integer_bits: int) -> np.ndarray:
    """exp(x) in Q0 of x <= 0 in Q(integer_bits): a Taylor series on the last quarter, then a factor a bit."""
    x = np.asarray(x, np.int64)
    fraction_bits = 31 - integer_bits
    quarter = np.int64(1) << (fraction_bits - 2)
    last = (x & (quarter - 1)) - quarter
    result = _exp_last_quarter(last << integer_bits)
    remainder = last - x
    for exponent in range(-2, integer_bits):
        factor = round_half_away(math.exp(-(2.0**exponent)) * 2**31)
        bit = np.int64(1) << (fraction_bits + exponent)
        result = np.where(remainder & bit, high_mul(result, factor), result)
    return np.where(x == 0, ONE, result)


def _exp_last_quarter(x: np.ndarray) -> np.ndarray:
    """exp(x) of x in [-1/4, 0), Q0: Taylor series of the fourth degree around -1/8."""
    x = x + (1 << 28)
    x2 = high_mul(x, x)
    x3, x4 = high_mul(x2, x), high_mul(x2, x2)
    tail = rounding_shift(high_mul(rounding_shift(x4, 2) + x3, THIRD) + x2, 1)
    return EXP_MINUS_EIGHTH + high_mul(x + tail, EXP_MINUS_EIGHTH)


def _reciprocal_of_half(half: np.ndarray) -> np.ndarray:
    """1 / half in Q2 of half in [1/2, 1] in Q0: three Newton steps from 48/17 - 32/17 * half."""
    x = round_half_away(48 / 17 * 2**29) + high_mul(half, round_half_away(-32 / 17 * 2**29))
    for _ in range(3):
        error = (1 << 29) - high_mul(half, x)
        x = x + saturating_shift(high_mul(x, error), 2)
    return x


def _half_of_one_plus(x: np.ndarray) -> np.ndarray:
    """(1 + x) / 2 of x in [0, 1], Q0."""
    return (np.asarray(x, np.int64) + ONE + 1) >> 1


def reciprocal_one_plus(x: np.ndarray) -> np.ndarray:
    """1 / (1 + x) of x in [0, 1], Q0."""
    return saturating_shift(_reciprocal_of_half(_half_of_one_plus(x)), 1)


def logistic(x: np.ndarray, integer_bits: int) -> np.ndarray:
    """1 / (1 + exp(-x)) in Q0 of x in Q(integer_bits)."""
    positive = reciprocal_one_plus(exp_negative(-np.abs(x), integer_bits))
    return np.where(x == 0, 1 << 30, np.where(x > 0, positive, ONE - positive))


def tanh(x: np.ndarray, integer_bits: int) -> np.ndarray:
    """tanh(x) in Q0 of x in Q(integer_bits): (1 - e) / (1 + e) with e = exp(-2 |x|)."""
    e = exp_negative(-np.abs(x), integer_bits + 1)
    positive = saturating_shift(_reciprocal_of_half(_half_of_one_plus(e)) - (1 << 29), 2)
    return np.where(x == 0, 0, np.where(x > 0, positive, -positive))


def input_radius(integer_bits: int, left_shift: int) -> int:
    """Magnitude from which an input, multiplied by 2^left_shift, leaves Q(integer_bits)."""
    return math.floor(((1 << integer_bits) - 1) * 2.0 ** (31 - integer_bits - left_shift))

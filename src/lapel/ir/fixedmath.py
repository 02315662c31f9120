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
HALF_ROOT_2 = round_half_away(math.sqrt(0.5) * 2**31)

LOG_2 = round_half_away(math.log(2) * 2**31)
ROOT_ROOT_2 = 2**0.25
ROOT_ROOT_HALF = round_half_away(2**31 / ROOT_ROOT_2)
LOG_ABOVE = round_half_away(11 / 240 * ROOT_ROOT_2 * 2**31)
LOG_BELOW = round_half_away(1 / 20 * ROOT_ROOT_2 * 2**31)
LOG_CONSTANT = round_half_away((2 / ROOT_ROOT_2 - ROOT_ROOT_2) * 2**31)
LOG_LINEAR = round_half_away(1 / 4 * ROOT_ROOT_2 * 2**31)
"""Coefficients of the rational function in `log_above_one`, Q0."""


def saturating_shift(x: np.ndarray, left: np.ndarray | int) -> np.ndarray:
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


def _leading_zeros(x: np.ndarray) -> np.ndarray:
    """Of a positive int32."""
    return 31 - np.floor(np.log2(x)).astype(np.int64)


def inverse_sqrt(n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(mul, shift) with 1 / sqrt(n) = mul * 2^(shift - 31), n in 0..2^31 - 1, 0 as if it were 1; shift is 0 or below.

    Five Newton steps from 1 in Q3, on n scaled to [1, 4) by a power of four.
    """
    n = np.asarray(n, np.int64)
    v = np.maximum(n, 2)
    large = v >= 1 << 29
    v = np.where(large, v >> 2, v)
    pairs = (_leading_zeros(v) - 1) // 2 - 1
    right = 11 + large - pairs
    v = (v << (2 * pairs)) >> 1
    half, x = rounding_shift(v, 1), np.full_like(v, 1 << 28)
    for _ in range(5):
        cube = saturating_shift(high_mul(high_mul(x, x), x), 6)
        x = saturating_shift(high_mul(x, 3 << 27) - high_mul(half, cube), 3)
    mul = high_mul(x, HALF_ROOT_2) << np.maximum(-right, 0)
    one = n <= 1
    return np.where(one, ONE, mul), np.where(one, 0, -np.maximum(right, 0))


def log_above_one(x: np.ndarray, in_bits: int, out_bits: int) -> np.ndarray:
    """log(x) in Q(out_bits) of x >= 1 in Q(in_bits), summed with a bit to spare above the point.

    The logarithm of the nearest of the powers 2^(n ± 1/4), and of the rest r by a rational function around √√(1/2).
    """
    x = np.asarray(x, np.int64)
    spare = out_bits + 1
    quarter = np.int64(1) << (29 - spare)
    lead = _leading_zeros(x)
    high = saturating_shift(high_mul(saturating_shift(x, lead - 1), HALF_ROOT_2), 1)
    high_power = np.minimum(saturating_shift(in_bits - lead, 31 - spare) + quarter, INT32_MAX)
    lead = _leading_zeros(high_mul(x, HALF_ROOT_2)) - 1
    low = saturating_shift(x, lead)
    low_power = np.maximum(saturating_shift(in_bits - lead, 31 - spare) - quarter, INT32_MIN)
    r, power = np.minimum(high, low), np.maximum(high_power, low_power)

    middle = (r + ROOT_ROOT_HALF + 1) >> 1
    q = 2 * (r - ROOT_ROOT_HALF)
    square = high_mul(q, q)
    above = high_mul(q, r) + high_mul(high_mul(q, square), LOG_ABOVE)
    below = high_mul(middle, LOG_CONSTANT + q + high_mul(square, LOG_BELOW)) + high_mul(q, LOG_LINEAR)
    rest = high_mul(rounding_shift(above, spare), reciprocal_one_plus(below))
    return saturating_shift(high_mul(power, LOG_2) + rest, 1)

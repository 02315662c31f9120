"""Fixed-point requantization, exactly as the TFLite kernels do it.

Source: gemmlowp/fixedpoint and `tensorflow/lite/kernels/internal/{quantization_util,common}`; docs/SPEC.md §2.
A real multiplier m in (0, 2^30) is (mul, shift) with m ≈ mul * 2^(shift - 31), mul an int32 in [2^30, 2^31).
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

Rounding = Literal["double", "single", "reduced"]
INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1

MOST_SHIFT = 30
"""To the left, in an int32: TFLite Micro's result is undefined beyond, and operators refuse such multipliers."""
REDUCED_BITS = 15
"""Of a multiplier of the rounding `reduced`, and so the first shift to the left that it cannot express."""
LIMITS = {
    "relu6": (0.0, 6.0),
    "relu_n1_to_1": (-1.0, 1.0),
    "relu": (0.0, np.inf),
    "none": (-np.inf, np.inf),
    "tanh": (-np.inf, np.inf),
    "sign_bit": (-np.inf, np.inf),
}
"""Real bounds of the fused activations."""


def without_effect(activation: str | None) -> list[str]:
    """A sentence about a fused activation that is named and does nothing; None for a node without one."""
    if activation is None or activation == "none" or LIMITS.get(activation) != LIMITS["none"]:
        return []
    return [
        f"its fused {activation} has no effect, as in TensorFlow Lite Micro: if it should, put an operator of its own "
        "behind the node"
    ]


def quantize_multiplier(real: float) -> tuple[int, int]:
    """Split a non-negative real multiplier into (mul, shift); 0 gives (0, 0)."""
    if real == 0.0:
        return 0, 0
    fraction, shift = math.frexp(real)
    mul = round_half_away(fraction * (1 << 31))
    if mul == 1 << 31:
        mul, shift = mul // 2, shift + 1
    return (0, 0) if shift < -31 else (mul, shift)


def multiplier_problems(*reals: float, rounding: Rounding = "double") -> list[str]:
    """A problem of real multipliers that are not finite, or whose (mul, shift) has too great a shift to the left."""
    most = REDUCED_BITS - 1 if rounding == "reduced" else MOST_SHIFT
    for real in reals:
        if not math.isfinite(real) or quantize_multiplier(abs(real))[1] > most:
            found = f"input scales are {real:.6g} times the output scale"
            return [f"{found}, expected below 2^{most}, where the arithmetic ends: requantize the model"]
    return []


def activation_problems(activation: str, scale: float) -> list[str]:
    """A problem of a fused activation whose bounds, in units of the output's scale, are beyond 32 bits."""
    for bound in LIMITS[activation]:
        if math.isfinite(bound) and abs(bound) / scale >= 2**31 - 2**8:
            found = f"{activation} ends at {bound:g}, 2^31 times the output scale {scale:.6g} or more"
            return [f"{found}, expected a bound of 32 bits: requantize the model"]
    return []


def round_half_away(x: float) -> int:
    """Round to the nearest integer, halves away from zero (C `round`)."""
    return math.floor(x + 0.5) if x >= 0 else -math.floor(-x + 0.5)


def wrap32(x: np.ndarray) -> np.ndarray:
    """Wrap int64 values to the int32 range, two's complement; stays int64."""
    return np.asarray(x, np.int64).astype(np.int32).astype(np.int64)


def wrap(x: np.ndarray, bits: int) -> np.ndarray:
    """Wrap int64 values to a signed integer of 16 or 32 bits, two's complement; stays int64."""
    return wrap32(x) if bits == 32 else np.asarray(x, np.int64).astype(np.int16).astype(np.int64)


def high_mul(a: np.ndarray, mul: np.ndarray | int) -> np.ndarray:
    """SaturatingRoundingDoublingHighMul: round(a * mul / 2^31), halves up, saturated; int64 in and out."""
    product = np.asarray(a, np.int64) * np.asarray(mul, np.int64)
    return np.minimum((product + (1 << 30)) >> 31, INT32_MAX)


def rounding_shift(x: np.ndarray, exponent: np.ndarray | int) -> np.ndarray:
    """RoundingDivideByPOT: x / 2^exponent, halves away from zero."""
    x = np.asarray(x, np.int64)
    exponent = np.asarray(exponent, np.int64)
    mask = (np.int64(1) << exponent) - 1
    threshold = (mask >> 1) + (x < 0)
    return (x >> exponent) + ((x & mask) > threshold)


def reduce_multiplier(mul: np.ndarray | int) -> np.ndarray:
    """A multiplier of 31 bits as one of REDUCED_BITS, rounded, at most 2^15 - 1; int64."""
    return np.minimum((np.asarray(mul, np.int64) + (1 << 15)) >> 16, (1 << REDUCED_BITS) - 1)


def requantize(
    acc: np.ndarray, mul: np.ndarray | int, shift: np.ndarray | int, rounding: Rounding = "double"
) -> np.ndarray:
    """MultiplyByQuantizedMultiplier: accumulators (as int64) times (mul, shift), broadcast; int64.

    double: int32 accumulators; (acc << left) wrapped to int32, high_mul, then rounding_shift. single: one 64-bit
    rounding, halves up. reduced: the same of an accumulator below 2^47, with the multiplier first rounded to 15 bits.
    """
    acc, shift = np.asarray(acc, np.int64), np.asarray(shift, np.int64)
    left, right = np.maximum(shift, 0), np.maximum(-shift, 0)
    if rounding == "double":
        return rounding_shift(high_mul(wrap32(acc << left), mul), right)
    total = (REDUCED_BITS if rounding == "reduced" else 31) - shift
    mul = reduce_multiplier(mul) if rounding == "reduced" else mul
    return wrap32((acc * np.asarray(mul, np.int64) + (np.int64(1) << (total - 1))) >> total)


def clamp_range(dtype: str, activation: str, scale: float, zero: int) -> tuple[int, int]:
    """Integer bounds of a fused activation on a quantized output (CalculateActivationRangeQuantized)."""
    info = np.iinfo(dtype)
    lo, hi = int(info.min), int(info.max)
    if activation not in LIMITS:
        raise ValueError(f"unknown activation {activation!r}")

    def q(real: float) -> int:
        # TFLite divides in float32 and rounds halves away from zero.
        return zero + round_half_away(float(np.float32(real) / np.float32(scale)))

    least, most = LIMITS[activation]
    return max(lo, q(least)) if least > -np.inf else lo, min(hi, q(most)) if most < np.inf else hi

"""Weights, biases and multipliers as the DSP variants want them (runtime/dspdot.h).

Channels go in pairs a, b. A half of a word is 256·b + a for one k: its low byte is a's weight, and the whole half
multiplied by x adds 256·b·x + a·x. Two halves, k and k + 2, are a word. A multiplication of the whole word thus sums
256·B + A modulo 2^32, from which B = (256·B + A - A) / 256 is exact while |B| < 2^23.

Outputs are zero + ((2·acc · mul + 2^31) >> 32 …): the definition's two roundings with one SMMLAR, an addition for the
sign and a shift, for shifts of -1 (halving) and less; 2·acc must not leave int32.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lapel.ir.fixed import requantize, wrap32
from lapel.ir.op import Param

MOST_DROP = 21
"""(2·zero + 1) << drop plus a product below 2^30 stays in int32."""
HALF = 1 << 30
"""As a multiplier: one half."""


def accumulator_range(weights: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest accumulator of each channel, int64: weights [channels, fan_in] times any int8 x, plus bias.

    `bias` has the input's zero point folded in. A tap outside the image is not x = -128..127 but adds x_zero·w,
    which lies in the same range.
    """
    w = weights.astype(np.int64)
    low = np.minimum(w * -128, w * 127).sum(axis=1) + bias
    high = np.maximum(w * -128, w * 127).sum(axis=1) + bias
    return low, high


def pack_layer(params: Mapping[str, Param], block: int) -> dict[str, Param] | str:
    """w, bias, scale, scale_step and clamped of a DSP kernel's params, or why the layer has none.

    params: of the portable kernel. block: channels that are packed side by side, 2 or 4.
    """
    w, bias, mul, shift = (_table(params[k]) for k in ("w", "bias", "mul", "shift"))
    zero, lo, hi = (_int(params[k]) for k in ("y_zero", "lo", "hi"))
    w = w.reshape(len(w), -1)
    if mul.size > 1:
        w, bias, mul, shift = _without_constants(w, bias, mul, shift, zero, (lo, hi))
    least, greatest = accumulator_range(w, bias)
    drop = -1 - shift
    problem = _check_ranges(least, greatest, drop)
    halves = _halves(w, block)
    if problem or halves.min() < -(2**15):
        return problem or "a pair of weights does not fit 16 bits"
    return {
        "w": _words(halves, block),
        "bias": _biases(bias, len(halves) * 2),
        "scale": _scales(mul, drop, len(halves) * 2 if mul.size > 1 else 2),
        "scale_step": 3 if mul.size > 1 else 0,
        "clamped": int((lo, hi) != (-128, 127)),
    }


def _table(value: Param) -> np.ndarray:
    assert isinstance(value, np.ndarray)
    return value.astype(np.int64)


def _int(value: Param) -> int:
    assert isinstance(value, int)
    return value


def _check_ranges(least: np.ndarray, greatest: np.ndarray, drop: np.ndarray) -> str:
    if drop.min() < 0 or drop.max() > MOST_DROP:
        return f"multipliers are not all within 2^{-MOST_DROP - 2}..1/2"
    if least.min() < -(2**30) or greatest.max() >= 2**30:
        return "an accumulator could reach 2^30"
    if least[1::2].min(initial=0) < -(2**23) or greatest[1::2].max(initial=0) >= 2**23:
        return "an accumulator could reach 2^23"
    return ""


def _without_constants(
    w: np.ndarray, bias: np.ndarray, mul: np.ndarray, shift: np.ndarray, zero: int, clamp: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Channels whose output is the same for every x get weights of 0 and an ordinary bias and multiplier.

    Training leaves such channels behind, with enormous biases and tiny multipliers. Between equal ends there is nothing
    else only where no left shift wraps.
    """
    ends = [np.clip(zero + requantize(acc, mul, shift), *clamp) for acc in accumulator_range(w, bias)]
    same = (ends[0] == ends[1]) & (shift < 0)
    value = 4 * (ends[0] - zero)
    return (
        np.where(same[:, None], 0, w),
        np.where(same, value, bias),
        np.where(same, HALF, mul),
        np.where(same, -1, shift),
    )


def _halves(w: np.ndarray, block: int) -> np.ndarray:
    """[pairs, blocks, 4] of 256·b + a; channels padded with zeros to a multiple of `block`, k to one of 4."""
    channels, k = w.shape
    padded = np.pad(w, ((0, -channels % block), (0, -k % 4)))
    return (256 * padded[1::2] + padded[0::2]).reshape(len(padded) // 2, -1, 4)


def _words(halves: np.ndarray, block: int) -> np.ndarray:
    """int32 [pairs / (block / 2), blocks, block / 2, 2]: the words of k = 0, 2 and k = 1, 3 of each block of four k."""
    unsigned = halves & 0xFFFF
    words = unsigned[..., :2] | unsigned[..., 2:] << 16
    return words.reshape(-1, block // 2, words.shape[1], 2).transpose(0, 2, 1, 3).astype(np.uint32).view(np.int32)


def _biases(bias: np.ndarray, channels: int) -> np.ndarray:
    """int32 [pairs, 2]: a and 256·b + a."""
    padded = np.pad(bias, (0, channels - len(bias)))
    return np.stack([padded[0::2], wrap32(256 * padded[1::2] + padded[0::2])], axis=1).astype(np.int32)


def _scales(mul: np.ndarray, drop: np.ndarray, channels: int) -> np.ndarray:
    """int32 [pairs, 3]: both multipliers, and the drops of both, a + 256·b."""
    mul, drop = (np.append(t, np.repeat(t[-1:], channels - len(t))) for t in (mul, drop))
    return np.stack([mul[0::2], mul[1::2], drop[0::2] + 256 * drop[1::2]], axis=1).astype(np.int32)

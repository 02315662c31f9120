"""Weights, biases and multipliers as the DSP variants want them (runtime/dspdot.h).

Channels go in pairs a, b. A half of a word is 256·b + a for one k: its low byte is a's weight, and the whole half
multiplied by x adds 256·b·x + a·x. Two halves, k and k + 2, are a word. A multiplication of the whole word thus sums
256·B + A modulo 2^32, from which B = (256·B + A - A) / 256 is exact while |B| < 2^23. Two pairs are a group: it has
its biases, then its weights, four words for four k.

Outputs are zero + ((2·acc · mul + 2^31) >> 32 …): the definition's two roundings with one SMMLAR, an addition for the
sign and a shift, for shifts of -1 (halving) and less; 2·acc must not leave int32.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lapel.ir.fixed import requantize, wrap32
from lapel.ir.op import Param

MOST_DROP = 21
"""(2·zero + 1) << drop plus a product below 2^30 stays in int32."""
GROUP = 4
"""Channels that are packed side by side."""
SCALE_WORDS = GROUP + 1
"""A multiplier a channel, and a byte."""
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


@dataclass(frozen=True, eq=False)
class Layer:
    """What a DSP kernel multiplies and scales with, int64: w [channels, fan_in], bias [channels], and the multipliers
    and drops, [channels] or [1]. clamped: whether outputs have narrower ends than int8."""

    w: np.ndarray
    bias: np.ndarray
    mul: np.ndarray
    drop: np.ndarray
    clamped: bool

    def scale_params(self) -> dict[str, Param]:
        """scale, scale_step and clamped of a DSP kernel's params."""
        step = SCALE_WORDS if self.mul.size > 1 else 0
        return {"scale": _scales(self.mul, self.drop), "scale_step": step, "clamped": int(self.clamped)}


def find_layer(params: Mapping[str, Param]) -> Layer | str:
    """The layer of which the portable kernel's params are given, or why there is none."""
    w, bias, mul, shift = (_table(params[k]) for k in ("w", "bias", "mul", "shift"))
    zero, lo, hi = (_int(params[k]) for k in ("y_zero", "lo", "hi"))
    w = w.reshape(len(w), -1)
    if mul.size > 1:
        w, bias, mul, shift = _without_constants(w, bias, mul, shift, zero, (lo, hi))
    least, greatest = accumulator_range(w, bias)
    drop = -1 - shift
    problem = _check_ranges(least, greatest, drop)
    if problem or _halves(w).min() < -(2**15):
        return problem or "a pair of weights does not fit 16 bits"
    return Layer(w, bias, mul, drop, (lo, hi) != (-128, 127))


def pack_layer(params: Mapping[str, Param]) -> dict[str, Param] | str:
    """w, scale, scale_step and clamped of a DSP kernel's params, from the portable kernel's, or why there are none."""
    layer = find_layer(params)
    if isinstance(layer, str):
        return layer
    return {"w": np.concatenate([_biases(layer.bias), _words(_halves(layer.w))], axis=1), **layer.scale_params()}


def pack_sums(params: Mapping[str, Param]) -> np.ndarray | str:
    """int32 [groups, 4 + 4·blocks]: biases a, b, c, d and words as pack_layer has them, or why there are none.

    For kernels that separate the sums of a pair every few values, and so take a bias apart from them.
    """
    w, bias = _table(params["w"]), _table(params["bias"])
    halves = _halves(w.reshape(len(w), -1))
    if halves.min() < -(2**15):
        return "a pair of weights does not fit 16 bits"
    padded = np.pad(bias, (0, -len(bias) % GROUP)).reshape(-1, GROUP).astype(np.int32)
    return np.concatenate([padded, _words(halves)], axis=1)


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


def _halves(w: np.ndarray) -> np.ndarray:
    """[groups, 2, blocks, 4] of 256·b + a; channels padded with zeros to groups of four, k to blocks of four."""
    channels, k = w.shape
    padded = np.pad(w, ((0, -channels % GROUP), (0, -k % 4)))
    return (256 * padded[1::2] + padded[0::2]).reshape(-(-channels // GROUP), GROUP // 2, -1, 4)


def _words(halves: np.ndarray) -> np.ndarray:
    """int32 [groups, 4·blocks]: of each block k = 0, 2 of both pairs, then k = 1, 3."""
    unsigned = halves & 0xFFFF
    words = unsigned[..., :2] | unsigned[..., 2:] << 16
    return words.transpose(0, 2, 3, 1).reshape(len(words), -1).astype(np.uint32).view(np.int32)


def _biases(bias: np.ndarray) -> np.ndarray:
    """int32 [groups, 4]: a and 256·b + a of both pairs."""
    padded = np.pad(bias, (0, -len(bias) % GROUP))
    pairs = np.stack([padded[0::2], wrap32(256 * padded[1::2] + padded[0::2])], axis=1)
    return pairs.reshape(-1, GROUP).astype(np.int32)


def _scales(mul: np.ndarray, drop: np.ndarray) -> np.ndarray:
    """int32 [groups, 5]: the multipliers, and a word of the drops, the first channel's lowest."""
    mul, drop = (np.append(t, np.repeat(t[-1:], -len(t) % GROUP)).reshape(-1, GROUP) for t in (mul, drop))
    return np.append(mul, (drop << 8 * np.arange(GROUP)).sum(axis=1, keepdims=True), axis=1).astype(np.int32)

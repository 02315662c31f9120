"""Weights, biases and multipliers of int16 layers as their variants want them (runtime/dsp/dsp16.h).

Outputs are (acc · mul + 2^(31 + drop)) >> (32 + drop): the rounding `reduced` with one product of 32 bits, for drops
from 1 on, if no sum leaves 32 bits.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lapel.ir.op import Param

LEAST_SHIFT = 17
"""To the right, of the 15-bit multiplier: it has room for so many more bits, 32 + 1 less this."""
GROUP = 4
"""Channels at a time of a single pixel."""
ORDER = [0, 2, 1, 3]
"""Values of a block by the byte of a word."""


def table(params: Mapping[str, Param], name: str) -> np.ndarray:
    """A param that is a table."""
    value = params[name]
    assert isinstance(value, np.ndarray)
    return value


def number(params: Mapping[str, Param], name: str) -> int:
    """A param that is an integer."""
    value = params[name]
    assert isinstance(value, (int, np.integer))
    return int(value)


def narrow_problem(params: Mapping[str, Param], channel_axis: int) -> str:
    """Why sums of 32 bits and one product of 32 bits will not do for a layer; empty if they do."""
    w, bias = table(params, "w"), table(params, "bias")
    if not params["reduced"]:
        return "it rounds twice"
    axes = tuple(a for a in range(w.ndim) if a != channel_axis)
    sums = np.abs(w.astype(np.int64)).sum(axis=axes)
    if (sums * 2**15 + np.abs(bias)).max() >= 2**31:
        return "a sum could need more than 32 bits"
    if table(params, "shift").min() < LEAST_SHIFT:
        return "a multiplier is 1/4 or more"
    return ""


def scales(params: Mapping[str, Param], multiple: int = 2) -> dict[str, Param]:
    """bias, mul, drop and the clamp, for channels filled up to a multiple."""
    bias, mul, shift = (table(params, k).astype(np.int64) for k in ("bias", "mul", "shift"))
    drop = np.maximum(shift - 32, 1)
    more = -len(bias) % multiple
    scaled = mul << (32 + drop - shift)
    if params["per_channel"]:
        scaled, drop = np.pad(scaled, (0, more)), np.pad(drop, (0, more), constant_values=1)
    return {
        "bias": np.pad(bias, (0, more)).astype(np.int32),
        "mul": scaled.astype(np.int32),
        "drop": drop.astype(np.int8),
        **{k: params[k] for k in ("lo", "hi", "per_channel")},
    }


def dsp_scales(params: Mapping[str, Param], multiple: int = 2) -> dict[str, Param]:
    """The same for kernels that halve once more while they saturate."""
    s = scales(params, multiple)
    whole = (params["lo"], params["hi"]) == (-(2**15), 2**15 - 1)
    return {**s, "drop": table(s, "drop") - np.int8(1), "clamped": int(not whole)}


def pack_rows(w: np.ndarray) -> np.ndarray:
    """int8 [O, rows, run] -> uint32 words [pairs, rows, blocks, 2], of even pairs: four values of two channels each."""
    channels, _, run = w.shape
    filled = np.pad(w, ((0, -channels % GROUP), (0, 0), (0, -run % 4)))
    blocks = filled.reshape(len(filled) // 2, 2, filled.shape[1], -1, 4)[..., ORDER]
    words = np.ascontiguousarray(blocks.transpose(0, 2, 3, 1, 4)).view(np.uint32)
    return words[..., 0]


def pack_taps(w: np.ndarray) -> np.ndarray:
    """int8 [KH, KW, C] -> uint32 words [pairs, KH, pairs of taps]: two taps of two channels."""
    _, columns, channels = w.shape
    filled = np.pad(w, ((0, 0), (0, columns % 2), (0, channels % 2)))
    taps = filled.reshape(len(w), filled.shape[1] // 2, 2, filled.shape[2] // 2, 2)
    words = np.ascontiguousarray(taps.transpose(3, 0, 1, 4, 2)).reshape(filled.shape[2] // 2, len(w), -1, 4)
    return words.view(np.uint32)[..., 0]

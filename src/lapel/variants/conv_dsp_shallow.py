"""`conv` on the DSP extension for windows of few values: first layers, and single taps of few channels.

There the weights cost little flash and what surrounds a dot product costs most of the time. Weights are int16 here, so
that nothing is extended but x, and scaled, so that all channels of the layer are shifted by the same number of bits: an
output is finished by two instructions and a store.

With S = 2^(SHIFT + 1 - right) and P = acc·mul, the definition's two roundings of P·2^(-31 - right) are, for acc >= 0,

    floor((P + 2^30 + 2^(30 + right)) / 2^(31 + right)) = floor((S·P + (S/4 + 2^(SHIFT - 1))·2^32) / 2^(32 + SHIFT))

For acc < 0 both give 0 or less, which is -128 where the zero point is: other zero points are not for this kernel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.ir.fixed import requantize
from lapel.ir.op import Param
from lapel.runtime.source import define
from lapel.variants.packing import accumulator_range
from lapel.variants.variant import Variant

MOST_VALUES = 2 * define("LAPEL_CONV_DSP_SHALLOW_WORDS")
SHIFT = define("LAPEL_CONV_DSP_SHALLOW_SHIFT")
FEWEST_PIXELS = 256
"""Below it a weight is used so seldom that the second byte of flash for it buys too little."""
KEPT = (
    "batches", "in_h", "in_w", "in_c", "out_h", "out_w", "out_c", "x_first", "x_end", "kernel_h", "kernel_w",
    "stride_h", "stride_w", "dilation_h", "pad_top", "pad_left", "x_zero", "lo", "hi",
)  # fmt: skip


class ConvDspShallow:
    def specialize(self, call: Call) -> Call | str:
        p = call.params
        if p["groups"] != 1 or (p["dilation_w"] != 1 and p["kernel_w"] != 1):
            return "it has groups or is dilated"
        rows, count = _int(p, "kernel_h"), _int(p, "kernel_w") * _int(p, "in_c")
        if rows * count > MOST_VALUES:
            return f"a window has {rows * count} values, more than {MOST_VALUES}"
        if p["y_zero"] != -128:
            return f"the output's zero point is {p['y_zero']}, not -128"
        pixels = _int(p, "batches") * _int(p, "out_h") * _int(p, "out_w")
        if pixels < FEWEST_PIXELS:
            return f"{pixels} pixels are fewer than {FEWEST_PIXELS}"
        packed = pack_windows(p, rows, count)
        if isinstance(packed, str):
            return packed
        how = {"skip": (MOST_VALUES - rows * count) // 2, "clamped": int((p["lo"], p["hi"]) != (-128, 127))}
        # A window is gathered before its pixel is written.
        return replace(call, kernel="conv_dsp_shallow", params={**{k: p[k] for k in KEPT}, "w": packed, **how}, ahead=0)


def pack_windows(params: Mapping[str, Param], rows: int, count: int) -> np.ndarray | str:
    """int32 [groups of four channels, 4 + 4·words + 8]: runtime/conv_dsp_shallow.c says what; or why there is none.

    params: of the portable kernel. A window is `rows` times `count` values.
    """
    w, bias, mul, shift = (_table(params, k) for k in ("w", "bias", "mul", "shift"))
    w = w.reshape(len(w), -1)
    low, high = accumulator_range(w, bias)
    ends = [np.clip(requantize(acc, mul, shift) - 128, -128, 127) for acc in (low, high)]
    same = ends[0] == ends[1]
    # For channels whose output is the same for every x, any weights would do; training leaves such with extreme scales.
    up = np.where(same, 2, SHIFT + 1 + shift)
    scale = np.int64(1) << np.clip(up, 2, SHIFT)
    keep = np.where(same, 0, scale)
    w = w * keep[:, None]
    if up.min() < 2:
        return f"a scale is less than 2^{-SHIFT}"
    if up.max() > SHIFT or w.min() < -(2**15) or w.max() >= 2**15:
        return "a scale is too great for its weights"
    # Scaled accumulators are far from 2^31: what is not constant comes between 0 and 2^(9 + right)·S = 2^22, and a
    # window moves it by less than 32·255·2^15.
    value = np.where(same, ends[0] << SHIFT, (-128 << SHIFT) + (1 << (SHIFT - 1)) + scale // 4)
    return _tables(w[:, _order(rows, count)], bias * keep, np.where(same, 0, mul), value)


def _order(rows: int, count: int) -> np.ndarray:
    """Which value of a window is at each half of its words."""
    fours = count // 4 * 4
    k = np.arange(rows * count).reshape(rows, count)
    return np.concatenate([k[:, :fours].reshape(-1, 4)[:, [0, 2, 1, 3]].ravel(), k[:, fours:].ravel()])


def _tables(w: np.ndarray, bias: np.ndarray, mul: np.ndarray, add: np.ndarray) -> np.ndarray:
    """What pack_windows returns, from a channel's halves, bias, multiplier and summand; padded with zeros."""
    channels, values = w.shape
    spare = -channels % 4
    padded = np.pad(w, ((0, spare), (0, values % 2))) & 0xFFFF
    words = np.roll(padded[:, 0::2] | padded[:, 1::2] << 16, 1, axis=1).reshape(-1, 4, padded.shape[1] // 2)
    scales = np.pad(np.stack([mul, add], axis=1), ((0, spare), (0, 0)))
    parts = [np.pad(bias, (0, spare)).reshape(-1, 4), words.transpose(0, 2, 1).reshape(len(words), -1)]
    table = np.concatenate([*parts, scales.reshape(-1, 8)], axis=1)
    return table.astype(np.uint32).view(np.int32)


def _table(params: Mapping[str, Param], name: str) -> np.ndarray:
    value = params[name]
    assert isinstance(value, np.ndarray)
    return value.astype(np.int64)


def _int(params: Mapping[str, Param], name: str) -> int:
    value = params[name]
    assert isinstance(value, (int, np.integer))
    return int(value)


VARIANT: Variant = ConvDspShallow()

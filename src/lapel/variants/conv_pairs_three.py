"""`conv` for cores that multiply words alone: of three pixels in two words, two multiplications make three products.

Sums of 21 bits are taken apart at the end (runtime/pairs/conv_pairs_three.h); weights whose magnitudes sum up to 8,191
never leave them, whatever x is: most layers are one segment of such weights.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.variants.vectors import expand
from lapel.variants.wordpixels import UNIT, problem, shape, taps

CHANNELS = 4
"""That are a block."""
MOST = 8191
"""Of the magnitudes of a segment's weights: times 128 it is below 2^20."""


class ConvPairsThree:
    """The kernel `conv_pairs_three`."""

    def specialize(self, call: Call) -> Call | str:
        reason = problem(call, 3)
        if reason:
            return reason
        w = call.params["w"]
        assert isinstance(w, np.ndarray)
        if not call.params["plain"]:
            return "its clamp is not int8's, or a multiplier is a quarter or more"
        params: dict[str, Param] = {
            **shape(call),
            "w": in_blocks(w).reshape(-1).view("<i4"),
            "each": each_channel(call, len(w)),
            "segment": find_segment(w),
            "y_zero": call.params["y_zero"],
        }
        # Windows are gathered before their pixels are written.
        return replace(call, kernel="conv_pairs_three", params=params, ahead=0, scratch_bytes=8 * taps(w))


def each_channel(call: Call, channels: int) -> np.ndarray:
    """int32 [channels, 3], flat, with zeros up to a whole block: bias, mul, -2 - shift."""
    mul, shift = expand(call, channels)
    table = np.stack([np.asarray(call.params["bias"]), mul, -2 - shift], axis=1).astype(np.int32)
    return np.pad(table, ((0, -channels % CHANNELS), (0, 0))).reshape(-1)


def in_blocks(w: np.ndarray) -> np.ndarray:
    """int8 [out_c / 4, taps / 2, 2, 2, 2] of [out_c, …]: channels 0 and 1 of two taps, then 2 and 3; zeros where there
    is no channel or value."""
    rows = w.reshape(len(w), -1)
    padded = np.pad(rows, [(0, -n % m) for n, m in zip(rows.shape, (CHANNELS, UNIT), strict=True)])
    parted = padded.reshape(-1, 2, 2, padded.shape[1] // UNIT, UNIT)  # [blocks, pair, channel, units, tap]
    return np.ascontiguousarray(parted.transpose(0, 3, 1, 4, 2))


def find_segment(w: np.ndarray) -> int:
    """Taps of as few segments of one length as keep every channel within the bound."""
    magnitudes = np.abs(w.astype(np.int64)).reshape(len(w), -1)
    units = taps(w) // UNIT
    for count in range(1, units + 1):
        segment = -(-units // count) * UNIT
        if np.add.reduceat(magnitudes, range(0, magnitudes.shape[1], segment), axis=1).max() <= MOST:
            return segment
    raise AssertionError("two weights of int8 are within the bound")


VARIANT = ConvPairsThree()

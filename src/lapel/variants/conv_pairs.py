"""`conv` for cores that multiply words alone: of two pixels' values in one word, a multiplication makes two products.

A run of weights whose magnitudes sum up to 255 at most cannot carry from one product's sum to the other, whatever x is;
then both sums are taken apart (runtime/pairs/conv_pairs.h). Two channels at a time have the same runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.ir.op import SCRATCH, Param

CHANNELS, UNIT = 2, 2
"""That are a block; taps that a run is a multiple of."""
MOST = 255
"""Of the magnitudes of a run's weights: times 128 it is below 2^15."""
MOST_RUN = 255
"""Units of a run, which is a byte."""
MOST_BYTES = 8192
"""Of scratch for four windows."""
KEPT = (
    "bias", "mul", "shift", "batches", "in_h", "in_w", "in_c", "out_h", "out_w", "out_c", "kernel_h", "kernel_w",
    "stride_h", "stride_w", "dilation_h", "pad_top", "pad_left", "x_zero", "y_zero", "lo", "hi", "per_channel", "plain",
)  # fmt: skip


class ConvPairs:
    """The kernel `conv_pairs`."""

    def specialize(self, call: Call) -> Call | str:
        p = call.params
        if p["groups"] != 1 or (p["dilation_w"] != 1 and p["kernel_w"] != 1):
            return "it has groups or is dilated"
        w = p["w"]
        if not isinstance(w, np.ndarray):
            return "its weights are no constants in flash"
        blocks = in_blocks(w)
        taps = blocks.shape[1]
        if 8 * taps > MOST_BYTES:
            return f"windows of four pixels would take {8 * taps:,} bytes of scratch, more than {MOST_BYTES:,}"
        if w.min() == -128:
            return "a weight is -128, of which two may be a run of more than 255"
        params: dict[str, Param] = {
            "scratch": SCRATCH,
            "w": blocks.reshape(-1).view("<i4"),
            "runs": find_runs(blocks),
            "taps": taps,
        }
        # Windows are gathered before their pixels are written.
        return replace(call, kernel="conv_pairs", params={**kept(p), **params}, ahead=0, scratch_bytes=8 * taps)


def kept(params: Mapping[str, Param]) -> dict[str, Param]:
    """Those that the portable kernel has, too."""
    return {k: params[k] for k in KEPT}


def in_blocks(w: np.ndarray) -> np.ndarray:
    """int8 [out_c / 2, taps, 2] of [out_c, …]: an even number of taps, zeros where there is no channel or value."""
    rows = w.reshape(len(w), -1)
    padded = np.pad(rows, [(0, -n % m) for n, m in zip(rows.shape, (CHANNELS, UNIT), strict=True)])
    return np.ascontiguousarray(padded.reshape(-1, CHANNELS, padded.shape[1]).transpose(0, 2, 1))


def find_runs(blocks: np.ndarray) -> np.ndarray:
    """uint8: of each block how many units each run has, as long ones as there may be, and a 0."""
    units = np.abs(blocks.astype(np.int64)).reshape(len(blocks), -1, UNIT, CHANNELS).sum(axis=2)
    runs: list[int] = []
    for block in units:
        total, count = np.zeros(CHANNELS, np.int64), 0
        for unit in block:
            if count == MOST_RUN or (count and (total + unit).max() > MOST):
                runs.append(count)
                total, count = np.zeros(CHANNELS, np.int64), 0
            total, count = total + unit, count + 1
        runs += [count, 0]
    return np.array(runs, np.uint8)


VARIANT = ConvPairs()

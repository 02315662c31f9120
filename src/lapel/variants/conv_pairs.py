"""`conv` for cores that multiply words alone: of two pixels' values in one word, a multiplication makes two products.

A run of weights whose magnitudes sum up to 255 at most cannot carry from one product's sum to the other, whatever x is;
then both sums are taken apart (runtime/pairs/conv_pairs.h). Two channels at a time have the same runs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.variants.wordpixels import UNIT, problem, shape, taps

CHANNELS = 2
"""That are a block."""
MOST = 255
"""Of the magnitudes of a run's weights: times 128 it is below 2^15."""
MOST_RUN = 255
"""Units of a run, which is a byte."""
KEPT = ("bias", "mul", "shift", "y_zero", "lo", "hi", "per_channel", "plain")


class ConvPairs:
    """The kernel `conv_pairs`."""

    def specialize(self, call: Call) -> Call | str:
        reason = problem(call, 4)
        if reason:
            return reason
        w = call.params["w"]
        assert isinstance(w, np.ndarray)
        if w.min() == -128:
            return "a weight is -128, of which two may be a run of more than 255"
        blocks = in_blocks(w)
        params: dict[str, Param] = {
            **shape(call),
            **{k: call.params[k] for k in KEPT},
            "w": blocks.reshape(-1).view("<i4"),
            "runs": find_runs(blocks),
        }
        # Windows are gathered before their pixels are written.
        return replace(call, kernel="conv_pairs", params=params, ahead=0, scratch_bytes=8 * taps(w))


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

"""Depthwise convolution to one pixel on Armv7E-M and Armv8-M: a sum of each channel, two taps an instruction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.variants.depthwise_dsp import LANES, Fields, has_border, pack_pairs, refuse, unpack_weights


class DepthwiseDspColumn:
    """The kernel `depthwise_dsp_column`."""

    def specialize(self, call: Call) -> Call | str:
        p = Fields(call.params)
        reason = refuse(p)
        if reason:
            return reason
        if p["out_h"] * p["out_w"] > 1:
            return f"{p['out_h'] * p['out_w']} pixels, expected 1"
        step = _step(p)
        if step == 0 or has_border(p):
            return "its taps are not all in x, evenly spaced"
        params: dict[str, Param] = {"batches": p["batches"], "channels": p["in_c"], "y_zero": p["y_zero"]}
        params |= {"taps": p["kernel_h"] * p["kernel_w"], "step": step, "image": p["in_h"] * p["in_w"] * p["in_c"]}
        params |= {"w": pack_column(unpack_weights(p).reshape(p["in_c"], -1)), **p.scaling()}
        return replace(call, kernel="depthwise_dsp_column", params=params, ahead=1)


def _step(p: Fields) -> int:
    """Bytes from each tap to the next, or 0 if they differ."""
    if p["kernel_h"] == 1:
        return p["dilation_w"] * p["in_c"]
    if p["kernel_w"] == 1:
        return p["dilation_h"] * p["in_w"] * p["in_c"]
    return p["in_c"] if p["kernel_w"] == p["in_w"] and p["dilation_h"] == 1 else 0


def pack_column(weights: np.ndarray) -> np.ndarray:
    """[channels, taps] -> for each block of four channels the pairs of `pack_pairs`, then an odd tap's four weights."""
    c, taps = weights.shape
    starts = [min(o, c - LANES) for o in range(0, c, LANES)]
    even = weights[:, : taps // 2 * 2]
    parts = [pack_pairs(even[:, None]).reshape(len(starts), -1)] if taps > 1 else []
    odd = [np.stack([weights[o : o + LANES, -1] for o in starts])] if taps % 2 else []
    return np.concatenate([*parts, *odd], axis=1).ravel()


VARIANT = DepthwiseDspColumn()

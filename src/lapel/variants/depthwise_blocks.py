"""Depthwise convolutions up to 3x3 on Helium: 2x2 pixels of a channel at a time, from one vector of 4x4 cells."""

from __future__ import annotations

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.runtime.source import define
from lapel.variants.depthwise_mve import unpack_channels
from lapel.variants.vectors import expand, multiplier_problem, variant_call

LEAD = define("LAPEL_DEPTHWISE_BLOCKS_LEAD")
MOST = 3
"""Taps along either axis."""
ONES = ("stride_h", "stride_w", "dilation_h", "dilation_w", "multiplier")


class DepthwiseBlocks:
    def specialize(self, call: Call) -> Call | str:
        p = {k: v for k, v in call.params.items() if isinstance(v, int)}
        if p["kernel_h"] > MOST or p["kernel_w"] > MOST or any(p[k] != 1 for k in ONES):
            return f"not up to {MOST}x{MOST} without strides, dilation and multiplier"
        if p["out_h"] < 2 or p["out_w"] < 2:
            return f"{p['out_h']} x {p['out_w']} outputs, fewer than 2 x 2"
        if 3 * (p["in_w"] + 1) * p["in_c"] >= 2**16:
            return "rows too long for 16-bit offsets"
        reason = multiplier_problem(call)
        if reason:
            return reason
        packed, bias = call.params["w"], call.params["bias"]
        assert isinstance(packed, np.ndarray) and isinstance(bias, np.ndarray)
        mul, shift = expand(call, p["in_c"])
        changed: dict[str, Param] = {
            "w": pack_windows(unpack_channels(packed, p["in_c"]).reshape(p["kernel_h"], p["kernel_w"], -1)),
            "table": np.stack([mul, shift, bias], axis=1).astype(np.int32),
        }
        # Channels of 2x2 pixels are read before they are written; an odd row or column is done again with the last one.
        dropped = ("out_c", "x_first", "x_end", "kernel_h", "kernel_w", *ONES)
        return variant_call(call, "depthwise_blocks", changed, dropped, ahead=p["out_w"] + 1)


def pack_windows(w: np.ndarray) -> np.ndarray:
    """[kernel_h, kernel_w, channels] -> LEAD zeros, then rows of four cells, four of them for each channel; flat."""
    cells = np.zeros((w.shape[2], MOST + 1, MOST + 1), np.int8)
    cells[:, : w.shape[0], : w.shape[1]] = w.transpose(2, 0, 1)
    return np.concatenate([np.zeros(LEAD, np.int8), cells.ravel()])


VARIANT = DepthwiseBlocks()

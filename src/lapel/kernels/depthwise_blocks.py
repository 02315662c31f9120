"""Depthwise 3x3 convolutions on Helium: 2x2 pixels of a channel at a time, from one vector of 4x4 cells."""

from __future__ import annotations

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.kernels.depthwise_mve import unpack_channels
from lapel.kernels.vectors import expand, multiplier_problem, variant_call

LEAD = 5
"""LAPEL_DEPTHWISE_BLOCKS_LEAD of runtime/depthwise_blocks.h."""
WINDOW = {"kernel_h": 3, "kernel_w": 3, "stride_h": 1, "stride_w": 1, "dilation_h": 1, "dilation_w": 1, "multiplier": 1}


class DepthwiseBlocks:
    def specialize(self, call: Call) -> Call | str:
        p = {k: v for k, v in call.params.items() if isinstance(v, int)}
        if any(p[k] != v for k, v in WINDOW.items()):
            return "not 3x3 with strides 1 and one output a channel"
        if p["out_h"] < 2 or p["out_w"] < 2:
            return f"{p['out_h']} x {p['out_w']} outputs, fewer than 2 x 2"
        if 3 * (p["in_w"] + 1) * p["in_c"] >= 2**16:
            return "rows too long for 16-bit offsets"
        if p["lo"] < p["y_zero"]:
            return "outputs below the zero point, whose halves are rounded down"
        reason = multiplier_problem(call)
        if reason:
            return reason
        packed, bias = call.params["w"], call.params["bias"]
        assert isinstance(packed, np.ndarray) and isinstance(bias, np.ndarray)
        mul, shift = expand(call, p["in_c"])
        changed: dict[str, Param] = {
            "w": pack_windows(unpack_channels(packed, p["in_c"])),
            "table": np.stack([mul, shift, bias], axis=1).astype(np.int32),
        }
        # Channels of 2x2 pixels are read before they are written; an odd row or column is done again with the last one.
        dropped = ("out_c", "x_first", "x_end", *WINDOW)
        return variant_call(call, "depthwise_blocks", changed, dropped, ahead=p["out_w"] + 1)


def pack_windows(w: np.ndarray) -> np.ndarray:
    """[9, channels] -> LEAD zeros, and for each channel its rows, a zero behind each, and four zeros; flat."""
    cells = np.zeros((w.shape[1], 4, 4), np.int8)
    cells[:, :3, :3] = w.T.reshape(-1, 3, 3)
    return np.concatenate([np.zeros(LEAD, np.int8), cells.ravel()])


VARIANT = DepthwiseBlocks()

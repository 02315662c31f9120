"""Depthwise convolutions of 3 x 3 for cores that multiply words alone: three pixels of a channel at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.ir.op import SCRATCH, Param
from lapel.variants.depthwise_mve import unpack_channels
from lapel.variants.vectors import expand

SIDE = 3
"""Taps along either axis, and pixels at a time."""
MOST_BYTES = 8192
"""Of scratch for three rows."""
ONES = ("stride_h", "stride_w", "dilation_h", "dilation_w", "multiplier")
KEPT = ("batches", "in_h", "in_w", "out_h", "out_w", "pad_top", "pad_left", "x_zero", "y_zero")


class DepthwisePairs:
    """The kernel `depthwise_pairs`."""

    def specialize(self, call: Call) -> Call | str:
        p = {k: v for k, v in call.params.items() if isinstance(v, int)}
        if (p["kernel_h"], p["kernel_w"]) != (SIDE, SIDE) or any(p[k] != 1 for k in ONES):
            return "not 3x3 without strides, dilation and multiplier"
        if p["out_w"] < SIDE:
            return f"rows of {p['out_w']} outputs, expected at least {SIDE}"
        if not p["plain"]:
            return "its clamp is not int8's, or a multiplier is a quarter or more"
        if not isinstance(call.params["w"], np.ndarray):
            return "its weights are no constants in flash"
        size = SIDE * (p["out_w"] + SIDE - 1) * p["in_c"]
        if size > MOST_BYTES:
            return f"three rows would take {size:,} bytes of scratch, more than {MOST_BYTES:,}"
        params: dict[str, Param] = {k: p[k] for k in KEPT}
        params |= {"scratch": SCRATCH, "each": each_channel(call, p["in_c"]), "channels": p["in_c"]}
        # Rows of x are read before the row of y that needs them first is written, and once.
        alike = p["out_h"] <= p["in_h"] and p["out_w"] <= p["in_w"] and p["pad_top"] < SIDE
        return replace(
            call, kernel="depthwise_pairs", params=params, ahead=0, in_place=alike, scratch_bytes=-(-size // 4) * 4
        )


def each_channel(call: Call, channels: int) -> np.ndarray:
    """int32 [channels, 5], flat: bias, mul, and of each row of weights three int8 and one more: -2 - shift, or 0."""
    w, bias = call.params["w"], call.params["bias"]
    assert isinstance(w, np.ndarray) and isinstance(bias, np.ndarray)
    mul, shift = expand(call, channels)
    rows = np.zeros((channels, SIDE, 4), np.int8)
    rows[:, :, :SIDE] = unpack_channels(w, channels).reshape(SIDE, SIDE, channels).transpose(2, 0, 1)
    rows[:, 0, SIDE] = -2 - shift
    return np.concatenate([np.stack([bias, mul], axis=1).astype("<i4"), rows.view("<i4")[..., 0]], axis=1).reshape(-1)


VARIANT = DepthwisePairs()

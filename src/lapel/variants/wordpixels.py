"""Convolutions whose words hold values of several pixels: which calls they take, and what they keep of them."""

from __future__ import annotations

import numpy as np

from lapel.ir import Call
from lapel.ir.op import SCRATCH, Param

UNIT = 2
"""Windows have a multiple of so many taps."""
MOST_BYTES = 8192
"""Of scratch for the windows."""
SHAPE = (
    "batches", "in_h", "in_w", "in_c", "out_h", "out_w", "out_c", "kernel_h", "kernel_w", "stride_h", "stride_w",
    "dilation_h", "pad_top", "pad_left", "x_zero",
)  # fmt: skip


def problem(call: Call, pixels: int) -> str:
    """Why such a kernel cannot have it, whose scratch has windows of so many pixels; empty if it can."""
    p = call.params
    if p["groups"] != 1 or (p["dilation_w"] != 1 and p["kernel_w"] != 1):
        return "it has groups or is dilated"
    w = p["w"]
    if not isinstance(w, np.ndarray):
        return "its weights are no constants in flash"
    size = 8 * taps(w)
    if size > MOST_BYTES:
        return f"windows of {pixels} pixels would take {size:,} bytes of scratch, more than {MOST_BYTES:,}"
    return ""


def taps(w: np.ndarray) -> int:
    """Of a window, padded to whole units. w: [out_c, …]."""
    return -(-w[0].size // UNIT) * UNIT


def shape(call: Call) -> dict[str, Param]:
    """The fields of `lapel_wordpixels_shape`."""
    w = call.params["w"]
    assert isinstance(w, np.ndarray)
    return {**{k: call.params[k] for k in SHAPE}, "scratch": SCRATCH, "taps": taps(w)}

"""Convolutions on Helium: four outputs of two pixels at a time, 16 products an instruction.

Windows are read in place where their rows are long, else copied to the stack first.
"""

from __future__ import annotations

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.runtime.source import define
from lapel.variants.vectors import LANES, blocks, pack_rows, pack_stream, problem, variant_call

WINDOWS, ROWS, SHORT = (define(f"LAPEL_CONV_MVE_{name}") for name in ("WINDOWS", "ROWS", "SHORT"))
CHANNELS = 2**16 - LANES
LONG = 32
"""Rows of so many values are read in place."""


class ConvMve:
    def specialize(self, call: Call) -> Call | str:
        p = {k: v for k, v in call.params.items() if isinstance(v, int)}
        if p["groups"] > 1:
            return "groups"
        if p["out_c"] > CHANNELS:
            return f"more than {CHANNELS} channels: two pixels are stored at 16-bit offsets"
        w = call.params["w"]
        assert isinstance(w, np.ndarray)
        size = blocks(p["kernel_h"] * p["kernel_w"] * p["in_c"], LANES) * LANES
        direct = _reads_in_place(p)
        if not direct and size > WINDOWS:
            return f"windows of {size} values, more than {WINDOWS}, whose rows are short, dilated or many"
        packed = pack_rows(w.reshape(len(w), p["kernel_h"] if direct else 1, -1))
        reason = problem(call, w, packed)
        if reason:
            return reason
        short = direct and p["kernel_h"] == 1 and size == LANES
        windows = 0 if direct else max(WINDOWS // size // 2 * 2, 1)
        how: dict[str, Param] = {"direct": SHORT if short else int(direct), "windows": windows}
        # Windows in place are read again for each block of channels, of two pixels or one; pairs of short ones are not.
        ahead = 0 if not direct else 2 if not short else int(_has_single_pixels(p))
        changed = {"w": pack_stream(call, packed), **how}
        return variant_call(call, "conv_mve", changed, ("groups", "group_in", "group_out", "gather", "scratch"), ahead)


def _has_edges(p: dict[str, int]) -> bool:
    """Whether some window has taps outside x."""
    bottom = (p["out_h"] - 1) * p["stride_h"] - p["pad_top"] + (p["kernel_h"] - 1) * p["dilation_h"]
    return p["pad_top"] > 0 or bottom >= p["in_h"] or p["x_first"] > 0 or p["x_end"] < p["out_w"]


def _has_single_pixels(p: dict[str, int]) -> bool:
    """Whether some pixel of several blocks of channels has no neighbour to be computed with."""
    return p["out_c"] > 4 and (p["out_w"] % 2 == 1 or _has_edges(p))


def _reads_in_place(p: dict[str, int]) -> bool:
    run, edges = p["kernel_w"] * p["in_c"], _has_edges(p)
    if p["kernel_h"] > ROWS or (p["dilation_w"] > 1 and p["kernel_w"] > 1):
        return False
    if edges and p["in_c"] % LANES:
        return False
    return run >= LONG or (p["kernel_h"] == 1 and not edges)


VARIANT = ConvMve()

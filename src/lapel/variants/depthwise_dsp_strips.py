"""Depthwise convolution 3 by 3 on Armv7E-M and Armv8-M: strips of two rows, two taps an instruction, in place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.runtime.source import define
from lapel.variants.depthwise_dsp import LANES, Fields, most_sum, refuse, unpack_weights

ROOM, HEAD = (define(f"LAPEL_DEPTHWISE_DSP_STRIPS_{name}") for name in ("ROOM", "HEAD"))
"""Pairs of words on the stack."""
FIXED_RIGHTS = range(5, 12)
"""Right shifts for which weights times 2^(13 - right) fit 16 bits and are a multiple of 4."""


class DepthwiseDspStrips:
    """The kernel `depthwise_dsp_strips`."""

    def specialize(self, call: Call) -> Call | str:
        p = Fields(call.params)
        reason = refuse(p) or refuse_window(p)
        if reason:
            return reason
        same = ("batches", "in_h", "in_w", "out_h", "out_w", "stride_h", "stride_w", "y_zero", "x_zero")
        params: dict[str, Param] = {name: call.params[name] for name in (*same, "pad_top", "pad_left")}
        width = (p["out_w"] - 1) * p["stride_w"] + 3
        lanes = next((n for n in (LANES, 2) if width <= ROOM // n - HEAD), 1)
        columns = min(p["out_w"], (ROOM - HEAD - 3) // p["stride_w"] + 1)
        params |= {"channels": p["in_c"], "lanes": lanes, "columns": columns, "fixed": int(is_fixed(p))}
        params |= {"w": unpack_weights(p).transpose(0, 2, 1).ravel(), **p.scaling()}
        return replace(call, kernel="depthwise_dsp_strips", params=params, in_place=_in_place(p, columns))


def refuse_window(p: Fields) -> str | None:
    """Why the form cannot do a call that `refuse` lets pass."""
    window = tuple(p[f"{name}_{axis}"] for name in ("kernel", "dilation") for axis in "hw")
    if window != (3, 3, 1, 1):
        return f"kernel {window[:2]} with dilation {window[2:]}, expected (3, 3) with (1, 1)"
    if p["stride_h"] > 2 or p["stride_w"] > 5:
        return f"strides {p['stride_h']}, {p['stride_w']}, expected at most 2, 5"
    return None


def is_fixed(p: Fields) -> bool:
    """Whether one shift serves all channels of a rectifier: `fixed` in depthwise_dsp_strips.h."""
    if p["y_zero"] != -128 or not np.isin(p.rights, FIXED_RIGHTS).all():
        return False
    return bool((most_sum(p) < 2 ** (18 + p.rights)).all())


def _in_place(p: Fields, columns: int) -> bool:
    """Whether no strip overwrites, in an output that starts where x starts, a row of x that is still to be read."""
    if p["batches"] > 1 or columns < p["out_w"]:
        return False
    strip = 2 if p["stride_h"] == 1 else 1
    for written in range(strip, p["out_h"], strip):
        # The strip that ends at this row of y has seen two pairs of rows; the next reads the pair below.
        row = max(2 * (written // strip) + 2 - p["pad_top"], 0)
        if row < p["in_h"] and written * p["out_w"] > row * p["in_w"]:
            return False
    return True


VARIANT = DepthwiseDspStrips()

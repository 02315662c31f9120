"""Depthwise convolution 1 by k on Armv7E-M and Armv8-M: four outputs of a row at a time, two taps an instruction."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.runtime.source import define
from lapel.variants.depthwise_dsp import Fields, refuse, unpack_weights

WORDS = define("LAPEL_DEPTHWISE_DSP_ROWS_WORDS")
MOST_TAPS = 2 * define("LAPEL_DEPTHWISE_DSP_ROWS_PAIRS") - 1
"""One tap is in two pairs."""


class DepthwiseDspRows:
    """The kernel `depthwise_dsp_rows`."""

    def specialize(self, call: Call) -> Call | str:
        p = Fields(call.params)
        reason = refuse(p) or refuse_window(p)
        if reason:
            return reason
        same = ("batches", "in_h", "in_w", "out_h", "out_w", "stride_h", "pad_top", "pad_left", "y_zero", "x_zero")
        params: dict[str, Param] = {name: call.params[name] for name in same}
        pairs = p["kernel_w"] // 2 + 1
        columns = min(p["out_w"], (WORDS + 1 - pairs) * 2 & ~3)
        params |= {"channels": p["in_c"], "kernel_w": p["kernel_w"], "columns": columns}
        params |= {"w": unpack_weights(p).ravel(), **p.scaling()}
        return replace(call, kernel="depthwise_dsp_rows", params=params, in_place=_in_place(p, columns))


def refuse_window(p: Fields) -> str | None:
    """Why the form cannot do a call that `refuse` lets pass."""
    steps = tuple(p[name] for name in ("kernel_h", "stride_w", "dilation_w"))
    if steps != (1, 1, 1) or not 2 <= p["kernel_w"] <= MOST_TAPS:
        return f"kernel ({p['kernel_h']}, {p['kernel_w']}) by {steps[1:]}, expected (1, 2..{MOST_TAPS}) by (1, 1)"
    if p["out_w"] <= 2:
        return f"{p['out_w']} outputs a row, expected 3 or more"
    return None


def _in_place(p: Fields, columns: int) -> bool:
    """Whether no row overwrites, in an output that starts where x starts, a row of x that is still to be read."""
    if p["batches"] > 1 or columns < p["out_w"]:
        return False
    rows = [i * p["stride_h"] - p["pad_top"] for i in range(p["out_h"])]
    return all(row < 0 or row >= p["in_h"] or i * p["out_w"] <= row * p["in_w"] for i, row in enumerate(rows))


VARIANT = DepthwiseDspRows()

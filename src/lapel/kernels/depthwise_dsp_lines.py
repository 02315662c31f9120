"""Depthwise convolution with larger kernels on Armv7E-M and Armv8-M: a ring of spread lines, two taps an instruction."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.kernels import depthwise_dsp_rows, depthwise_dsp_strips
from lapel.kernels.depthwise_dsp import Fields, refuse, unpack_weights

MOST_PAIRS, MOST_LINES, ROOM = 8, 15, 136
"""LAPEL_DEPTHWISE_DSP_LINES_PAIRS, ..._MOST and ..._ROOM."""


class DepthwiseDspLines:
    """The kernel `depthwise_dsp_lines`."""

    def specialize(self, call: Call) -> Call | str:
        p = Fields(call.params)
        reason = refuse(p) or _refuse_window(p)
        if reason:
            return reason
        same = ("batches", "in_h", "in_w", "out_h", "out_w", "kernel_h", "kernel_w", "stride_h", "stride_w")
        params: dict[str, Param] = {name: call.params[name] for name in same}
        params |= {name: call.params[name] for name in ("pad_top", "pad_left", "y_zero", "x_zero")}
        phases, pairs = _lines(p)
        tiles = -(-p["out_w"] // _most_columns(p))
        columns = p["out_w"] if tiles == 1 else -(-p["out_w"] // (4 * tiles)) * 4
        params |= {"channels": p["in_c"], "columns": columns, "phases": phases, "pairs": pairs}
        params |= {"w": unpack_weights(p).ravel(), **p.scaling()}
        return replace(call, kernel="depthwise_dsp_lines", params=params, in_place=_in_place(p, columns))


def _refuse_window(p: Fields) -> str | None:
    dilation = p["dilation_h"], p["dilation_w"]
    if dilation != (1, 1):
        return f"dilation {dilation}, expected (1, 1)"
    for name, form in (("rows", depthwise_dsp_rows), ("strips", depthwise_dsp_strips)):
        if form.refuse_window(p) is None:
            return f"depthwise_dsp_{name} is faster for a kernel ({p['kernel_h']}, {p['kernel_w']})"
    if _most_columns(p) < 4:
        return f"kernel ({p['kernel_h']}, {p['kernel_w']}), whose weights leave no room for 4 columns of x"
    return None


def _lines(p: Fields) -> tuple[int, int]:
    """Of a row as many lines as it has phases, and the pairs of taps in each."""
    phases = min(p["stride_w"], p["kernel_w"])
    taps = -(-p["kernel_w"] // p["stride_w"])
    return phases, taps // 2 + 1


def _most_columns(p: Fields) -> int:
    """Of a tile, a multiple of 4."""
    phases, pairs = _lines(p)
    lines = p["kernel_h"] * phases
    if lines > MOST_LINES or pairs > MOST_PAIRS:
        return 0
    words = ROOM // lines - 2 * pairs
    return max(0, (words + 1 - pairs) * 2 & ~3)


def _in_place(p: Fields, columns: int) -> bool:
    """Whether no row overwrites, in an output that starts where x starts, a row of x that is still to be read."""
    if p["batches"] > 1 or columns < p["out_w"]:
        return False
    for written in range(1, p["out_h"]):
        row = (written - 1) * p["stride_h"] + max(p["kernel_h"], p["stride_h"]) - p["pad_top"]
        if max(row, 0) < p["in_h"] and written * p["out_w"] > max(row, 0) * p["in_w"]:
            return False
    return True


VARIANT = DepthwiseDspLines()

"""Depthwise convolution, larger kernels, on Armv7E-M and Armv8-M: a ring of spread lines, two taps an instruction."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.runtime.source import define
from lapel.variants import depthwise_dsp_rows, depthwise_dsp_strips
from lapel.variants.depthwise_dsp import Fields, has_border, refuse, unpack_weights

MOST_PAIRS, MOST_ROWS, ROOM = (define(f"LAPEL_DEPTHWISE_DSP_LINES_{name}") for name in ("PAIRS", "MOST", "ROOM"))


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
        tiles = -(-p["out_w"] // _most_columns(p))
        columns = p["out_w"] if tiles == 1 else -(-p["out_w"] // (4 * tiles)) * 4
        params |= {"channels": p["in_c"], "columns": columns, "pairs": _pairs(p)}
        params |= {"w": unpack_weights(p).ravel(), **p.scaling()}
        return replace(call, kernel="depthwise_dsp_lines", params=params, in_place=_in_place(p, columns))


def _refuse_window(p: Fields) -> str | None:
    steps = tuple(p[name] for name in ("stride_w", "dilation_h", "dilation_w"))
    if steps not in ((1, 1, 1), (2, 1, 1)):
        return f"stride_w and dilation {steps}, expected 1 or 2 and (1, 1)"
    if p["kernel_h"] > MOST_ROWS or _pairs(p) > MOST_PAIRS:
        return f"kernel ({p['kernel_h']}, {p['kernel_w']}), expected at most ({MOST_ROWS}, {2 * MOST_PAIRS - 1})"
    for name, form in (("rows", depthwise_dsp_rows), ("strips", depthwise_dsp_strips)):
        if form.refuse_window(p) is None:
            return f"depthwise_dsp_{name} is faster for a kernel ({p['kernel_h']}, {p['kernel_w']})"
    if _most_columns(p) < 4:
        return f"kernel ({p['kernel_h']}, {p['kernel_w']}), whose weights leave no room for 4 columns of x"
    here, pixels = _instructions(p), _instructions_of_pixels(p)
    if 5 * here >= 4 * pixels:  # with more loads among them, an instruction here takes more cycles
        return f"few outputs: about {here} instructions a channel, {pixels} pixel by pixel"
    return None


def _pairs(p: Fields) -> int:
    """Pairs of taps in a row; with stride 1 either neighbour of two has its own, and one tap is in two of them."""
    return p["kernel_w"] // 2 + 1 if p["stride_w"] == 1 else -(-p["kernel_w"] // 2)


def _most_columns(p: Fields) -> int:
    """Of a tile, a multiple of 4: what fits the room beside the weights."""
    pairs, stride = _pairs(p), p["stride_w"]
    words = ROOM // p["kernel_h"] - pairs * (3 - stride)
    return max(0, (words + 1 - pairs) * 2 // stride & ~3)


def _instructions(p: Fields) -> int:
    """Of a channel, within a tenth of what is counted on the emulated core: weights, lines, sums, outputs."""
    rows, pairs = p["kernel_h"], _pairs(p)
    weights = 100 + rows * (20 + 14 * pairs)
    spread = (rows + (p["out_h"] - 1) * min(p["stride_h"], rows)) * (30 + 7 * p["in_w"] // 2)
    sums = p["out_h"] * (45 + -(-p["out_w"] // 4) * (30 + rows * (7 + 6 * pairs)) + 13 * p["out_w"])
    return p["batches"] * (weights + spread + sums)


def _instructions_of_pixels(p: Fields) -> int:
    """Likewise of `depthwise_dsp`, or of the portable kernel, which is as fast where taps are outside the image."""
    taps = p["kernel_h"] * p["kernel_w"]
    return p["batches"] * p["out_h"] * p["out_w"] * (42 + (42 if has_border(p) else 35) * taps // 10)


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

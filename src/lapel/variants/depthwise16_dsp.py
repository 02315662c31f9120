"""`depthwise16` on the DSP extension: two channels of two pixels at a time, each tap of both in one load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.variants.packing16 import dsp_scales, narrow_problem, number, pack_taps, table
from lapel.variants.variant import Variant

KEPT = (
    "batches", "in_h", "in_w", "out_h", "out_w", "kernel_h", "kernel_w", "stride_h", "stride_w", "dilation_h",
    "dilation_w", "pad_top", "pad_left",
)  # fmt: skip


class Depthwise16Dsp:
    def specialize(self, call: Call) -> Call | str:
        p = call.params
        problem = channel_problem(p)
        if problem:
            return problem
        words = pack_taps(table(p, "w").reshape(number(p, "kernel_h"), number(p, "kernel_w"), -1))
        shape = {"channels": p["out_c"], "row_words": words.shape[2], "w": words}
        # A pair of channels is read before both are written.
        return replace(
            call, kernel="depthwise16_dsp", params={**{k: p[k] for k in KEPT}, **dsp_scales(p), **shape}, ahead=0
        )


def channel_problem(params: Mapping[str, Param]) -> str:
    """Why an output is no sum of 32 bits over a channel of its own; empty if it is."""
    if params["multiplier"] != 1:
        return "it has a channel multiplier"
    return narrow_problem(params, channel_axis=2)


VARIANT: Variant = Depthwise16Dsp()

"""`conv16` on the DSP extension: two channels of two pixels at a time, sixteen multiplications in eight SMLAD."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.variants.packing16 import GROUP, dsp_scales, narrow_problem, number, pack_rows, table
from lapel.variants.variant import Variant

KEPT = (
    "batches", "in_h", "in_w", "in_c", "out_h", "out_w", "out_c", "kernel_h", "kernel_w", "stride_h", "stride_w",
    "dilation_h", "pad_top", "pad_left",
)  # fmt: skip


class Conv16Dsp:
    def specialize(self, call: Call) -> Call | str:
        p = call.params
        problem = window_problem(p)
        if problem:
            return problem
        words = pack_rows(table(p, "w").reshape(number(p, "out_c"), number(p, "kernel_h"), -1))
        params = {**{k: p[k] for k in KEPT}, **dsp_scales(p, GROUP), "w": words, "row_blocks": words.shape[2]}
        return replace(call, kernel="conv16_dsp", params=params, ahead=2)


def window_problem(params: Mapping[str, Param]) -> str:
    """Why windows are no runs of values whose sums have 32 bits; empty if they are."""
    if params["groups"] != 1 or (params["dilation_w"] != 1 and params["kernel_w"] != 1):
        return "it has groups or is dilated"
    return narrow_problem(params, channel_axis=0)


VARIANT: Variant = Conv16Dsp()

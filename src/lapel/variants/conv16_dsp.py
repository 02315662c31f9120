"""`conv16` on the DSP extension: two channels of two pixels at a time, sixteen multiplications in eight SMLAD."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.variants.packing16 import narrow_problem, number, pack_rows, scales, table
from lapel.variants.variant import Variant

KEPT = (
    "batches", "in_h", "in_w", "in_c", "out_h", "out_w", "out_c", "kernel_h", "kernel_w", "stride_h", "stride_w",
    "dilation_h", "pad_top", "pad_left",
)  # fmt: skip


class Conv16Dsp:
    def specialize(self, call: Call) -> Call | str:
        p = call.params
        problem = narrow_problem(p, channel_axis=0)
        if p["groups"] != 1 or (p["dilation_w"] != 1 and p["kernel_w"] != 1):
            problem = "it has groups or is dilated"
        if problem:
            return problem
        words = pack_rows(table(p, "w").reshape(number(p, "out_c"), number(p, "kernel_h"), -1))
        params = {**{k: p[k] for k in KEPT}, **scales(p), "w": words, "row_blocks": words.shape[2]}
        return replace(call, kernel="conv16_dsp", params=params, ahead=2)


VARIANT: Variant = Conv16Dsp()

"""`dense16` on the DSP extension: two outputs at a time, eight multiplications in four SMLAD."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.variants.packing16 import GROUP, dsp_scales, narrow_problem, pack_rows, table
from lapel.variants.variant import Variant

KEPT = ("batches", "inputs", "outputs")


class Dense16Dsp:
    def specialize(self, call: Call) -> Call | str:
        p = call.params
        problem = narrow_problem(p, channel_axis=0)
        if problem:
            return problem
        words = pack_rows(table(p, "w")[:, None, :])
        return replace(
            call, kernel="dense16_dsp", params={**{k: p[k] for k in KEPT}, **dsp_scales(p, GROUP), "w": words}
        )


VARIANT: Variant = Dense16Dsp()

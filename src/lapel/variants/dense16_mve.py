"""`dense16` on Helium: four outputs at a time, with the weights as they are."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.variants.dense16_dsp import KEPT
from lapel.variants.packing16 import narrow_problem, scales
from lapel.variants.variant import Variant


class Dense16Mve:
    def specialize(self, call: Call) -> Call | str:
        problem = narrow_problem(call.params, channel_axis=0)
        if problem:
            return problem
        kept = {k: call.params[k] for k in (*KEPT, "w")}
        return replace(call, kernel="dense16_mve", params={**kept, **scales(call.params, multiple=4)})


VARIANT: Variant = Dense16Mve()

"""`conv16` on Helium: two channels of two pixels at a time, with the weights as they are."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.variants.conv16_dsp import KEPT, window_problem
from lapel.variants.packing16 import scales
from lapel.variants.variant import Variant


class Conv16Mve:
    def specialize(self, call: Call) -> Call | str:
        problem = window_problem(call.params)
        if problem:
            return problem
        kept = {k: call.params[k] for k in (*KEPT, "w")}
        return replace(call, kernel="conv16_mve", params={**kept, **scales(call.params, multiple=4)}, ahead=2)


VARIANT: Variant = Conv16Mve()

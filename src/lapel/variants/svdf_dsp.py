"""`svdf` on the DSP extension: four features at a time, and four results of a filter over time."""

from __future__ import annotations

from lapel.ir import Call
from lapel.variants.sums import pack_dsp, specialize_svdf
from lapel.variants.variant import Variant


class SvdfDsp:
    def specialize(self, call: Call) -> Call | str:
        return specialize_svdf(call, "svdf_dsp", pack_dsp)


VARIANT: Variant = SvdfDsp()

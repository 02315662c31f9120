"""`svdf` on Helium: four features at a time, and sixteen results of a filter over time."""

from __future__ import annotations

from lapel.ir import Call
from lapel.variants.sums import pack_mve, specialize_svdf
from lapel.variants.variant import Variant


class SvdfMve:
    def specialize(self, call: Call) -> Call | str:
        return specialize_svdf(call, "svdf_mve", pack_mve)


VARIANT: Variant = SvdfMve()

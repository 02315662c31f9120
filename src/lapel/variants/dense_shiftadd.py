"""`dense` without multiplications: values are added up by the weight that they meet, weights of 1, 2 or 4 bits."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.variants.shiftadd import pack_layer
from lapel.variants.variant import Variant


class DenseShiftadd:
    def specialize(self, call: Call) -> Call | str:
        packed = pack_layer(call.params)
        if isinstance(packed, str):
            return packed
        return replace(call, kernel="dense_shiftadd", params={**packed, "batches": call.params["batches"]})


VARIANT: Variant = DenseShiftadd()

"""`dense` on the DSP extension: four outputs at a time, sixteen multiplications in sixteen instructions."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.variants.packing import pack_layer
from lapel.variants.variant import Variant

KEPT = ("batches", "inputs", "outputs", "y_zero", "lo", "hi")


class DenseDsp:
    def specialize(self, call: Call) -> Call | str:
        packed = pack_layer(call.params)
        if isinstance(packed, str):
            return packed
        return replace(call, kernel="dense_dsp", params={**{k: call.params[k] for k in KEPT}, **packed})


VARIANT: Variant = DenseDsp()

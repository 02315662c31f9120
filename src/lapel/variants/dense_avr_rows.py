"""`dense` on 8-bit AVR cores for several rows; for one, `dense_avr` takes less stack."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.variants.avrpacking import pack_rows
from lapel.variants.variant import Variant


class DenseAvrRows:
    def specialize(self, call: Call) -> Call | str:
        batches = call.params["batches"]
        if batches == 1:
            return "it takes one row, expected several"
        packed = pack_rows(call.params)
        if isinstance(packed, str):
            return packed
        return replace(call, kernel="dense_avr_rows", params={**packed, "batches": batches})


VARIANT: Variant = DenseAvrRows()

"""`dense` on 8-bit AVR cores where 16 bits hold sums and multipliers: as `dense_avr_narrow`, with a shorter end."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.variants.avrpacking import pack_fitted
from lapel.variants.variant import Variant


class DenseAvrFitted:
    def specialize(self, call: Call) -> Call | str:
        if call.params["batches"] != 1:
            return f"it takes {call.params['batches']} rows, expected one"
        packed = pack_fitted(call.params)
        return packed if isinstance(packed, str) else replace(call, kernel="dense_avr_fitted", params=packed)


VARIANT: Variant = DenseAvrFitted()

"""`dense` on 8-bit AVR cores where 16 bits hold every sum, as of weights of 4 bits: 7 cycles a multiplication."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.variants.avrpacking import pack_rows
from lapel.variants.variant import Variant


class DenseAvrNarrow:
    def specialize(self, call: Call) -> Call | str:
        if call.params["batches"] != 1:
            return f"it takes {call.params['batches']} rows, expected one"
        packed = pack_rows(call.params, bits=16)
        return packed if isinstance(packed, str) else replace(call, kernel="dense_avr_narrow", params=packed)


VARIANT: Variant = DenseAvrNarrow()

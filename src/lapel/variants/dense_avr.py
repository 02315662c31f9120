"""`dense` on 8-bit AVR cores with a multiplier: eight outputs at a time, in 8 cycles a multiplication."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.variants.avrpacking import pack_rows
from lapel.variants.variant import Variant


class DenseAvr:
    def specialize(self, call: Call) -> Call | str:
        if call.params["batches"] != 1:
            return f"it takes {call.params['batches']} rows, expected one"
        packed = pack_rows(call.params)
        return packed if isinstance(packed, str) else replace(call, kernel="dense_avr", params=packed)


VARIANT: Variant = DenseAvr()

"""`conv` on 8-bit AVR cores with a multiplier: each window as a row of values, in 8 cycles a multiplication."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.variants.avrpacking import LANES, pack_rows
from lapel.variants.variant import Variant
from lapel.variants.windowrows import are_runs, find_windows


class ConvAvr:
    def specialize(self, call: Call) -> Call | str:
        if call.params["groups"] != 1:
            return "it has groups"
        windows, packed = find_windows(call.params), pack_rows(call.params)
        if isinstance(windows, str) or isinstance(packed, str):
            return windows if isinstance(windows, str) else str(packed)
        found = replace(call, kernel="conv_avr", params={**windows, **packed})
        if are_runs(call.params):
            # A window is read in place, once more for each block of outputs.
            return replace(found, ahead=0 if packed["outputs"] == LANES else 1, scratch_bytes=0)
        values = packed["inputs"]
        assert isinstance(values, int)
        return replace(found, ahead=0, scratch_bytes=values)


VARIANT: Variant = ConvAvr()

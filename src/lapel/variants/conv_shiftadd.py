"""`conv` without multiplications: a window at a time, weights of 1, 2 or 4 bits."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.variants.shiftadd import pack_layer
from lapel.variants.variant import Variant
from lapel.variants.windowrows import are_runs, find_windows


class ConvShiftadd:
    def specialize(self, call: Call) -> Call | str:
        if call.params["groups"] != 1:
            return "it has groups"
        windows, packed = find_windows(call.params), pack_layer(call.params)
        if isinstance(windows, str) or isinstance(packed, str):
            return windows if isinstance(windows, str) else str(packed)
        found = replace(call, kernel="conv_shiftadd", params={**windows, **packed})
        if are_runs(call.params):
            # A window is read in place, once more for each output.
            return replace(found, ahead=0 if packed["outputs"] == 1 else 1, scratch_bytes=0)
        values = packed["inputs"]
        assert isinstance(values, int)
        return replace(found, ahead=0, scratch_bytes=values)


VARIANT: Variant = ConvShiftadd()

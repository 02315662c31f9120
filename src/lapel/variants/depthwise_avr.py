"""`depthwise` on 8-bit AVR cores with a multiplier: a window is gathered, and four channels at a time summed up."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.variants.avrpacking import LANES_OF_TAPS, pack_lanes
from lapel.variants.variant import Variant
from lapel.variants.windowrows import are_runs, find_windows


class DepthwiseAvr:
    def specialize(self, call: Call) -> Call | str:
        if call.params["multiplier"] != 1:
            return f"its multiplier is {call.params['multiplier']}, expected 1"
        windows, packed = find_windows(call.params), pack_lanes(call.params)
        if isinstance(windows, str) or isinstance(packed, str):
            return windows if isinstance(windows, str) else str(packed)
        found = replace(call, kernel="depthwise_avr", params={**windows, **packed})
        taps, channels = packed["inputs"], packed["outputs"]
        assert isinstance(taps, int) and isinstance(channels, int)
        if are_runs(call.params):
            # A window is read in place, other channels of it after the first ones were written.
            return replace(found, ahead=0 if channels in (1, LANES_OF_TAPS) else 1, scratch_bytes=0)
        return replace(found, ahead=0, scratch_bytes=taps * channels)


VARIANT: Variant = DepthwiseAvr()

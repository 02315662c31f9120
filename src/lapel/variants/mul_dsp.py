"""Elementwise products on Armv7E-M and Armv8-M: two differences an instruction, and four for the two roundings."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call

DROPPED = ("shift", "y_zero")
MOST_RIGHT = 22
"""(zero + 1/2) << right plus a product below 2^17 stays in int32."""


class MulDsp:
    """The kernel `mul_dsp`."""

    def specialize(self, call: Call) -> Call | str:
        p = {k: v for k, v in call.params.items() if isinstance(v, int)}
        right = -p["shift"]
        if not 1 <= right <= MOST_RIGHT:
            return f"the multiplier's shift is {p['shift']}, expected -{MOST_RIGHT}..-1"
        kept = {k: v for k, v in call.params.items() if k not in DROPPED}
        offset = (2 * p["y_zero"] + 1) << (right - 1)
        return replace(call, kernel="mul_dsp", params={**kept, "right": right, "offset": offset})


VARIANT = MulDsp()

"""Sums on Armv7E-M and Armv8-M: two multiply-adds and a shift, where these have the bits of the definition."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.variants.lines import LOOPS, NONE, find_line

CUT, RIGHT = 8, 21
"""Of SMLAW with an operand in the upper byte of a half, and of the kernel's SSAT."""


class AddDsp:
    """The kernel `add_dsp`."""

    def specialize(self, call: Call) -> Call | str:
        line = find_line(call.params, CUT, RIGHT)
        if line is None:
            return NONE
        loops = {name: call.params[name] for name in LOOPS}
        params = {**loops, "a_mul": line.a_mul, "b_mul": line.b_mul, "add": line.add}
        return replace(call, kernel="add_dsp", params=params)


VARIANT = AddDsp()

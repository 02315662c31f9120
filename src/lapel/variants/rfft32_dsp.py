"""`rfft32` on the DSP extension: two products are added in 64 bits by two instructions, and rounded by one."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call


class Rfft32Dsp:
    """The kernel `rfft32_dsp`, which works in place as the portable one does."""

    def specialize(self, call: Call) -> Call | str:
        return replace(call, kernel="rfft32_dsp")


VARIANT = Rfft32Dsp()

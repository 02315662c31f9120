"""Greatest elements on Armv7E-M and Armv8-M: SSUB8 compares four neighbouring outputs, SEL takes the greater ones."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call


class ReduceMaxDsp:
    """The kernel `reducemax_dsp`."""

    def specialize(self, call: Call) -> Call | str:
        kept, strides = call.params["kept"], call.params["kept_strides"]
        assert isinstance(kept, tuple) and isinstance(strides, tuple)
        if strides[2] != 1 or kept[2] < 4:
            return f"outputs lie {strides[2]} elements of x apart, {kept[2]} in a row, expected 1 and at least 4"
        return replace(call, kernel="reducemax_dsp")


VARIANT = ReduceMaxDsp()

"""Elementwise products on Helium, four elements at a time."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call


class MulMve:
    """The kernel `mul_mve`."""

    def specialize(self, call: Call) -> Call | str:
        shift = call.params["shift"]
        assert isinstance(shift, int)
        if shift > -1:
            return "the multiplier is one half or more"
        kept = {k: v for k, v in call.params.items() if k != "shift"}
        return replace(call, kernel="mul_mve", params={**kept, "right": -shift})


VARIANT = MulMve()

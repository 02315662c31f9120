"""Average pooling on Helium, eight channels at a time."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call

CELLS = 255
"""So many int8 add up to 16 bits."""


class AvgpoolMve:
    def specialize(self, call: Call) -> Call | str:
        p = {k: v for k, v in call.params.items() if isinstance(v, int)}
        if p["kernel_h"] * p["kernel_w"] > CELLS:
            return f"windows of more than {CELLS} cells"
        return replace(call, kernel="avgpool_mve", ahead=0)  # eight channels are read before they are written


VARIANT = AvgpoolMve()

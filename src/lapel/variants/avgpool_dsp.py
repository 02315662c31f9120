"""Mean of windows on Armv7E-M and Armv8-M: two channels an instruction, summed in 16 bits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Call

MOST_CELLS = 256
"""-128 so many times is the least int16."""


class AvgPoolDsp:
    """The kernel `avgpool_dsp`."""

    def specialize(self, call: Call) -> Call | str:
        p = {k: int(v) for k, v in call.params.items() if isinstance(v, (int, np.integer))}
        if p["channels"] < 4:
            return f"{p['channels']} channels, expected 4 or more"
        cells = min(p["kernel_h"], p["in_h"]) * min(p["kernel_w"], p["in_w"])
        if cells > MOST_CELLS:
            return f"windows of {cells} cells, expected at most {MOST_CELLS}"
        return replace(call, kernel="avgpool_dsp", ahead=1)  # the last channels of a pixel may be done twice


VARIANT = AvgPoolDsp()

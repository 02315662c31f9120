"""`conv` on the DSP extension for windows that `conv_dsp` does not take: for which it has no room on the stack, whose
sums or multipliers are too large for it, or that are dilated in width.

Such a window is read a part at a time, each part multiplied with the weights of up to 32 channels. Parts are read in
place where enough values lie side by side, so that a large window is never gathered as a whole. The sums of two
channels that one multiplication makes (packing.py) are separated after each part, and so do not limit its length.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.runtime.source import define
from lapel.variants.conv_dsp import KEPT, gathering
from lapel.variants.packing import GROUP, pack_layer, pack_sums
from lapel.variants.variant import Variant

CHANNELS = GROUP * define("LAPEL_CONV_DSP_PARTS_GROUPS")
"""More of them take several passes over the window."""
FEWEST_PRODUCTS = 16
"""Of a tap that is copied alone: for less, the copy takes longer than the portable kernel's multiplications."""
FINISH = ("mul", "shift", "per_channel", "plain")


class ConvDspParts:
    def specialize(self, call: Call) -> Call | str:
        p = call.params
        if p["groups"] != 1:
            return "it has groups"
        if not isinstance(gathering(p), str) and not isinstance(pack_layer(p), str):
            return "its windows are small"
        in_c, out_c = _int(p, "in_c"), _int(p, "out_c")
        if _int(p, "dilation_w") != 1 and in_c * min(out_c, CHANNELS) < FEWEST_PRODUCTS:
            return f"{in_c} channels to {out_c}, with taps apart, are too few"
        packed = pack_sums(p)
        if isinstance(packed, str):
            return packed
        blocks = -(-_int(p, "kernel_h") * _int(p, "kernel_w") * in_c // 4)
        params = {**{k: p[k] for k in (*KEPT, *FINISH, "dilation_w")}, "w": packed, "blocks": blocks}
        # A pass over the window ends in the outputs of its channels: only the last one has read all before.
        ahead = 0 if out_c <= CHANNELS else 1
        return replace(call, kernel="conv_dsp_parts", params=params, ahead=ahead)


def _int(params: Mapping[str, Param], name: str) -> int:
    value = params[name]
    assert isinstance(value, (int, np.integer))
    return int(value)


VARIANT: Variant = ConvDspParts()

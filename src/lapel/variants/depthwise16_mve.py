"""`depthwise16` on Helium: eight channels at a time, with the weights as they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.variants.depthwise16_dsp import KEPT, channel_problem
from lapel.variants.packing16 import scales, table
from lapel.variants.variant import Variant

LANES = 8


class Depthwise16Mve:
    def specialize(self, call: Call) -> Call | str:
        p = call.params
        problem = channel_problem(p)
        if problem:
            return problem
        params = {**{k: p[k] for k in (*KEPT, "w", "lo", "hi")}, "channels": p["out_c"], "table": _table(call)}
        # Eight channels are read before they are written.
        return replace(call, kernel="depthwise16_mve", params=params, ahead=0)


def _table(call: Call) -> np.ndarray:
    """int32 [eights, 3, 2, 4]: bias, mul and drop of the even and of the odd channels."""
    s = scales(call.params, LANES)
    count = len(table(s, "bias"))
    columns = [np.resize(table(s, k), count).astype(np.int32) for k in ("bias", "mul", "drop")]
    return np.ascontiguousarray(np.stack(columns).reshape(3, -1, 4, 2).transpose(1, 0, 3, 2))


VARIANT: Variant = Depthwise16Mve()

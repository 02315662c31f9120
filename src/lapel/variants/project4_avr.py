"""`project4` on 8-bit AVR cores with a multiplier: eight outputs at a time, 9 cycles a multiplication."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.variants.avrnibbles import blocks, modular, reach, weights
from lapel.variants.variant import Variant


class Project4Avr:
    """The kernel `project4_avr`."""

    def specialize(self, call: Call) -> Call | str:
        p = call.params
        if p["batches"] != 1:
            return f"it takes {p['batches']} rows, expected one"
        w, bias, drop = weights(p["w"], p["inputs"]), p["bias"], p["drop"]
        assert isinstance(bias, np.ndarray) and isinstance(drop, int)
        (low, high), wide = reach(w), bias.astype(np.int64)
        if (low + wide).min() < -(2**15) or (high + wide).max() >= 2**15:
            return "a sum could reach 2^15"
        if drop > 15:
            return f"sums are shifted by {drop} bits, expected 15 at most"
        params = {
            "w": blocks(w),
            "bias": modular(wide - 128 * w.sum(axis=1)),
            "inputs": p["inputs"],
            "outputs": p["outputs"],
            "drop": drop,
        }
        return replace(call, kernel="project4_avr", params=params)


VARIANT: Variant = Project4Avr()

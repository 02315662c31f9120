"""`fastgrnn4` on 8-bit AVR cores with a multiplier: states times eight units at a time, 9 cycles a multiplication."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.variants.avrnibbles import blocks, modular, reach, weights
from lapel.variants.variant import Variant

LEAST_DROP, MOST_DROP = 9, 23
"""Of sums: a byte is dropped first, and then so much that 15 is the most. Sums of a smaller shift are given more bits,
which drops the same."""
MOST_NU = 2**14
"""With what zeta may add to it, int16."""


class FastGrnn4Avr:
    """The kernel `fastgrnn4_avr`."""

    def specialize(self, call: Call) -> Call | str:
        p = call.params
        drop, nu = _int(p["drop"]), _int(p["nu"])
        if drop > MOST_DROP:
            return f"sums are shifted by {drop} bits, expected at most {MOST_DROP}"
        if nu > MOST_NU:
            return f"nu is {nu}, expected at most {MOST_NU}"
        w, u = weights(p["w"], p["inputs"]), weights(p["u"], p["units"])
        more = max(0, LEAST_DROP - drop)
        ends = [(reach(rows), _int(p[left]) + more) for rows, left in ((w, "x_left"), (u, "s_left"))]
        if min(low.min() for (low, _), _ in ends) < -(2**15) or max(high.max() for (_, high), _ in ends) >= 2**15:
            return "a sum of products could reach 2^15"
        most = sum(np.maximum(-low, high) << left for (low, high), left in ends)
        gate, update = (_table(p[name]) << more for name in ("gate", "update"))
        if max(int((most + np.abs(bias)).max()) for bias in (gate, update)) >= 2**23:
            return "a sum could reach 2^23"
        units = {unit: 1 << left for unit, (_, left) in zip(("x_unit", "s_unit"), ends, strict=True)}
        sums: dict[str, Param] = {"gate": gate.astype(np.int32), "update": update.astype(np.int32)}
        sums["drop"] = drop + more - 8
        kept = {name: p[name] for name in ("w", "table", "scratch", "inputs", "units", "zeta", "nu")}
        changed: dict[str, Param] = {"u": blocks(u), "u_bias": modular(-128 * u.sum(axis=1)), **units, **sums}
        return replace(call, kernel="fastgrnn4_avr", params={**kept, **changed})


def _table(value: Param) -> np.ndarray:
    assert isinstance(value, np.ndarray)
    return value.astype(np.int64)


def _int(value: Param) -> int:
    assert isinstance(value, int)
    return value


VARIANT: Variant = FastGrnn4Avr()

"""Elementwise sums on Helium, four elements at a time: with one rounding where that has the definition's bits."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.variants.lines import ARITHMETIC, LOOPS, find_line

EXACT = (*(name for name in ARITHMETIC if name not in ("b_high", "b_low", "b_round")), "b_scale", "b_sign")
"""Params that the definition's own arithmetic takes."""


class AddMve:
    """The kernel `add_mve`."""

    def specialize(self, call: Call) -> Call | str:
        loops = {name: call.params[name] for name in LOOPS}
        line = find_line(call.params, 0)
        if line is not None:
            terms = {"a_mul": line.a_mul, "b_mul": line.b_mul, "add": line.add, "right": line.right}
            return replace(call, kernel="add_mve", params={**loops, **dict.fromkeys(EXACT, 0), **terms})
        p = {k: v for k, v in call.params.items() if isinstance(v, int)}
        if not p["a_step"] * p["b_step"] and p["count"] > 1:
            return "an operand repeats in the innermost loop"
        return replace(call, kernel="add_mve", params={**loops, **_exact(p), "a_mul": 0, "add": 0, "right": 0})


def _exact(p: dict[str, int]) -> dict[str, Param]:
    mul = (p["b_high"] << 11) + p["b_low"] if p["b_high"] >= 0 else -(p["b_high"] << 11) - p["b_low"]
    scale = 20
    if mul == 1 << 31:  # twice one half does not fit: double the value instead
        mul, scale = mul // 2, scale + 1
    sign = 1 if p["b_high"] > 0 or p["b_low"] > 0 else -1
    kept = {name: p[name] for name in EXACT if name in p}
    return {**kept, "b_mul": mul, "b_scale": 1 << scale, "b_sign": sign}


VARIANT = AddMve()

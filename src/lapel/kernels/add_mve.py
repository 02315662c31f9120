"""Elementwise sums on Helium, four elements at a time."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call

DROPPED = ("b_high", "b_low", "b_round", "a_step", "b_step")


class AddMve:
    def specialize(self, call: Call) -> Call | str:
        p = {k: v for k, v in call.params.items() if isinstance(v, int)}
        if not p["a_step"] * p["b_step"] and p["count"] > 1:
            return "an operand repeats in the innermost loop"
        mul = (p["b_high"] << 11) + p["b_low"] if p["b_high"] >= 0 else -(p["b_high"] << 11) - p["b_low"]
        scale = 20
        if mul == 1 << 31:  # twice one half does not fit: double the value instead
            mul, scale = mul // 2, scale + 1
        kept = {k: v for k, v in call.params.items() if k not in DROPPED}
        sign = 1 if p["b_high"] > 0 or p["b_low"] > 0 else -1
        return replace(call, kernel="add_mve", params={**kept, "b_mul": mul, "b_scale": 1 << scale, "b_sign": sign})


VARIANT = AddMve()

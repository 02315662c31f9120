"""Sums on Armv7E-M and Armv8-M with all of the definition's roundings: where `add_dsp` finds no two multipliers.

That is where the output's halves are decided by the roundings of an operand, or where the output is much finer than the
operands. What the operand with the finer scale adds to the sum, two roundings of a product, has 256 values. They lie
near a line with an integer slope, so that a byte each is enough to have them exactly.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.variants.add_dsp import CUT, RIGHT
from lapel.variants.lines import ARITHMETIC, LOOPS, find_line, fine_terms

MOST_SHIFT = 23
"""A zero point at 2^shift times its value, a half and a product below 2^28 fit 32 bits."""


class AddDspTable:
    """The kernel `add_dsp_table`."""

    def specialize(self, call: Call) -> Call | str:
        if find_line(call.params, CUT, RIGHT) is not None:
            return "two multipliers do"
        p = {name: int(call.params[name]) for name in ARITHMETIC}  # type: ignore[arg-type]
        if p["y_shift"] > MOST_SHIFT:
            return f"a right shift of {p['y_shift']}, expected at most {MOST_SHIFT}"
        # Negated sums take a negated multiplier.
        sign = 1 if p["y_mul"] >= 0 else -1
        fine = 2 * sign * fine_terms(p)
        slope = round(int(fine[-1] - fine[0]) / 255)
        rest = fine - slope * np.arange(-128, 128)
        middle = int(rest.min() + rest.max()) // 2
        params = {name: call.params[name] for name in (*LOOPS, "y_shift")}
        params |= {
            "rest": (rest - middle).astype(np.int8),
            "a_mul": sign * 2**20,
            "b_mul": slope,
            "add": middle - sign * p["a_zero"] * 2**20,
            "y_mul": sign * p["y_mul"],
            "y_add": (2 * p["y_zero"] + 1) << (p["y_shift"] - 1),
        }
        assert int(np.abs(rest - middle).max()) <= 127
        return replace(call, kernel="add_dsp_table", params=params)


VARIANT = AddDspTable()

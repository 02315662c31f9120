"""Sums on Armv7E-M and Armv8-M: two multiply-adds and a shift, where these have the definition's bits for all operands.

The definition rounds four times, but it has only 256 * 256 pairs of operands. So multipliers near the real ones are
sought for which (a·a_mul + b·b_mul + add) >> right, saturated, is the same for every pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param

TILT = 12
"""Multipliers are tried up to so many units from the real ones: the tilt decides which way halves are rounded."""
MOST_RIGHT = 30
ARITHMETIC = ("a_zero", "b_high", "b_low", "b_round", "b_shift", "b_zero", "y_mul", "y_shift", "y_zero")
"""Params of the portable kernel that its outputs depend on."""
_BYTES = np.arange(-128, 128, dtype=np.int64)


@dataclass(frozen=True)
class Line:
    """y = saturate((a·a_mul + b·b_mul + add) >> right), each int32, as is the sum."""

    a_mul: int
    b_mul: int
    add: int
    right: int


class AddDsp:
    """The kernel `add_dsp`."""

    def specialize(self, call: Call) -> Call | str:
        line = find_line(call.params)
        if line is None:
            return "no two multipliers have the same bits for all pairs of operands"
        loops = {name: call.params[name] for name in ("count", "outer", "a_jump", "b_jump", "a_step", "b_step")}
        return replace(call, kernel="add_dsp", params={**loops, **vars(line)})


def find_line(params: Mapping[str, Param]) -> Line | None:
    """The multipliers and the sum, or None if there are none near the real ones."""
    return _search(tuple((k, int(params[k])) for k in ARITHMETIC))  # type: ignore[arg-type]


@cache
def _search(arithmetic: tuple[tuple[str, int], ...]) -> Line | None:
    p = dict(arithmetic)
    want = definition(p)
    real = real_multipliers(p)
    bound = 255 * sum(map(abs, real)) + 257
    right = min(MOST_RIGHT, int(np.floor(31 - np.log2(bound))))
    if right < 1:
        return None
    near = [round(r * 2.0**right) for r in real]
    tilt = np.arange(-TILT, TILT + 1)
    da, db = (d.ravel() for d in np.meshgrid(tilt, tilt, indexing="ij"))
    order = np.argsort(np.abs(da) + np.abs(db), kind="stable")
    da, db = da[order], db[order]
    value = (_BYTES[:, None] * near[0] + _BYTES[None, :] * near[1]).ravel()
    for part in (slice(0, 1), slice(1, 25), slice(25, None)):  # the smallest tilts mostly do
        low, high = _bounds(want.ravel(), value, right, da[part], db[part])
        found = np.flatnonzero(low <= high)
        if len(found) > 0:
            k = found[0]
            line = Line(near[0] + int(da[part][k]), near[1] + int(db[part][k]), int(low[k] + high[k]) // 2, right)
            return line if 128 * (abs(line.a_mul) + abs(line.b_mul)) + abs(line.add) < 2**31 else None
    return None


def _bounds(
    want: np.ndarray, value: np.ndarray, right: int, da: np.ndarray, db: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest addend for each tilt (da, db) of the multipliers; empty where least > greatest.

    want <= (value + tilt + add) / 2^right < want + 1 for every pair; but an output that is saturated has one bound.
    """
    a, b = (g.ravel() for g in np.meshgrid(_BYTES, _BYTES, indexing="ij"))
    least, most = (want << right) - value, ((want + 1) << right) - 1 - value
    sides = []
    for bound, holds, sign in ((least, want > -128, 1), (most, want < 127, -1)):
        if not holds.any():
            sides.append(np.full(len(da), -sign * 2**30))
            continue
        # A tilt moves a value by at most 256 * TILT: only the pairs that are so near to the tightest one matter.
        near = holds & (bound * sign >= (bound[holds] * sign).max() - 512 * TILT)
        moved = bound[near][None, :] - da[:, None] * a[near] - db[:, None] * b[near]
        sides.append((moved * sign).max(axis=1) * sign)
    return sides[0], sides[1]


def real_multipliers(p: Mapping[str, int]) -> tuple[float, float]:
    """What a and b are multiplied by in real arithmetic."""
    scale = p["y_mul"] * 2.0 ** -(32 + p["y_shift"])
    return scale * 2.0**20, scale * (p["b_high"] * 2.0**11 + p["b_low"]) * 2.0 ** (1 - 11 - p["b_shift"])


def definition(p: Mapping[str, int]) -> np.ndarray:
    """The portable kernel's outputs, int64 [a, b] from -128 up: what runtime/add.c computes, step by step."""
    a, b = _BYTES - p["a_zero"], _BYTES - p["b_zero"]
    fine = b * p["b_high"] + ((b * p["b_low"] + p["b_round"]) >> 11)
    fine = (fine + (1 << (p["b_shift"] - 1)) + (fine >> 31)) >> p["b_shift"]
    total = a[:, None] * (1 << 20) + 2 * fine[None, :]
    half = (1 << (p["y_shift"] - 1)) + np.where((total < 0) != (p["y_mul"] < 0), -1, 0)
    scaled = ((total * p["y_mul"] + (half << 32) + (1 << 31)) >> 32) >> p["y_shift"]
    return np.asarray(np.clip(scaled + p["y_zero"], -128, 127))


VARIANT = AddDsp()

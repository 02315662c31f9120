"""Sums with one rounding, for cores with multiply-adds: where these have the bits of the definition for all operands.

The definition rounds four times, but it has only 256 * 256 pairs of operands. So multipliers near the real ones are
sought for which (floor(a·a_mul / 2^cut) + floor(b·b_mul / 2^cut) + add) >> right, saturated, is right for every pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from lapel.ir.op import Param

TILT = 12
"""Multipliers are tried up to so many times 2^cut from the real ones: the tilt decides which way halves are rounded."""
MOST_RIGHT = 30
ARITHMETIC = ("a_zero", "b_high", "b_low", "b_round", "b_shift", "b_zero", "y_mul", "y_shift", "y_zero")
"""Params of the portable kernel that its outputs depend on."""
LOOPS = ("count", "outer", "a_jump", "b_jump", "a_step", "b_step")
NONE = "no two multipliers have the same bits for all pairs of operands"
_BYTES = np.arange(-128, 128, dtype=np.int64)


@dataclass(frozen=True)
class Line:
    """y = saturate((floor(a·a_mul / 2^cut) + floor(b·b_mul / 2^cut) + add) >> right); terms and sums are int32."""

    a_mul: int
    b_mul: int
    add: int
    right: int
    cut: int


def find_line(params: Mapping[str, Param], cut: int, right: int | None = None) -> Line | None:
    """The multipliers and the sum, or None if there are none near the real ones; right=None: as large as fits."""
    return _search(tuple((k, int(params[k])) for k in ARITHMETIC), cut, right)  # type: ignore[arg-type]


@cache
def _search(arithmetic: tuple[tuple[str, int], ...], cut: int, right: int | None) -> Line | None:
    p = dict(arithmetic)
    want = definition(p)
    real = real_multipliers(p)
    bound = 255 * sum(map(abs, real)) + 257
    most = min(MOST_RIGHT, int(np.floor(31 - np.log2(bound))))
    right = most if right is None else right
    if not 1 <= right <= most:
        return None
    near = [round(r * 2.0 ** (right + cut)) for r in real]
    tilt = np.arange(-TILT, TILT + 1)
    da, db = (d.ravel() for d in np.meshgrid(tilt, tilt, indexing="ij"))
    order = np.argsort(np.abs(da) + np.abs(db), kind="stable")
    a_mul, b_mul = near[0] + (da[order] << cut), near[1] + (db[order] << cut)
    for part in (slice(0, 1), slice(1, 25), slice(25, None)):  # the smallest tilts mostly do
        low, high = _bounds(want, right, cut, a_mul[part], b_mul[part])
        found = np.flatnonzero(low <= high)
        if len(found) > 0:
            k = found[0]
            line = Line(int(a_mul[part][k]), int(b_mul[part][k]), int(low[k] + high[k]) // 2, right, cut)
            return line if _fits(line) else None
    return None


def _fits(line: Line) -> bool:
    terms = abs(line.a_mul) + abs(line.b_mul)
    return terms < 2**31 and (128 * terms >> line.cut) + 2 + abs(line.add) < 2**31


def _bounds(
    want: np.ndarray, right: int, cut: int, a_mul: np.ndarray, b_mul: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest addend for each pair of multipliers; empty where least > greatest.

    want <= (terms + add) / 2^right < want + 1 for every pair; but an output that is saturated has one bound.
    """
    a, b = (g.ravel() for g in np.meshgrid(_BYTES, _BYTES, indexing="ij"))
    want = want.ravel()
    terms = (a * a_mul[0] >> cut) + (b * b_mul[0] >> cut)
    # Other multipliers move a sum by so much: only the pairs that are so near to the tightest one matter.
    moves = 128 * int((np.abs(a_mul - a_mul[0]) + np.abs(b_mul - b_mul[0])).max()) // 2**cut + 2
    sides = []
    for bound, holds, sign in (
        ((want << right) - terms, want > -128, 1),
        (((want + 1) << right) - 1 - terms, want < 127, -1),
    ):
        if not holds.any():
            sides.append(np.full(len(a_mul), -sign * 2**30))
            continue
        near = holds & (bound * sign >= (bound[holds] * sign).max() - 2 * moves)
        moved = (a[near] * a_mul[:, None] >> cut) + (b[near] * b_mul[:, None] >> cut)
        sides.append(((bound[near] + terms[near] - moved) * sign).max(axis=1) * sign)
    return sides[0], sides[1]


def real_multipliers(p: Mapping[str, int]) -> tuple[float, float]:
    """What a and b are multiplied by in real arithmetic."""
    scale = p["y_mul"] * 2.0 ** -(32 + p["y_shift"])
    return scale * 2.0**20, scale * (p["b_high"] * 2.0**11 + p["b_low"]) * 2.0 ** (1 - 11 - p["b_shift"])


def fine_terms(p: Mapping[str, int]) -> np.ndarray:
    """Half of what each b from -128 up adds to the portable kernel's sums, int64 [256]."""
    b = _BYTES - p["b_zero"]
    fine = b * p["b_high"] + ((b * p["b_low"] + p["b_round"]) >> 11)
    return np.asarray((fine + (1 << (p["b_shift"] - 1)) + (fine >> 31)) >> p["b_shift"])


def definition(p: Mapping[str, int]) -> np.ndarray:
    """The portable kernel's outputs, int64 [a, b] from -128 up: what runtime/add.c computes, step by step."""
    total = (_BYTES - p["a_zero"])[:, None] * (1 << 20) + 2 * fine_terms(p)[None, :]
    half = (1 << (p["y_shift"] - 1)) + np.where((total < 0) != (p["y_mul"] < 0), -1, 0)
    scaled = ((total * p["y_mul"] + (half << 32) + (1 << 31)) >> 32) >> p["y_shift"]
    return np.asarray(np.clip(scaled + p["y_zero"], -128, 127))

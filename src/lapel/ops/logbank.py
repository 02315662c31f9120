"""Logarithms of a filter bank: triangles over the magnitudes, or powers, of spectra in block floating point.

    m[k] = round(|x[k]|) or, of powers, round(|x[k]|² / 2^12)
    v[b] = sum over k in segment b of w[k] · m[k] + sum over k in segment b + 1 of (2^15 - w[k]) · m[k]
    y[b] = ln(v[b] + floor · peak · 2^(shift - 16)) - power · (ln(peak) + shift · ln 2), ln 0 as ln 1, times 2^20

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int32 | [L…, 2 · K]: re and im of each bin, which stand for x / 2^shift | none |
| shift | int32 | [L…, 1], of which the low 5 bits are taken | none |
| peak | int32 | [1], as 1 if it is less: what the signal is divided by | none |
| weights | int16 constant | [bins], >= 0: w of the bins from `first` on, by segments, 2^15 is 1.0 | none |
| counts | int32 constant | [B + 1]: bins of each segment, that between corners of two neighbouring triangles | none |
| y | int32 | [L…, B], natural logarithms in units of 2^-20 | none |

Attributes: first (int >= 0: the first bin), power (1: magnitudes, 2: powers), floor (0..2^24; 0 of powers). A bin of
segment b is on the rising side of triangle b and on the falling one of triangle b - 1, whose weights are 1 together.
Sums are modulo 2^64. Logarithms are those of `lapel.ir.logarithm`, rounded to nearest.
Source: Davis and Mermelstein, IEEE Trans. ASSP 28 (1980) 357; docs/SPEC.md §11.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import numpy as np

from lapel.families.draw import draw_shape
from lapel.ir import Call, Case, Graph, Instance, Op, Tensor, Type
from lapel.ir.attribute import Attribute
from lapel.ir.logarithm import FRACTION_BITS, LN2, SEEDS, TABLE, logarithm, root
from lapel.ir.op import single
from lapel.ir.signature import Plain, Signature

X, SHIFT, PEAK, WEIGHTS, COUNTS = range(5)
WEIGHT_BITS = 15
POWER_DROP = 12
"""Bits that powers lose: those of a transform over n samples, which sum to 2^60 / n, leave room for the weights."""
FLOOR_BITS = 16
MOST_FLOOR = 1 << 24
PLAIN = Plain(("int32",), unscaled=True)


class LogBank(Op):
    name = "logbank"
    attributes = {
        "first": Attribute("int"),
        "power": Attribute("int", choices=(1, 2)),
        "floor": Attribute("int"),
    }
    signatures = (
        Signature(
            (
                Plain(("int32",), "spectrum", unscaled=True),
                Plain(("int32",), "shift", unscaled=True),
                Plain(("int32",), "peak", unscaled=True),
                Plain(("int16",), "weights", constant=True, unscaled=True),
                Plain(("int32",), "counts", constant=True, unscaled=True),
            ),
            (PLAIN,),
        ),
    )

    def check_shapes(self, inst: Instance) -> list[str]:
        x, shift, peak = (inst.x(i).shape for i in (X, SHIFT, PEAK))
        if not x or x[-1] % 2:
            return [f"spectrum is {list(x)}, expected real and imaginary parts in turn: give it 2 numbers a bin"]
        if shift != (*x[:-1], 1) or peak != (1,):
            expected = f"{[*x[:-1], 1]} and [1]"
            return [f"shift is {list(shift)}, peak {list(peak)}, expected {expected}: convert the model again"]
        weights, counts = inst.x(WEIGHTS).shape, inst.x(COUNTS).shape
        if len(weights) != 1 or len(counts) != 1 or counts[0] < 2:
            found = f"weights are {list(weights)}, counts {list(counts)}"
            return [f"{found}, expected a number a bin, and one a segment, 2 segments at least: compute them again"]
        first, bins = inst.attrs["first"], x[-1] // 2
        if first < 0 or first + weights[0] > bins:
            return [f"bins {first}..{first + weights[0] - 1} are weighted, expected some of 0..{bins - 1}: cut them"]
        if not 0 <= inst.attrs["floor"] <= MOST_FLOOR * (2 - inst.attrs["power"]):
            expected = "0 under powers" if inst.attrs["power"] == 2 else f"0..{MOST_FLOOR}"
            return [f"floor is {inst.attrs['floor']}, expected {expected}: leave it at 0"]
        return []

    def check(self, inst: Instance) -> list[str]:
        weights, counts = inst.const(WEIGHTS), inst.const(COUNTS)
        assert weights is not None and counts is not None
        if counts.min() < 0 or counts.sum() != len(weights):
            found = f"segments have {counts.min()} bins at least and {counts.sum()} in all"
            return [f"{found}, expected the {len(weights)} of the weights: compute them again"]
        if weights.min() < 0:
            return [f"a weight is {weights.min()}, expected 0..32767: compute them again"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (((*inst.x(X).shape[:-1], inst.x(COUNTS).shape[0] - 1), "int32"),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, shift, peak, weights, counts = arrays
        assert x is not None and shift is not None and peak is not None and weights is not None and counts is not None
        first, power = inst.attrs["first"], inst.attrs["power"]
        m = _measured(x[..., 2 * first : 2 * (first + len(weights))], power)
        v = _banked(m, weights.astype(np.uint64), counts)
        left, most = shift.astype(np.uint64) & np.uint64(31), np.maximum(peak, 1).astype(np.uint64)
        floor = (most * np.uint64(inst.attrs["floor"]) << left) >> np.uint64(FLOOR_BITS)
        gain = logarithm(most) + LN2 * left.astype(np.int64)
        y = logarithm(v + floor) - power * gain
        half = np.int64(1) << (FRACTION_BITS - 21)
        return (((y + half) >> (FRACTION_BITS - 20)).astype(np.int32),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        weights, counts = inst.const(WEIGHTS), inst.const(COUNTS)
        assert weights is not None and counts is not None
        params = {
            "weights": weights,
            "counts": counts.astype(np.int16),
            "parts": TABLE,
            "seeds": SEEDS,
            "frames": inst.x(SHIFT).size,
            "stride": inst.x(X).shape[-1],
            "first": inst.attrs["first"],
            "bands": len(counts) - 1,
            "power": inst.attrs["power"],
            "floor": inst.attrs["floor"],
        }
        return (Call("logbank", inst.node.outputs, inst.node.inputs[: PEAK + 1], params),)

    def macs(self, inst: Instance) -> int:
        return inst.x(SHIFT).size * inst.x(WEIGHTS).size

    def cases(self) -> Sequence[Case]:
        return [Case("magnitudes", partial(draw_logbank, power=1)), Case("powers", partial(draw_logbank, power=2))]


def _measured(x: np.ndarray, power: int) -> np.ndarray:
    """uint64 [L…, bins]: magnitudes or powers of complex numbers that lie as re, im."""
    wide = x.astype(np.int64)
    squares = (wide[..., 0::2] ** 2).astype(np.uint64) + (wide[..., 1::2] ** 2).astype(np.uint64)
    if power == 1:
        return root(squares)
    return np.asarray((squares + np.uint64(1 << (POWER_DROP - 1))) >> np.uint64(POWER_DROP))


def _banked(m: np.ndarray, weights: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """uint64 [L…, B]: what each triangle sums up, modulo 2^64."""
    rising = m * weights
    falling = (m << np.uint64(WEIGHT_BITS)) - rising
    ends = np.concatenate([[0], np.cumsum(counts)])
    slices = [slice(a, b) for a, b in pairwise(ends)]
    up = np.stack([rising[..., s].sum(axis=-1, dtype=np.uint64) for s in slices[:-1]], axis=-1)
    down = np.stack([falling[..., s].sum(axis=-1, dtype=np.uint64) for s in slices[1:]], axis=-1)
    return np.asarray(up + down)


def draw_logbank(rng: np.random.Generator, *, power: int) -> Graph:
    """A few bands, of few bins, none or many, over a part of the spectrum."""
    lead = draw_shape(rng, int(rng.integers(0, 3)), 2)
    counts = rng.integers(0, int(rng.choice([4, 4, 24])), int(rng.integers(2, 7)), np.int32)
    counts[0] += counts.sum() == 0
    first, rest, bins = int(rng.integers(0, 3)), int(rng.integers(0, 3)), int(counts.sum())
    attrs = {
        "first": first,
        "power": power,
        "floor": int(rng.choice([0, 1, 137439, MOST_FLOOR])) if power == 1 else 0,
    }
    inputs = [
        Tensor("x", Type((*lead, 2 * (first + bins + rest)), "int32")),
        Tensor("shift", Type((*lead, 1), "int32")),
        Tensor("peak", Type((1,), "int32")),
        Tensor("weights", Type((bins,), "int16"), rng.integers(0, 32767, bins, np.int16, endpoint=True)),
        Tensor("counts", Type(counts.shape, "int32"), counts),
    ]
    return single("logbank", inputs, [Type((*lead, len(counts) - 1), "int32")], attrs)


OP = LogBank()

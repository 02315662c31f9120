"""Whether something is heard: the variance of rows of samples against a noise floor that follows them, and crossings.

    s = x[0 :: stride], M = 2^k of them;   v = (M · Σs² - (Σs)²) >> 2k;   c = how often s < m changes;   m' = Σs >> k
    active = v >= least and (16 v > ratio · n, or c >= crossings and 16 v > hiss · n)
    n' = v if n = 0, n - ((n - v) >> fall) if v < n, else min(v, n + (n >> rise) + 1)

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int16 | [..., W], W = stride · 2^k, k from 3 to 8 | any; no part of the arithmetic |
| state | int32 | [2]: the floor n, read as uint32, and the mean m before the first row | none |
| y | int32 | [..., 4]: v, c, n, and 1 where it is active, else 0 | none |
| next | int32 | [2]: floor and mean after the last row | none |

Attributes: stride (int, >= 1), ratio, hiss (ints; in sixteenths), crossings (int), least (int), rise, fall (ints). Rows
are one after the other in time. A constant offset of the samples has no effect. docs/SPEC.md §10.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
from lapel.ir import Call, Case, Graph, Instance, Op
from lapel.ir.attribute import Attribute
from lapel.ir.graph import Tensor, Type
from lapel.ir.op import single
from lapel.ir.signature import Plain, Signature

STATE = 1
LOG2 = range(3, 9)
"""Of the samples of a row that are looked at: a sum of squares is a shift away from their mean."""
SMALL = tuple(range(16))
UINT16, MOST, LOW = 0xFFFF, 2**31 - 1, 0xFFFFFFFF
INT32 = Plain(("int32",))


def _log2(inst: Instance) -> int | None:
    """Of the number of samples that are looked at; None where that is no power of two that a row may have."""
    looked, left = divmod(inst.x().shape[-1], inst.attrs["stride"])
    return next((k for k in LOG2 if looked == 1 << k and not left), None)


class Activity(Op):
    name = "activity"
    tflite = ()
    attributes = {
        "stride": Attribute("int"),
        "ratio": Attribute("int"),
        "hiss": Attribute("int"),
        "crossings": Attribute("int"),
        "least": Attribute("int"),
        "rise": Attribute("int", choices=SMALL),
        "fall": Attribute("int", choices=SMALL),
    }
    signatures = (
        Signature((Plain(("int16",), "input"), Plain(("int32",), "state")), (INT32, Plain(("int32",), "next"))),
    )

    def check_shapes(self, inst: Instance) -> list[str]:
        x, state, attrs = inst.x().shape, inst.x(STATE).shape, inst.attrs
        if not x or state != (2,):
            return [f"its input and state have shapes {x} and {state}, expected rows of samples and (2,)"]
        if attrs["stride"] < 1 or _log2(inst) is None:
            looked = f"every {attrs['stride']}. of {x[-1]} samples"
            return [f"looks at {looked}, expected a whole power of two, {1 << LOG2[0]} to {1 << LOG2[-1]} samples"]
        bounds = {"ratio": UINT16, "hiss": UINT16, "crossings": UINT16, "least": MOST}
        found = {k: (attrs[k], most) for k, most in bounds.items() if not 0 <= attrs[k] <= most}
        return [f"{k} is {value}, expected 0 to {most:,}" for k, (value, most) in found.items()]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((*inst.x().shape[:-1], 4), "int32"), ((2,), "int32")

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, state = arrays
        assert x is not None and state is not None
        attrs, k = inst.attrs, _log2(inst)
        assert k is not None
        floor, mean = int(state[0]) & LOW, int(state[1])
        rows = x.reshape(-1, x.shape[-1])[:, :: attrs["stride"]].astype(np.int64)
        totals = rows.sum(axis=1)
        variances = ((rows * rows).sum(axis=1) * (1 << k) - totals * totals) >> (2 * k)
        made = []
        for row, total, variance in zip(rows, totals.tolist(), variances.tolist(), strict=True):
            below = row < mean
            crossings = int((below[1:] != below[:-1]).sum())
            made.append((variance, crossings, floor, self._heard(inst, variance, crossings, floor)))
            floor, mean = self._follow(inst, floor, variance), total >> k
        y = np.array(made, np.int64).astype(np.int32).reshape(*x.shape[:-1], 4)
        return y, np.array([floor, mean], np.int64).astype(np.int32)

    def _heard(self, inst: Instance, variance: int, crossings: int, floor: int) -> int:
        attrs = inst.attrs
        loud, hiss = (16 * variance > floor * attrs[k] for k in ("ratio", "hiss"))
        return int(variance >= attrs["least"] and (loud or (crossings >= attrs["crossings"] and hiss)))

    def _follow(self, inst: Instance, floor: int, variance: int) -> int:
        if floor == 0:
            return variance
        if variance < floor:
            return floor - ((floor - variance) >> inst.attrs["fall"])
        return min(variance, floor + (floor >> inst.attrs["rise"]) + 1)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        width = inst.x().shape[-1]
        params = {**inst.attrs, "rows": inst.x().size // width, "width": width, "log2": _log2(inst)}
        return (Call("activity", inst.node.outputs, inst.node.inputs, params),)

    def renews(self, inst: Instance) -> tuple[tuple[int, int], ...]:
        return ((STATE, 1),)

    def cases(self) -> Sequence[Case]:
        return [
            Case("state", partial(draw_activity, rank=1), "none"),
            Case("rows", partial(draw_activity, rank=2), "none"),
        ]


def draw_activity(rng: np.random.Generator, *, rank: int) -> Graph:
    """Thresholds of which some are met by noise, and some are not."""
    stride, looked = int(rng.integers(1, 6)), 1 << int(rng.choice(LOG2))
    attrs = {
        "stride": stride,
        "ratio": int(rng.integers(0, 64)),
        "hiss": int(rng.integers(0, 32)),
        "crossings": int(rng.integers(0, looked)),
        "least": int(rng.choice([0, 1 << 20, 1 << 28])),
        "rise": int(rng.integers(0, 16)),
        "fall": int(rng.integers(0, 16)),
    }
    x = Tensor("x", Type((*draw_shape(rng, rank - 1, 4), stride * looked), "int16"))
    state, made = Type((2,), "int32"), Type((*x.type.shape[:-1], 4), "int32")
    return single("activity", [x, Tensor("state", state)], [made, state], attrs)


OP = Activity()

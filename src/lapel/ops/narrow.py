"""Wider integers to int8 by a factor and a term: y = floor((mul · x + add) / 2^drop), saturated.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int16 or int32 | any | none |
| y | int8 | that of x | any; no part of the arithmetic |

Attributes: mul (an int32), add (|add| < 2^62), drop (0..62). The exact quotient by a constant n is one, too, where mul
and drop are large enough: mul = ceil(2^drop / n) (Granlund and Montgomery, PLDI 1994). Source: docs/SPEC.md §11.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
from lapel.ir import Call, Case, Graph, Instance, Op, Tensor, Type
from lapel.ir.attribute import Attribute
from lapel.ir.op import single
from lapel.ir.signature import Plain, unary


class Narrow(Op):
    name = "narrow"
    elementwise = True
    attributes = {
        "mul": Attribute("int"),
        "add": Attribute("int"),
        "drop": Attribute("int", choices=tuple(range(63))),
    }
    signatures = tuple(unary(Plain((d,), "input", unscaled=True), Plain(("int8",))) for d in ("int16", "int32"))

    def check(self, inst: Instance) -> list[str]:
        mul, add = inst.attrs["mul"], inst.attrs["add"]
        if -(1 << 31) <= mul < 1 << 31 and abs(add) < 1 << 62:
            return []
        return [f"mul is {mul}, add {add}, expected an int32, and less than 2^62: make drop less"]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.x().shape, "int8"),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        y = (x.astype(np.int64) * inst.attrs["mul"] + inst.attrs["add"]) >> inst.attrs["drop"]
        return (np.clip(y, -128, 127).astype(np.int8),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        kernel = {"int16": "narrow16", "int32": "narrow32"}[inst.x().dtype]
        params = {
            "add": inst.attrs["add"],
            "count": inst.x().size,
            "mul": inst.attrs["mul"],
            "drop": inst.attrs["drop"],
        }
        return (Call(kernel, inst.node.outputs, inst.node.inputs, params),)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return (0,)

    def cases(self) -> Sequence[Case]:
        return [Case(d, partial(draw_narrow, dtype=d)) for d in ("int16", "int32")]


def draw_narrow(rng: np.random.Generator, *, dtype: str) -> Graph:
    """Any numbers, of which about half saturate."""
    shape = draw_shape(rng, int(rng.integers(1, 4)), 5)
    bits = np.iinfo(dtype).bits
    mul = int(rng.integers(-(2**30), 2**30))
    drop = max(0, bits - 1 + abs(mul).bit_length() - int(rng.integers(8, 11)))
    attrs = {"mul": mul, "add": int(rng.integers(-100, 100)) << drop, "drop": drop}
    return single("narrow", [Tensor("x", Type(shape, dtype))], [Type(shape, "int8")], attrs)


OP = Narrow()

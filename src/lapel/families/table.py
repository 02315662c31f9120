"""Operators that map each int8 or uint8 value by itself: kernel `lookup` applies a table of 256 results."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import numpy as np

from lapel.families.bands import elementwise_band
from lapel.families.draw import draw_shape, draw_type
from lapel.families.elements import table_terms
from lapel.ir.bands import Band, Rows
from lapel.ir.fixed import requantize, round_half_away
from lapel.ir.fixedmath import input_radius
from lapel.ir.graph import DTYPES, Graph, Instance, Type
from lapel.ir.op import Call, Case, Op, Oracle, Param, single
from lapel.ir.signature import INT8, Signature, unary
from lapel.ir.terms import Term

INPUT_BITS = 4
"""Logistic and tanh take their input as Q4; both are constant beyond ±15."""


class TableOp(Op):
    """Subclasses say what `function` is; input and output have one shape.

    Of int16 there is no table: those that have that form lower it to a kernel of their own.
    """

    elementwise = True
    signatures: ClassVar[tuple[Signature, ...]] = (unary(INT8),)

    def function(self, inst: Instance, q: np.ndarray) -> np.ndarray:
        """The definition: int64 values of input 0 -> values of the output, in its range."""
        raise NotImplementedError

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.x().shape, inst.x().dtype),)

    def table(self, inst: Instance) -> np.ndarray:
        """[256], dtype of the output: the result of the value whose byte is the index."""
        every = np.arange(256, dtype=np.uint8).view(DTYPES[inst.x().dtype]).astype(np.int64)
        return self.function(inst, every).astype(DTYPES[inst.y().dtype])

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        if x.itemsize > 1:
            return (self.function(inst, x.astype(np.int64)).astype(DTYPES[inst.y().dtype]),)
        return (self.table(inst)[x.view(np.uint8)],)

    def explain(self, inst: Instance, at: tuple[int, ...], *arrays: np.ndarray | None) -> tuple[Term, ...]:
        (x,) = arrays
        assert x is not None
        if x.itemsize > 1 or DTYPES[inst.y().dtype]().itemsize > 1:
            return ()
        held = all("table" in call.params for call in self.lower(inst))
        return table_terms(int(x[at]), self.table(inst), held)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        params: dict[str, Param] = {"table": self.table(inst).view(np.uint8), "count": inst.x().size}
        return (Call("lookup", inst.node.outputs, inst.node.inputs[:1], params),)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return (0,)

    def band(self, inst: Instance, rows: Rows) -> Band | None:
        return elementwise_band(inst, rows)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return (0,)


SHIFTS = range(0, 63)
"""Of an input's multiplier: TFLite Micro shifts 64 bits by as much, and by no number below 0."""


def saturating_problems(x: Type) -> list[str]:
    """A problem of an input scale for which `saturating_inputs` has no definition."""
    if math.frexp(x.scale * 2.0 ** (31 - INPUT_BITS))[1] in SHIFTS:
        return []
    lowest, highest = (e - 32 + INPUT_BITS for e in (SHIFTS[0], SHIFTS[-1] + 1))
    return [f"input scale is {x.scale:.6g}, expected from 2^{lowest} to below 2^{highest}: requantize the model"]


def saturating_inputs(x: Type, q: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values of x in Q(INPUT_BITS), and masks of those at its lower and upper end; the lower wins."""
    fraction, shift = math.frexp(x.scale * 2.0 ** (31 - INPUT_BITS))
    radius = input_radius(INPUT_BITS, shift)
    v = q - x.zero
    return requantize(v, round_half_away(fraction * 2**31), shift), v <= -radius, v >= radius


def draw_unary(rng: np.random.Generator, op: str, y: Type | None = None, dtype: str = "int8", **attrs: object) -> Graph:
    """One node of a random shape from dtype to dtype; `y` gives the output's quantization, default random."""
    x = draw_type(rng, "x", draw_shape(rng, int(rng.integers(1, 5)), 7), dtype)
    quant = draw_type(rng, "y", (), dtype).type.quant if y is None else y.quant
    return single(op, [x], [Type(x.type.shape, dtype, quant)], attrs)


def unary_cases(op: str, y: Type | None = None, oracle: Oracle = "micro") -> Sequence[Case]:
    """One family over random shapes and quantizations."""
    return [Case("random", partial(draw_unary, op=op, y=y), oracle)]

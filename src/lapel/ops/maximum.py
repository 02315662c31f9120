"""Elementwise maximum of two operands with broadcasting.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | int8, int16, int32, may be constant | any; 5 loop levels after collapsing | per tensor; int32 none |
| b | as a, may be constant | broadcasts with a | per tensor |
| y | as a | broadcast of a and b | per tensor |

Attributes: none. The stored integers are compared, however they are quantized: so does TFLite Micro.
Source: TFLite 8-bit quantization specification, MAXIMUM; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import numpy as np

from lapel.families.bands import elementwise_band
from lapel.families.broadcast import (
    channel_operands,
    check_loops,
    draw_operands,
    loop_params,
    result_shape,
    whole_inputs,
)
from lapel.families.integers import NUMBERS, arithmetic, draw_numbers, is_plain
from lapel.families.unlike import differs, operands, steps_off, stored
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.bands import Band, Rows
from lapel.ir.graph import Tensor, Type
from lapel.ir.numbers import numbers
from lapel.ir.op import all_alike, single
from lapel.ir.signature import INT8, INT16, binary


def read_tflite(name: str, op: TfliteOperator) -> NodeSpec:
    return NodeSpec(name, op.inputs[:2])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class Maximum(Op):
    name = "maximum"
    elementwise = True
    choose: ClassVar[np.ufunc] = np.maximum
    flip: ClassVar[int] = 0
    operation: ClassVar[str] = "max"
    tflite = (
        TfliteForm("MAXIMUM", "MaximumMinimumOptions", range(1, 5), partial(read_tflite, "maximum"), write_tflite, 2),
    )

    signatures = (binary(INT8), binary(INT16), NUMBERS)

    def check(self, inst: Instance) -> list[str]:
        return check_loops(inst)

    def surprises(self, inst: Instance) -> list[str]:
        if not (found := operands(inst)):
            return []
        a, b, y = found
        q, r = stored(a)[:, None], stored(b)[None]
        steps = steps_off(y.type, self.choose(q, r), self.choose(numbers(a.type, q), numbers(b.type, r)))
        return differs(inst, "compares stored integers", steps)

    def alike(self, inst: Instance) -> tuple[tuple[str, ...], ...]:
        return all_alike(inst)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((result_shape(inst.x(0).shape, inst.x(1).shape), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        a, b = arrays
        assert a is not None and b is not None
        return (np.asarray(self.choose(a, b), a.dtype),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        a, b = arrays
        assert a is not None and b is not None
        return (self.choose(a, b),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        if is_plain(inst):
            return arithmetic(inst, self.operation)
        params = {**loop_params(inst.x(0).shape, inst.x(1).shape), "flip": self.flip}
        kernel = "maximum16" if inst.y().dtype == "int16" else "maximum"
        return (Call(kernel, inst.node.outputs, inst.node.inputs, params),)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return channel_operands(inst)

    def band(self, inst: Instance, rows: Rows) -> Band | None:
        return elementwise_band(inst, rows)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return whole_inputs(inst)

    def cases(self) -> Sequence[Case]:
        kinds = ("same", "scalar", "channel", "mixed", "constant", "twice")
        alike = [Case(k, partial(draw_extremum, name=self.name, kind=k)) for k in kinds]
        wide = Case("int16", partial(draw_extremum, name=self.name, kind="mixed", dtype="int16"))
        numbers = Case("int32", partial(draw_numbers, name=self.name))
        return [*alike, wide, numbers, Case("apart", partial(draw_extremum, name=self.name, kind="mixed", apart=True))]


def draw_extremum(rng: np.random.Generator, *, name: str, kind: str, dtype: str = "int8", apart: bool = False) -> Graph:
    """One maximum or minimum; apart: of operands that are quantized otherwise."""
    a, b, shape = draw_operands(rng, kind, dtype)
    quant = a.type.quant
    if kind != "twice" and not apart:
        b = Tensor(b.name, Type(b.type.shape, dtype, quant), b.data)
    return single(name, [a, b if kind != "twice" else a], [Type(shape, dtype, quant)], {})


OP = Maximum()

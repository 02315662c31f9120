"""Comparisons of two operands with broadcasting: subclasses of `Comparison` say which results are true.

    A = R((a - za) · 2^8, sa);   B = R((b - zb) · 2^8, sb);   y = A ? B

Truth values and int32 are compared as they are. Source: TFLite Micro, comparisons; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import numpy as np

from lapel.families.bands import elementwise_band
from lapel.families.broadcast import channel_operands, check_loops, draw_operands, loop_params, result_shape
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.bands import Band, Rows
from lapel.ir.fixed import quantize_multiplier, requantize
from lapel.ir.graph import Tensor, Type
from lapel.ir.op import single
from lapel.ir.signature import INT8, Plain, Signature

LEFT = 8
"""Operands are compared in units of 2^-8."""
LESS, SAME, MORE = 1, 2, 4
"""Bits of the results that are true: a below b, a equal to b, a above b."""
PLAIN = ("bool", "int32")
HALF = (1 << 30, 0)
"""The multiplier of truth values, which loses none."""


def read_tflite(name: str, op: TfliteOperator) -> NodeSpec:
    return NodeSpec(name, op.inputs[:2])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


def comparison_form(name: str, code: str, options: str) -> TfliteForm:
    """The import and export form of a comparison."""
    return TfliteForm(code, options, range(1, 5), partial(read_tflite, name), write_tflite)


BOOL = Plain(("bool",))


def rows(plain: Sequence[str]) -> tuple[Signature, ...]:
    """int8, and dtypes that are compared as they are."""
    operands = (INT8, *(Plain((d,), unscaled=d != "bool") for d in plain))
    return tuple(Signature((x, x), (BOOL,)) for x in operands)


class Comparison(Op):
    """truth: the sum of the bits LESS, SAME, MORE that make it true. plain: dtypes that are compared as they are."""

    elementwise = True
    truth: ClassVar[int]
    plain: ClassVar[tuple[str, ...]] = ("int32",)
    signatures: ClassVar[tuple[Signature, ...]] = rows(plain)

    def check(self, inst: Instance) -> list[str]:
        if inst.x().dtype != "int8":
            return check_loops(inst)
        problems = [
            f"input {k} has scale {inst.x(k).scale:.6g}, expected below 1: requantize the model"
            for k in range(2)
            if quantize_multiplier(inst.x(k).scale)[1] > 0
        ]
        return problems or check_loops(inst)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((result_shape(inst.x(0).shape, inst.x(1).shape), "bool"),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        a, b = (self._scaled(inst, k, x) for k, x in enumerate(arrays))
        return (self.compare(a, b),)

    def compare(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """bool, broadcast."""
        bits = np.where(a < b, LESS, np.where(a > b, MORE, SAME))
        return np.asarray((bits & self.truth) != 0)

    def _scaled(self, inst: Instance, k: int, x: np.ndarray | None) -> np.ndarray:
        assert x is not None
        if inst.x(k).dtype != "int8":
            return x.astype(np.int64)
        return requantize((x.astype(np.int64) - inst.x(k).zero) << LEFT, *quantize_multiplier(inst.x(k).scale))

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        a, b = arrays
        assert a is not None and b is not None
        return (self.compare(a, b),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        a, b = inst.x(0), inst.x(1)
        params = {**loop_params(a.shape, b.shape), "truth": self.truth}
        if a.dtype == "int32":
            return (Call("compare32", inst.node.outputs, inst.node.inputs, params),)
        for name, t in (("a", a), ("b", b)):
            mul, shift = quantize_multiplier(t.scale) if t.dtype == "int8" else HALF
            zero = t.zero if t.dtype == "int8" else 0
            params |= {f"{name}_mul": mul, f"{name}_shift": shift, f"{name}_zero": zero}
        return (Call("compare", inst.node.outputs, inst.node.inputs, params),)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return channel_operands(inst) if inst.x().dtype == "int8" else ()

    def band(self, inst: Instance, rows: Rows) -> Band | None:
        return elementwise_band(inst, rows)

    def cases(self) -> Sequence[Case]:
        drawn = [Case(k, partial(draw_comparison, name=self.name, kind=k)) for k in ("same", "mixed", "constant")]
        return [*drawn, *(Case(d, partial(draw_plain_comparison, name=self.name, dtype=d)) for d in self.plain)]


def draw_comparison(rng: np.random.Generator, *, name: str, kind: str) -> Graph:
    """int8 operands, half of the time of one quantization; TFLite Micro broadcasts at most four dimensions."""
    while True:
        a, b, shape = draw_operands(rng, kind)
        if len(shape) < 5 and max(a.type.scale, b.type.scale) < 1:
            break
    if rng.random() < 0.5:
        b = Tensor(b.name, Type(b.type.shape, "int8", a.type.quant), b.data)
    return single(name, [a, b], [Type(shape, "bool")], {})


def draw_plain_comparison(rng: np.random.Generator, *, name: str, dtype: str) -> Graph:
    """An input and a constant of a few of the numbers that samples have."""
    n, c = (int(d) for d in rng.integers(1, 7, 2))
    lowest, highest = (0, 1) if dtype == "bool" else (-(2**31), 2**31 - 1)
    numbers = rng.choice(np.array([lowest, 0, highest]), c).astype(dtype)
    a, b = Tensor("a", Type((n, c), dtype)), Tensor("b", Type((c,), dtype), numbers)
    return single(name, [a, b], [Type((n, c), "bool")], {})

"""Change of number format: float32 to 8 bits, or 8 bits to other 8 bits.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32, int8, uint8 | any | none for float32, else per tensor |
| y | int8; uint8 from int8 | that of x | per tensor |

Attributes: dtype (int8 uint8), that of y. A float32 beyond the range of y saturates, NaN gives -128.
Source: TFLite Micro QUANTIZE; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_scale, draw_shape
from lapel.families.table import TableOp
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.attribute import Attribute
from lapel.ir.fixed import multiplier_problems, quantize_multiplier, requantize
from lapel.ir.graph import DTYPES, Quant, Tensor, Type
from lapel.ir.op import single
from lapel.ir.signature import Plain, Scaled, unary

PAIRS = (("float32", "int8"), ("int8", "int8"), ("uint8", "int8"), ("int8", "uint8"))
BOUND = 512
"""Quotients are first cut to this magnitude, beyond which every zero point saturates."""


def operand(dtype: str) -> Plain | Scaled:
    """What an x or y of this dtype is."""
    return Plain((dtype,)) if dtype == "float32" else Scaled((dtype,))


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("quantize", op.inputs[:1], {"dtype": op.outputs[0].type.dtype})


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class Quantize(TableOp):
    name = "quantize"
    tflite = (TfliteForm("QUANTIZE", "QuantizeOptions", range(1, 4), read_tflite, write_tflite),)

    attributes = {"dtype": Attribute("str", choices=tuple(dict.fromkeys(y for _, y in PAIRS)))}
    signatures = tuple(unary(operand(x), operand(y)) for x, y in PAIRS)

    def check_types(self, inst: Instance) -> list[str]:
        found = (inst.x().dtype, inst.y().dtype)
        if found not in PAIRS:
            known = ", ".join(f"{a} to {b}" for a, b in PAIRS)
            return [f"quantizes {found[0]} to {found[1]}, expected one of {known}: convert the model to int8"]
        typed = [t for t in (inst.x(), inst.y()) if t.dtype != "float32"]
        if any(t.quant is None or t.quant.axis is not None for t in typed):
            return [f"{inst.x()} to {inst.y()}: expected one scale and zero point each: quantize per tensor"]
        return super().check_types(inst)

    def check(self, inst: Instance) -> list[str]:
        return [] if inst.x().quant is None else multiplier_problems(inst.x().scale / inst.y().scale)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.x().shape, inst.attrs["dtype"]),)

    def function(self, inst: Instance, q: np.ndarray) -> np.ndarray:
        x, y = inst.x(), inst.y()
        mul, shift = quantize_multiplier(x.scale / y.scale)
        info = np.iinfo(DTYPES[y.dtype])
        return np.clip(requantize(q - x.zero, mul, shift) + y.zero, info.min, info.max)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        if x.dtype != np.float32:
            return super().reference(inst, x)
        y = inst.y()
        with np.errstate(over="ignore", under="ignore"):
            quotient = np.fmin(np.fmax(x / np.float32(y.scale), np.float32(-BOUND)), np.float32(BOUND))
        # float64 is exact here, so that adding a half rounds only once.
        rounded = np.trunc(quotient.astype(np.float64) + np.copysign(0.5, quotient)).astype(np.int64)
        info = np.iinfo(DTYPES[y.dtype])
        return (np.clip(rounded + y.zero, info.min, info.max).astype(DTYPES[y.dtype]),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (x,)  # another format of the same number

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        if inst.x().dtype != "float32":
            return super().lower(inst)
        params = {"scale": inst.y().scale, "count": inst.x().size, "zero": inst.y().zero}
        return (Call("quantize", inst.node.outputs, inst.node.inputs, params),)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return () if inst.x().dtype == "float32" else (0,)

    def cases(self) -> Sequence[Case]:
        return [Case(f"{a}_{b}", partial(draw_quantize, x_dtype=a, y_dtype=b)) for a, b in PAIRS]


def draw_quant(rng: np.random.Generator, dtype: str) -> Quant:
    """Any zero point of the dtype, often an extreme one."""
    info = np.iinfo(DTYPES[dtype])
    zero = int(rng.choice([info.min, info.max, int(rng.integers(info.min, info.max + 1))]))
    return Quant((draw_scale(rng),), (zero,))


def draw_quantize(rng: np.random.Generator, *, x_dtype: str, y_dtype: str) -> Graph:
    """One node; one draw in four only moves the zero point by 128."""
    shape = draw_shape(rng, int(rng.integers(1, 5)), 7)
    x_quant = None if x_dtype == "float32" else draw_quant(rng, x_dtype)
    y_quant = draw_quant(rng, y_dtype)
    if x_quant is not None and rng.random() < 0.25:
        move = {"int8": 0, "uint8": 128}
        y_quant = Quant(x_quant.scale, (x_quant.zero[0] - move[x_dtype] + move[y_dtype],))
    x, y = Tensor("x", Type(shape, x_dtype, x_quant)), Type(shape, y_dtype, y_quant)
    return single("quantize", [x], [y], {"dtype": y_dtype})


OP = Quantize()

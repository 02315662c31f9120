"""Change of number format: float32 to integers, or integers to others.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32, int8, uint8, int16, int32 | any | none for float32, else per tensor |
| y | int8, uint8, int16, int32: see PAIRS | that of x | per tensor |

Attributes: dtype (int8 uint8 int16 int32), that of y. A float32 beyond the range of y saturates, NaN gives its lowest.
Source: TFLite Micro QUANTIZE; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from lapel.families.draw import draw_scale, draw_shape
from lapel.families.strides import item_bytes
from lapel.families.table import TableOp
from lapel.ir import Call, Case, Graph, Instance, Node, NodeSpec, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.attribute import Attribute
from lapel.ir.fixed import multiplier_problems, quantize_multiplier, requantize, wrap32
from lapel.ir.graph import DTYPES, Quant, Tensor, Type
from lapel.ir.op import Param, single
from lapel.ir.signature import Plain, Scaled, unary

PAIRS = {
    "float32": ("int8", "int16"),
    "int8": ("int8", "uint8", "int16", "int32"),
    "uint8": ("int8",),
    "int16": ("int8", "int16", "int32"),
    "int32": ("int8", "int16"),
}
"""The formats that TFLite Micro makes of each."""
BOUND = {"int8": 512, "int16": 1 << 17}
"""Quotients are first cut to this magnitude, beyond which every zero point saturates."""
KERNELS = {"int8": "quantize", "int16": "quantize16"}
"""From float32."""


def operand(dtype: str) -> Plain | Scaled:
    """What an x of this dtype is."""
    return Plain((dtype,)) if dtype == "float32" else Scaled((dtype,))


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("quantize", op.inputs[:1], {"dtype": op.outputs[0].type.dtype})


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class Quantize(TableOp):
    name = "quantize"
    restates = True
    tflite = (TfliteForm("QUANTIZE", "QuantizeOptions", range(1, 4), read_tflite, write_tflite),)

    attributes = {"dtype": Attribute("str", choices=tuple(dict.fromkeys(y for made in PAIRS.values() for y in made)))}
    signatures = tuple(unary(operand(x), Scaled(made)) for x, made in PAIRS.items())

    def check_types(self, inst: Instance) -> list[str]:
        found = (inst.x().dtype, inst.y().dtype)
        if found[1] not in PAIRS.get(found[0], ()):
            known = ", ".join(f"{a} to {' or '.join(made)}" for a, made in PAIRS.items())
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
        return np.clip(wrap32(requantize(wrap32(q - x.zero), mul, shift) + y.zero), info.min, info.max)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        y = inst.y()
        if x.dtype != np.float32:
            return (self.function(inst, x.astype(np.int64)).astype(DTYPES[y.dtype]),)
        bound = np.float32(BOUND[y.dtype])
        with np.errstate(over="ignore", under="ignore"):
            quotient = np.fmin(np.fmax(x / np.float32(y.scale), -bound), bound)
        # float64 is exact here, so that adding a half rounds only once.
        rounded = np.trunc(quotient.astype(np.float64) + np.copysign(0.5, quotient)).astype(np.int64)
        info = np.iinfo(DTYPES[y.dtype])
        return (np.clip(rounded + y.zero, info.min, info.max).astype(DTYPES[y.dtype]),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (x,)  # another format of the same number

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        x, y = inst.x(), inst.y()
        if x.dtype == "float32":
            params: dict[str, Param] = {"scale": y.scale, "count": x.size, "zero": y.zero}
            return (Call(KERNELS[y.dtype], inst.node.outputs, inst.node.inputs, params),)
        if item_bytes(x.dtype) == item_bytes(y.dtype) == 1:
            return super().lower(inst)
        return (Call("rescale", inst.node.outputs, inst.node.inputs, rescale_params(x, y)),)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return (0,) if inst.x().bytes == inst.y().bytes and inst.x().dtype != "float32" else ()

    def cases(self) -> Sequence[Case]:
        pairs = [(a, b) for a, made in PAIRS.items() for b in made]
        return [Case(f"{a}_{b}", partial(draw_quantize, x_dtype=a, y_dtype=b)) for a, b in pairs]


def rescale_params(x: Type, y: Type) -> dict[str, Param]:
    """Params of the kernel `rescale`."""
    mul, shift = quantize_multiplier(x.scale / y.scale)
    info = np.iinfo(DTYPES[y.dtype])
    return {
        "count": x.size,
        "mul": mul,
        "x_zero": x.zero,
        "y_zero": y.zero,
        "lo": int(info.min),
        "hi": int(info.max),
        "shift": shift,
        "x_bytes": item_bytes(x.dtype),
        "y_bytes": item_bytes(y.dtype),
    }


def draw_quant(rng: np.random.Generator, dtype: str) -> Quant:
    """Any zero point of the dtype, often an extreme one, and scales that fit the width of the integers."""
    info = np.iinfo(DTYPES[dtype])
    zero = int(rng.choice([0, info.min, info.max, int(rng.integers(info.min, info.max, endpoint=True))]))
    fine = {"int16": 2**-7, "int32": 2**-20}.get(dtype, 1.0)
    return Quant((float(np.float32(draw_scale(rng) * fine)),), (zero,))


def draw_quantize(rng: np.random.Generator, *, x_dtype: str, y_dtype: str) -> Graph:
    """One node; one draw in four between formats of 8 bits only moves the zero point by 128."""
    shape = draw_shape(rng, int(rng.integers(1, 5)), 7)
    x_quant = None if x_dtype == "float32" else draw_quant(rng, x_dtype)
    y_quant = draw_quant(rng, y_dtype)
    if x_quant is None:  # quotients of 32 bits, beyond which TFLite Micro's conversion is undefined
        y_quant = replace(y_quant, scale=(draw_scale(rng),))
    move = {"int8": 0, "uint8": 128}
    if x_quant is not None and {x_dtype, y_dtype} <= move.keys() and rng.random() < 0.25:
        y_quant = Quant(x_quant.scale, (x_quant.zero[0] - move[x_dtype] + move[y_dtype],))
    x, y = Tensor("x", Type(shape, x_dtype, x_quant)), Type(shape, y_dtype, y_quant)
    return single("quantize", [x], [y], {"dtype": y_dtype})


def node(x: str, y: str, dtype: str) -> Node:
    """The node that makes y of this dtype of x."""
    return Node("quantize", f"{y}/quantize", (x,), (y,), {"dtype": dtype})


OP = Quantize()

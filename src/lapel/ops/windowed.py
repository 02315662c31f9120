"""Rows of samples times a window: y = (x · w) >> shift, rounded down and, of int16, saturated.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int16 | [..., W] | any; no part of the arithmetic |
| window | int16 constant | [W] | any |
| y | int16, int32 | that of x | any |

Attributes: shift (int 0..31), dtype (that of y). Source: TFLite Micro SignalWindow, which has int16 alone;
docs/SPEC.md §10.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
from lapel.ir import (
    DTYPES,
    Call,
    Case,
    Graph,
    Instance,
    NodeSpec,
    Op,
    TfliteForm,
    TfliteNode,
    TfliteOperator,
    Type,
)
from lapel.ir.attribute import Attribute
from lapel.ir.graph import Tensor
from lapel.ir.op import custom_code, single
from lapel.ir.signature import Plain, Signature

KERNELS = {"int16": "windowed16", "int32": "windowed32"}
"""By the dtype of y."""
MOST_SHIFT = 31


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("windowed", op.inputs, {"shift": int(op.option("shift")), "dtype": "int16"})


def write_tflite(inst: Instance) -> TfliteNode | None:
    if inst.attrs["dtype"] != "int16":
        return None
    return TfliteNode(inst.inputs, {"shift": inst.attrs["shift"]})


class Windowed(Op):
    name = "windowed"
    tflite = (TfliteForm(custom_code("SignalWindow"), None, range(1, 2), read_tflite, write_tflite, custom=("shift",)),)

    attributes = {
        "shift": Attribute("int", choices=tuple(range(MOST_SHIFT + 1))),
        "dtype": Attribute("str", choices=tuple(KERNELS)),
    }
    signatures = (
        Signature((Plain(("int16",), "input"), Plain(("int16",), "window", constant=True)), (Plain(tuple(KERNELS)),)),
    )

    def check_shapes(self, inst: Instance) -> list[str]:
        x, window = inst.x().shape, inst.x(1).shape
        if x and window == x[-1:]:
            return []
        return [f"window has shape {window}, expected {x[-1:]}, that of a row of the input: convert the model again"]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.x().shape, inst.attrs["dtype"]),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, window = arrays
        assert x is not None and window is not None
        info = np.iinfo(DTYPES[inst.attrs["dtype"]])
        y = (x.astype(np.int64) * window.astype(np.int64)) >> inst.attrs["shift"]
        return (np.clip(y, info.min, info.max).astype(info.dtype),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        x, window = inst.x(), inst.const(1)
        assert window is not None
        params = {
            "window": window,
            "rows": x.size // x.shape[-1],
            "length": x.shape[-1],
            "shift": inst.attrs["shift"],
        }
        return (Call(KERNELS[inst.y().dtype], inst.node.outputs, inst.node.inputs[:1], params, in_place=True),)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return (0,)

    def cases(self) -> Sequence[Case]:
        return [
            Case("int16", partial(draw_windowed, dtype="int16")),
            Case("mirrored", partial(draw_windowed, dtype="int16", mirrored=True)),
            Case("int32", partial(draw_windowed, dtype="int32"), "none"),
        ]


def draw_windowed(rng: np.random.Generator, *, dtype: str, mirrored: bool = False) -> Graph:
    """A few rows; products that fit, and products that do not; mirrored: the window is its own mirror."""
    length = int(rng.choice([4, 16, 64, 100] if mirrored else [1, 7, 16, 33, 100]))
    shape = (*draw_shape(rng, int(rng.integers(0, 3)), 3), length)
    values = rng.integers(-(2**15), 2**15, length, np.int16)
    values[rng.integers(0, length)] = -(2**15)
    if mirrored:
        values = np.maximum(values, values[::-1])
    window = Tensor("window", Type((length,), "int16"), values)
    shift = int(rng.choice([0, 1, 12, 15, 16, 31]))
    x = Tensor("x", Type(shape, "int16"))
    return single("windowed", [x, window], [Type(shape, dtype)], {"shift": shift, "dtype": dtype})


OP = Windowed()

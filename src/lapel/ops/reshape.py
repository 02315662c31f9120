"""Reshape: the same elements in the same order under another shape.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | any | any |
| y | as x | `shape`, of as many elements | any; the stored values do not change |

Attributes: shape (tuple, no -1).
Source: TFLite operators RESHAPE, SQUEEZE, EXPAND_DIMS; docs/SPEC.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.families.draw import draw_shape
from lapel.families.strides import MovingOp, copy, draw_plain, require_axis
from lapel.ir import (
    Call,
    Case,
    Graph,
    Instance,
    Node,
    NodeSpec,
    Tensor,
    TfliteForm,
    TfliteNode,
    TfliteOperator,
    Type,
)
from lapel.ir.along import Along, Axes, reshaped_along
from lapel.ir.attribute import AXES
from lapel.ir.op import single


def read_reshape(op: TfliteOperator) -> NodeSpec:
    """The shape is the declared output's; the second input and the option say it again, or nothing: not read."""
    return NodeSpec("reshape", (_input(op),), {"shape": op.outputs[0].type.shape})


def read_squeeze(op: TfliteOperator) -> NodeSpec:
    x = _input(op)
    shape = x.type.shape
    axes = {require_axis(a, len(shape)) for a in op.option_array("SqueezeDims")}
    wrong = sorted(a for a in axes if shape[a] != 1)
    if wrong:
        raise UnsupportedNode(f"squeezes axes {wrong} of {list(shape)}, expected size 1: fix the model")
    axes = axes or {a for a, d in enumerate(shape) if d == 1}
    return NodeSpec("reshape", (x,), {"shape": tuple(d for a, d in enumerate(shape) if a not in axes)})


def read_expand_dims(op: TfliteOperator) -> NodeSpec:
    x = _input(op)
    axis = require_axis(int(op.const(1).reshape(-1)[0]), len(x.type.shape) + 1)
    return NodeSpec("reshape", (x,), {"shape": (*x.type.shape[:axis], 1, *x.type.shape[axis:])})


def write_reshape(inst: Instance) -> TfliteNode:
    shape = np.array(inst.attrs["shape"], np.int32)
    const = Tensor(f"{inst.node.name}/shape", Type(shape.shape, "int32"), shape)
    return TfliteNode((inst.inputs[0], const), {"NewShape": inst.attrs["shape"]})


def _input(op: TfliteOperator) -> Tensor:
    x = op.inputs[0]
    if x is None:
        raise UnsupportedNode("has no input 0, expected a tensor: convert the model again")
    return x


class Reshape(MovingOp):
    name = "reshape"
    restates = True
    tflite = (
        TfliteForm("RESHAPE", "ReshapeOptions", range(1, 2), read_reshape, write_reshape),
        TfliteForm("SQUEEZE", "SqueezeOptions", range(1, 3), read_squeeze, lambda inst: None),
        TfliteForm("EXPAND_DIMS", "ExpandDimsOptions", range(1, 2), read_expand_dims, lambda inst: None),
    )

    attributes = {"shape": AXES}

    def check_shapes(self, inst: Instance) -> list[str]:
        x, shape = inst.x(), inst.attrs["shape"]
        if Type(shape, x.dtype).size != x.size:
            return [f"reshapes {x.size} elements {list(x.shape)} to {list(shape)}, expected as many elements"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.attrs["shape"], inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (x.reshape(inst.attrs["shape"]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        return (copy(inst.node.outputs[0], inst.node.inputs[0], inst.x()),)

    def resized(self, inst: Instance, shape: tuple[int, ...]) -> Mapping[str, Any]:
        return {**inst.attrs, "shape": shape}

    def along(self, inst: Instance, axes: Axes, count: int) -> Along | None:
        return reshaped_along(inst, axes, count)

    def alias(self, inst: Instance) -> bool:
        return True

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return (0,)

    def cases(self) -> Sequence[Case]:
        return [
            Case("int8", partial(draw_reshape, dtype="int8")),
            Case("int32", partial(draw_reshape, dtype="int32")),
            Case("int16", partial(draw_reshape, dtype="int16")),
        ]


def draw_reshape(rng: np.random.Generator, *, dtype: str) -> Graph:
    """Dimensions shuffled, neighbours sometimes merged."""
    x = draw_plain(rng, "x", draw_shape(rng, int(rng.integers(1, 6)), 4), dtype)
    shape = [int(d) for d in rng.permutation(x.type.shape)]
    while len(shape) > 1 and rng.random() < 0.5:
        last = shape.pop()
        shape[-1] *= last
    return single("reshape", [x], [Type(tuple(shape), dtype, x.type.quant)], {"shape": tuple(shape)})


def node(name: str, x: str, y: str, shape: tuple[int, ...]) -> Node:
    """The node that makes y of x, which has as many elements."""
    return Node("reshape", name, (x,), (y,), {"shape": shape})


OP = Reshape()

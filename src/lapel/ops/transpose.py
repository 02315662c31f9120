"""Transpose: axis i of y is axis perm[i] of x.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | [d_0, …] | any |
| y | as x | [d_perm[0], …] | any; the stored values do not change |

Attributes: perm (tuple, a permutation of 0..rank-1).
Source: TFLite operator TRANSPOSE; docs/SPEC.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.families.draw import draw_shape
from lapel.families.strides import Loop, MovingOp, count_loops, draw_plain, move, row_strides
from lapel.ir import Call, Case, Graph, Instance, Node, NodeSpec, Tensor, TfliteForm, TfliteNode, Type
from lapel.ir.along import Along, Axes
from lapel.ir.attribute import AXES
from lapel.ir.op import TfliteOperator, single


def read_tflite(op: TfliteOperator) -> NodeSpec:
    if op.const(1).dtype != np.int32:  # TFLite Micro reads it as int32, whatever it is
        raise UnsupportedNode(f"the permutation is {op.const(1).dtype}, expected int32: convert again")
    perm = [int(a) for a in op.const(1).reshape(-1)]
    return NodeSpec("transpose", op.inputs[:1], {"perm": tuple(a + len(perm) if a < 0 else a for a in perm)})


def write_tflite(inst: Instance) -> TfliteNode:
    perm = np.array(inst.attrs["perm"], np.int32)
    const = Tensor(f"{inst.node.name}/perm", Type(perm.shape, "int32"), perm)
    return TfliteNode((inst.inputs[0], const))


class Transpose(MovingOp):
    name = "transpose"
    tflite = (TfliteForm("TRANSPOSE", "TransposeOptions", range(1, 7), read_tflite, write_tflite),)

    attributes = {"perm": AXES}

    def check_shapes(self, inst: Instance) -> list[str]:
        perm, rank = inst.attrs["perm"], len(inst.x().shape)
        if sorted(perm) != list(range(rank)):
            return [f"permutes axes as {list(perm)}, expected a permutation of {list(range(rank))}"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        x = inst.x()
        return ((tuple(x.shape[a] for a in inst.attrs["perm"]), x.dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (np.ascontiguousarray(x.transpose(inst.attrs["perm"])),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        return (move(inst.node.outputs[0], inst.node.inputs[0], inst.x().dtype, _loops(inst)),)

    def along(self, inst: Instance, axes: Axes, count: int) -> Along | None:
        return Along((inst.attrs["perm"].index(axes[0]),), inst.attrs)

    def permutation(self, inst: Instance) -> tuple[int, ...] | None:
        return tuple(inst.attrs["perm"])

    def alias(self, inst: Instance) -> bool:
        # Only axes of size 1 change places.
        return count_loops(_loops(inst), inst.x().dtype) == 0

    def cases(self) -> Sequence[Case]:
        return [Case(dtype, partial(draw_transpose, dtype=dtype)) for dtype in ("int8", "int16", "float32")]


def _loops(inst: Instance) -> list[Loop]:
    strides = row_strides(inst.x().shape)
    y = inst.y().shape
    return list(zip(y, [strides[a] for a in inst.attrs["perm"]], row_strides(y), strict=True))


def draw_transpose(rng: np.random.Generator, *, dtype: str) -> Graph:
    """Ranks 1 to 5, any permutation, many axes of size 1."""
    x = draw_plain(rng, "x", draw_shape(rng, int(rng.integers(1, 6)), 5), dtype)
    perm = tuple(int(a) for a in rng.permutation(len(x.type.shape)))
    y = Type(tuple(x.type.shape[a] for a in perm), dtype, x.type.quant)
    return single("transpose", [x], [y], {"perm": perm})


def node(name: str, x: str, y: str, perm: Sequence[int]) -> Node:
    """The node that makes y of x, its axes in the order of `perm`."""
    return Node("transpose", name, (x,), (y,), {"perm": tuple(perm)})


OP = Transpose()

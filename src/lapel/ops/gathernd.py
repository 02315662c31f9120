"""Gather by tuples: slices of x, each by the constant indexes of its first dimensions.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | [d_0, …] | any |
| indexes | int32 constant | [e_0, …, K], K at most x's dimensions | none |
| y | as x | e_0, …, then d_K, … | any; the stored values do not change |

Attributes: none. Source: TFLite operator GATHER_ND; docs/SPEC.md §6.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod

import numpy as np

from lapel.families.draw import draw_shape
from lapel.families.strides import PICK_LIMIT, MovingOp, draw_plain, pick, row_strides
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Tensor, TfliteForm, TfliteNode, TfliteOperator, Type
from lapel.ir.op import single
from lapel.ir.signature import ANY, Plain, Signature

MOST_DEPTH = 5
"""Indexes of a tuple that TFLite Micro takes."""


def read_tflite(op: TfliteOperator) -> NodeSpec:
    op.const(1)
    return NodeSpec("gathernd", op.inputs[:2])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class GatherNd(MovingOp):
    name = "gathernd"
    tflite = (TfliteForm("GATHER_ND", "GatherNdOptions", range(1, 6), read_tflite, write_tflite),)

    signatures = (Signature((ANY, Plain(("int32",), "indexes", constant=True)), (ANY,)),)

    def check(self, inst: Instance) -> list[str]:
        if slice_numbers(inst).max() < PICK_LIMIT:
            return []
        return [f"picks from over {PICK_LIMIT} slices, expected fewer: gather in two steps"]

    def check_shapes(self, inst: Instance) -> list[str]:
        x, e, indexes = inst.x().shape, inst.x(1).shape, inst.const(1)
        if not e or not 1 <= e[-1] <= min(len(x), MOST_DEPTH):
            found = f"indexes have shape {e} for {list(x)}"
            return [f"{found}, expected tuples of 1 to {min(len(x), MOST_DEPTH)} indexes: fix the model"]
        if indexes is not None and ((indexes < 0) | (indexes >= np.array(x[: e[-1]]))).any():
            return [f"some index is not within {list(x[: e[-1]])}, the first dimensions of the input: fix the model"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        x, e = inst.x(), inst.x(1).shape
        return (((*e[:-1], *x.shape[e[-1] :]), x.dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x = arrays[0]
        assert x is not None
        slices = x.reshape(-1, prod(x.shape[inst.x(1).shape[-1] :]))
        return (slices[slice_numbers(inst)].reshape(inst.y().shape),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        x, inner = inst.x(), prod(inst.x().shape[inst.x(1).shape[-1] :])
        t = Type((1, x.size // inner, 1, inner), x.dtype)
        return (pick(inst.node.outputs[0], inst.node.inputs[0], t, slice_numbers(inst), np.zeros(1, np.int64)),)

    def cases(self) -> Sequence[Case]:
        return [Case(dtype, partial(draw_gathernd, dtype=dtype)) for dtype in ("int8", "float32")]


def slice_numbers(inst: Instance) -> np.ndarray:
    """For each slice of y in order, which one of x it is."""
    indexes, depth = inst.const(1), inst.x(1).shape[-1]
    assert indexes is not None
    return np.asarray(indexes.reshape(-1, depth).astype(np.int64) @ np.array(row_strides(inst.x().shape[:depth])))


def draw_gathernd(rng: np.random.Generator, *, dtype: str) -> Graph:
    """Elements and slices, by one tuple or by many."""
    shape = draw_shape(rng, int(rng.integers(1, 5)), 4)
    depth = int(rng.integers(1, len(shape) + 1))
    e = (*draw_shape(rng, int(rng.integers(0, 3)), 3), depth)
    values = np.asarray(rng.integers(0, shape[:depth], e), np.int32)
    x, indexes = draw_plain(rng, "x", shape, dtype), Tensor("indexes", Type(e, "int32"), values)
    return single("gathernd", [x, indexes], [Type((*e[:-1], *shape[depth:]), dtype, x.type.quant)], {})


OP = GatherNd()

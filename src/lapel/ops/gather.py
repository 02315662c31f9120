"""Gather: slices of x along an axis, by constant indexes.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | [d_0, …] | any |
| indexes | int32 constant | [e_0, …]; the first `batch` dimensions are those of x | none |
| y | as x | d_0 … d_(axis-1), e_batch …, d_(axis+1) … | any; the stored values do not change |

Attributes: axis (>= batch), batch (int >= 0: dimensions that x and the indexes have in common).
Source: TFLite operator GATHER; docs/SPEC.md §6.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod

import numpy as np

from lapel.families.draw import draw_shape
from lapel.families.strides import PICK_LIMIT, MovingOp, draw_plain, pick, require_axis
from lapel.ir import Call, Case, Graph, Instance, Node, NodeSpec, Tensor, TfliteForm, TfliteNode, TfliteOperator, Type
from lapel.ir.attribute import AXIS, Attribute
from lapel.ir.axes import Perm, Permuted
from lapel.ir.op import single
from lapel.ir.signature import ANY, Plain, Signature


def read_tflite(op: TfliteOperator) -> NodeSpec:
    x, indexes = op.inputs[:2]
    op.const(1)
    assert x is not None and indexes is not None
    batch = int(op.option("BatchDims"))
    batch += len(indexes.type.shape) if batch < 0 else 0
    attrs = {"axis": require_axis(int(op.option("Axis")), len(x.type.shape)), "batch": batch}
    return NodeSpec("gather", (x, indexes), attrs)


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs, {"Axis": inst.attrs["axis"], "BatchDims": inst.attrs["batch"]})


class Gather(MovingOp):
    name = "gather"
    tflite = (TfliteForm("GATHER", "GatherOptions", range(1, 8), read_tflite, write_tflite),)

    attributes = {"axis": AXIS, "batch": Attribute("int")}
    signatures = (Signature((ANY, Plain(("int32",), "indexes", constant=True)), (ANY,)),)

    def check(self, inst: Instance) -> list[str]:
        if slice_numbers(inst).max() < PICK_LIMIT:
            return []
        return [f"picks from over {PICK_LIMIT} slices, expected fewer: gather in two steps"]

    def check_shapes(self, inst: Instance) -> list[str]:
        (axis, batch), x, e = (inst.attrs["axis"], inst.attrs["batch"]), inst.x().shape, inst.x(1).shape
        if not 0 <= batch <= axis < len(x) or batch > len(e) or x[:batch] != e[:batch]:
            found = f"axis {axis} and {batch} batch dimensions of {list(x)} by indexes {list(e)}"
            return [f"{found}, expected an axis behind dimensions that both have: fix the model"]
        indexes = inst.const(1)
        if indexes is not None and (indexes.min() < 0 or indexes.max() >= x[axis]):
            found = f"indexes are {indexes.min()} to {indexes.max()}"
            return [f"{found}, expected 0 to {x[axis] - 1} as axis {axis} has: fix the model"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        axis, x = inst.attrs["axis"], inst.x()
        return (((*x.shape[:axis], *inst.x(1).shape[inst.attrs["batch"] :], *x.shape[axis + 1 :]), x.dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x, _), axis = arrays, inst.attrs["axis"]
        assert x is not None
        slices = x.reshape(-1, prod(x.shape[axis + 1 :]))
        return (slices[slice_numbers(inst)].reshape(inst.y().shape),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        x, axis = inst.x(), inst.attrs["axis"]
        inner, rows, outer = prod(x.shape[axis + 1 :]), slice_numbers(inst), 1
        if inst.attrs["batch"] == 0:  # one table for all that lies before the axis
            rows, outer = _indexes(inst).reshape(-1), prod(x.shape[:axis])
        t = Type((outer, x.size // outer // inner, 1, inner), x.dtype)
        return (pick(inst.node.outputs[0], inst.node.inputs[0], t, rows, np.zeros(1, np.int64)),)

    def reordered(self, inst: Instance) -> tuple[int, np.ndarray] | None:
        indexes, axis = inst.const(1), inst.attrs["axis"]
        if indexes is None or inst.attrs["batch"] or indexes.ndim != 1:
            return None
        return (axis, indexes) if np.array_equal(np.sort(indexes), np.arange(inst.x().shape[axis])) else None

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return (0,) if inst.attrs["axis"] < len(inst.x().shape) - 1 else ()

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        axis, indexes = inst.attrs["axis"], len(inst.x(1).shape)
        if inst.attrs["batch"]:
            return None
        y: list[int | None] = []
        for a in perm:
            y += range(axis, axis + indexes) if a == axis else [a if a is None or a < axis else a + indexes - 1]
        return Permuted({**inst.attrs, "axis": perm.index(axis)}, tuple(y))

    def cases(self) -> Sequence[Case]:
        kinds = (("int8", False), ("float32", False), ("int8", True))
        return [Case(f"{d}{'_batch' * b}", partial(draw_gather, dtype=d, batched=b)) for d, b in kinds]


def _indexes(inst: Instance) -> np.ndarray:
    indexes = inst.const(1)
    assert indexes is not None
    return indexes.astype(np.int64)


def slice_numbers(inst: Instance) -> np.ndarray:
    """For each slice of y in order, which one of x it is: the number of all that lies behind the axis."""
    axis, batch, x = inst.attrs["axis"], inst.attrs["batch"], inst.x().shape
    batches, outer = prod(x[:batch]), prod(x[batch:axis])
    first = np.arange(batches * outer).reshape(batches, outer, 1) * x[axis]
    return np.asarray((first + _indexes(inst).reshape(batches, 1, -1)).reshape(-1))


def draw_gather(rng: np.random.Generator, *, dtype: str, batched: bool) -> Graph:
    """Any axis, by up to two dimensions of indexes, a number among them; `batched`: behind common dimensions."""
    shape = draw_shape(rng, int(rng.integers(1 + batched, 5)), 4)
    axis = int(rng.integers(int(batched), len(shape)))
    batch = int(rng.integers(1, axis + 1)) if batched else 0
    e = (*shape[:batch], *draw_shape(rng, int(rng.integers(0, 3)), 4))
    values = rng.integers(0, shape[axis], e, np.int32)
    x, indexes = draw_plain(rng, "x", shape, dtype), Tensor("indexes", Type(e, "int32"), np.asarray(values, np.int32))
    y = Type((*shape[:axis], *e[batch:], *shape[axis + 1 :]), dtype, x.type.quant)
    return single("gather", [x, indexes], [y], {"axis": axis, "batch": batch})


def node(name: str, x: str, indexes: str, y: str, axis: int) -> Node:
    """The node that makes y of slices of x along an axis, by constant indexes."""
    return Node("gather", name, (x, indexes), (y,), {"axis": axis, "batch": 0})


OP = Gather()

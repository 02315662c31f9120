"""Tile: x side by side with itself, so many times along each axis.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | [d_0, …], at most 5 dimensions | any |
| y | as x | [d_0·times_0, …] | any; the stored values do not change |

Attributes: times (tuple, one count >= 1 per axis). TFLite Micro does not have it.
Source: TFLite operator TILE; docs/SPEC.md §6.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
from lapel.families.strides import MOVE_LOOPS, Loop, MovingOp, draw_plain, move, row_strides
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Tensor, TfliteForm, TfliteNode, TfliteOperator, Type
from lapel.ir.attribute import AXES
from lapel.ir.axes import Perm, Permuted, moved
from lapel.ir.op import single


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("tile", op.inputs[:1], {"times": tuple(int(n) for n in op.const(1).reshape(-1))})


def write_tflite(inst: Instance) -> TfliteNode:
    times = np.array(inst.attrs["times"], np.int32)
    return TfliteNode((inst.inputs[0], Tensor(f"{inst.node.name}/times", Type(times.shape, "int32"), times)))


class Tile(MovingOp):
    name = "tile"
    tflite = (TfliteForm("TILE", "TileOptions", range(1, 4), read_tflite, write_tflite),)

    attributes = {"times": AXES}

    def check_shapes(self, inst: Instance) -> list[str]:
        times, shape = inst.attrs["times"], inst.x().shape
        if len(times) != len(shape) or len(shape) > MOVE_LOOPS:
            return [f"tiles {list(shape)} by {list(times)}, expected a count for each of at most {MOVE_LOOPS} axes"]
        if min(times, default=1) < 1:
            return [f"tiles by {list(times)}, expected counts from 1: fix the model"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        x = inst.x()
        return ((tuple(d * n for d, n in zip(x.shape, inst.attrs["times"], strict=True)), x.dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (np.tile(x, inst.attrs["times"]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        """x to the start of y; then axis by axis, the innermost first, what is there to its other places."""
        (y,), (x,), t = inst.node.outputs, inst.node.inputs, inst.y()
        sizes, strides = inst.x().shape, row_strides(t.shape)
        calls = [move(y, x, t.dtype, list(zip(sizes, row_strides(sizes), strides, strict=True)))]
        for axis in reversed(range(len(sizes))):
            outer: list[Loop] = [(n, k, k) for n, k in zip(sizes[:axis], strides[:axis], strict=True)]
            block, times = sizes[axis] * strides[axis], inst.attrs["times"][axis]
            if times > 1:
                loops = [*outer, (times - 1, 0, block), (block, 1, 1)]
                calls.append(move(y, y, t.dtype, loops, 0, block))
        return tuple(calls)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return (0,) if inst.x().shape and inst.attrs["times"][-1] == 1 else ()

    def spreads(self, inst: Instance) -> tuple[int, ...] | None:
        return tuple(inst.attrs["times"])

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        return Permuted({"times": moved(inst.attrs["times"], perm, 1)}, perm)

    def cases(self) -> Sequence[Case]:
        return [Case(dtype, partial(draw_tile, dtype=dtype), "litert") for dtype in ("int8", "float32")]


def draw_tile(rng: np.random.Generator, *, dtype: str) -> Graph:
    """Ranks 1 to 5; half of the axes are not repeated."""
    rank = int(rng.integers(1, 6))
    x = draw_plain(rng, "x", draw_shape(rng, rank, 3), dtype)
    times = tuple(1 + int(n) for n in rng.integers(0, 3, rank) * rng.integers(0, 2, rank))
    shape = tuple(d * n for d, n in zip(x.type.shape, times, strict=True))
    return single("tile", [x], [Type(shape, dtype, x.type.quant)], {"times": times})


OP = Tile()

"""Mirror pad: x inside a larger y, and around it what lies before it on the other side of its border.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | [d_0, …], at most 5 dimensions | any |
| y | as x | [before_i + d_i + after_i, …] | any; the stored values do not change |

Attributes: before, after (tuples, one count per axis, 0 to d_i, less 1 if not edge), edge (bool: whether the border
itself is repeated, SYMMETRIC; else REFLECT). Source: TFLite operator MIRROR_PAD; docs/SPEC.md §6.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
from lapel.families.strides import MOVE_LOOPS, Loop, MovingOp, draw_plain, move, row_strides
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Tensor, TfliteForm, TfliteNode, TfliteOperator, Type
from lapel.ir.attribute import AXES, FLAG
from lapel.ir.axes import Perm, Permuted, moved
from lapel.ir.op import single

REFLECT, SYMMETRIC = 0, 1
"""Codes of the option Mode."""


def read_tflite(op: TfliteOperator) -> NodeSpec:
    before, after = (tuple(int(n) for n in column) for column in op.const(1).reshape(-1, 2).T)
    attrs = {"before": before, "after": after, "edge": int(op.option("Mode")) != REFLECT}
    return NodeSpec("mirrorpad", op.inputs[:1], attrs)


def write_tflite(inst: Instance) -> TfliteNode:
    pairs = np.array([inst.attrs["before"], inst.attrs["after"]], np.int32).T
    paddings = Tensor(f"{inst.node.name}/paddings", Type(pairs.shape, "int32"), pairs)
    return TfliteNode((inst.inputs[0], paddings), {"Mode": SYMMETRIC if inst.attrs["edge"] else REFLECT})


class MirrorPad(MovingOp):
    name = "mirrorpad"
    tflite = (TfliteForm("MIRROR_PAD", "MirrorPadOptions", range(1, 4), read_tflite, write_tflite),)

    attributes = {"before": AXES, "after": AXES, "edge": FLAG}

    def check_shapes(self, inst: Instance) -> list[str]:
        x, before, after = inst.x().shape, inst.attrs["before"], inst.attrs["after"]
        if not len(before) == len(after) == len(x) <= MOVE_LOOPS:
            return [f"pads {len(before)} axes of {list(x)}, expected all of at most {MOVE_LOOPS}: fix the model"]
        most = [d if inst.attrs["edge"] else d - 1 for d in x]
        if any(not 0 <= n <= m for side in (before, after) for n, m in zip(side, most, strict=True)):
            found = f"pads by {list(zip(before, after, strict=True))}"
            return [f"{found}, expected from 0 to {most}, what there is to mirror: fix the model"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        x, attrs = inst.x(), inst.attrs
        sides = zip(attrs["before"], x.shape, attrs["after"], strict=True)
        return ((tuple(b + d + a for b, d, a in sides), x.dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        pairs = list(zip(inst.attrs["before"], inst.attrs["after"], strict=True))
        return (np.pad(x, pairs, mode="symmetric" if inst.attrs["edge"] else "reflect") if pairs else x,)

    def piece(self, inst: Instance) -> int | None:
        return 0 if inst.x().size == inst.y().size else None

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        """x to its place; then axis by axis, the innermost first, slabs of y to either side of what is there."""
        (y,), (x,), t = inst.node.outputs, inst.node.inputs, inst.y()
        before, after, sizes = inst.attrs["before"], inst.attrs["after"], inst.x().shape
        strides, skip = row_strides(t.shape), 0 if inst.attrs["edge"] else 1
        start = sum(b * s for b, s in zip(before, strides, strict=True))
        inner = list(zip(sizes, row_strides(sizes), strides, strict=True))
        calls = [move(y, x, t.dtype, inner, 0, start)]
        for axis in reversed(range(len(sizes))):
            b, d, s = before[axis], sizes[axis], strides[axis]
            outer: list[Loop] = [(n, k, k) for n, k in zip(sizes[:axis], strides[:axis], strict=True)]
            start -= b * s
            slabs = ((before[axis], 0, 2 * b - 1 + skip), (after[axis], b + d, b + d - 1 - skip))
            for count, to, source in slabs:
                if count:
                    loops = [*outer, (count, -s, s), (s, 1, 1)]
                    calls.append(move(y, y, t.dtype, loops, start + source * s, start + to * s))
        return tuple(calls)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return (0,) if inst.x().shape and inst.attrs["before"][-1] == inst.attrs["after"][-1] == 0 else ()

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        return Permuted({**inst.attrs, **{k: moved(inst.attrs[k], perm, 0) for k in ("before", "after")}}, perm)

    def cases(self) -> Sequence[Case]:
        kinds = (("int8", False), ("int8", True), ("float32", False))
        return [Case(f"{d}{'_edge' * e}", partial(draw_mirrorpad, dtype=d, edge=e)) for d, e in kinds]


def draw_mirrorpad(rng: np.random.Generator, *, dtype: str, edge: bool) -> Graph:
    """Ranks 1 to 5; each side is empty half of the time."""
    rank = int(rng.integers(1, 6))
    x = draw_plain(rng, "x", draw_shape(rng, rank, 3 if rank > 3 else 5), dtype)
    most = np.array(x.type.shape) + int(edge)
    before, after = (tuple(int(n) for n in rng.integers(0, most) * rng.integers(0, 2, rank)) for _ in "ba")
    shape = tuple(b + d + a for b, d, a in zip(before, x.type.shape, after, strict=True))
    y = Type(shape, dtype, x.type.quant)
    return single("mirrorpad", [x], [y], {"before": before, "after": after, "edge": edge})


OP = MirrorPad()

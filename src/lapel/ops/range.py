"""Range: start, start + step, … up to the limit, all of them constants; import always folds it.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| y | int32, int64 or float32 | [count] | none |

Attributes: start, step (numbers of that dtype), count (int >= 1), dtype. TFLite Micro does not have it.
Source: TFLite operator RANGE; docs/SPEC.md §6.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.ir import DTYPES, Call, Case, Graph, Instance, NodeSpec, Op, Tensor, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.attribute import Attribute
from lapel.ir.graph import Type
from lapel.ir.op import single
from lapel.ir.signature import Plain, Signature

RANGE_DTYPES = ("int32", "int64", "float32")
MOST_COUNT = 1 << 24


def read_tflite(op: TfliteOperator) -> NodeSpec:
    start, limit, step = (op.const(i).reshape(-1)[0] for i in range(3))
    if step == 0 or not np.isfinite([start, limit, step]).all():
        raise UnsupportedNode(f"counts from {start} to {limit} by {step}, expected finite numbers and a step: fix it")
    count = math.ceil((float(limit) - float(start)) / float(step))
    attrs = {"start": start.item(), "step": step.item(), "count": count, "dtype": op.outputs[0].type.dtype}
    return NodeSpec("range", (), attrs)


def write_tflite(inst: Instance) -> TfliteNode:
    a = inst.attrs
    dtype = DTYPES[a["dtype"]]
    # Half a step beyond the last number, where that is not one itself.
    limit = a["start"] + (a["count"] - (0.5 if a["dtype"] == "float32" else 0)) * a["step"]
    numbers = (("start", a["start"]), ("limit", limit), ("step", a["step"]))
    consts = [Tensor(f"{inst.node.name}/{n}", Type((), a["dtype"]), np.array(v, dtype)) for n, v in numbers]
    return TfliteNode(tuple(consts))


class Range(Op):
    name = "range"
    tflite = (TfliteForm("RANGE", "RangeOptions", range(1, 3), read_tflite, write_tflite),)

    attributes = {
        "start": Attribute("number"),
        "step": Attribute("number"),
        "count": Attribute("int"),
        "dtype": Attribute("str", choices=RANGE_DTYPES),
    }
    signatures = (Signature((), (Plain(RANGE_DTYPES),)),)

    def check_shapes(self, inst: Instance) -> list[str]:
        if not 1 <= inst.attrs["count"] <= MOST_COUNT:
            return [f"has {inst.attrs['count']} numbers, expected 1 to {MOST_COUNT}: fix the model"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (((inst.attrs["count"],), inst.attrs["dtype"]),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        a = inst.attrs
        steps = np.full(a["count"], a["step"], DTYPES[a["dtype"]])
        steps[0] = a["start"]
        return (np.add.accumulate(steps, dtype=steps.dtype),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        return self.reference(inst)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        raw = np.frombuffer(self.reference(inst)[0].tobytes(), np.uint8)
        return (Call("copyrom", inst.node.outputs, (), {"data": raw, "bytes": len(raw)}),)

    def cases(self) -> Sequence[Case]:
        return [Case(dtype, partial(draw_range, dtype=dtype), "litert") for dtype in ("int32", "float32")]


def draw_range(rng: np.random.Generator, *, dtype: str) -> Graph:
    """Upwards or downwards."""
    start, step = (int(n) for n in rng.choice([-7, -2, 3, 11], 2))
    count = int(rng.integers(1, 9))
    shift = float(np.float32(0.1)) if dtype == "float32" else 0
    numbers = {n: np.array(v + shift, dtype).item() for n, v in (("start", start), ("step", step))}
    attrs = {**numbers, "count": count, "dtype": dtype}
    return single("range", [], [Type((count,), dtype)], attrs)


OP = Range()

"""Select: elements of b where the condition is true, else of c, with broadcasting.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| condition | bool, may be constant | any; 5 loop levels after collapsing | none |
| b | any, may be constant | broadcasts with the condition | any; the stored values do not change |
| c | that of b, may be constant | broadcasts with both | any |
| y | that of b | broadcast of all three | any |

Attributes: none. Source: TFLite operators SELECT_V2, SELECT; docs/SPEC.md §6.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.broadcast import check_loops, draw_shapes, loop_params, result_shape
from lapel.families.draw import draw_const
from lapel.families.strides import MovingOp, draw_plain, item_bytes
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.graph import Tensor, Type
from lapel.ir.op import single
from lapel.ir.signature import ANY, Plain, Signature


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("select", op.inputs[:3])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class Select(MovingOp):
    name = "select"
    elementwise = True
    tflite = (TfliteForm("SELECT_V2", "SelectV2Options", range(1, 3), read_tflite, write_tflite),)

    signatures = (Signature((Plain(("bool",), "condition"), ANY, ANY), (ANY,)),)

    def check(self, inst: Instance) -> list[str]:
        return check_loops(inst, operands=3)

    def check_shapes(self, inst: Instance) -> list[str]:
        b, c = inst.x(1).dtype, inst.x(2).dtype
        if b == c:
            return []
        return [f"selects from {b} and {c}, expected two of one dtype: convert the model again"]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((result_shape(*(inst.x(i).shape for i in range(3))), inst.x(1).dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        condition, b, c = arrays
        assert condition is not None and b is not None and c is not None
        return (np.where(condition, b, c),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        params = {**loop_params(*(inst.x(i).shape for i in range(3))), "item": item_bytes(inst.y().dtype)}
        return (Call("select", inst.node.outputs, inst.node.inputs, params),)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return tuple(i for i in (1, 2) if inst.x(i).bytes == inst.y().bytes)

    def cases(self) -> Sequence[Case]:
        kinds = (("same", "int8"), ("mixed", "int8"), ("constant", "int16"), ("mixed", "float32"))
        return [Case(f"{k}_{d}", partial(draw_select, kind=k, dtype=d)) for k, d in kinds]


def draw_select(rng: np.random.Generator, *, kind: str, dtype: str) -> Graph:
    """`mixed`: operands repeat along some axes; `constant`: c is one."""
    shape = tuple(int(d) for d in rng.integers(1, 4, int(rng.integers(1, 5))))
    b_shape, c_shape = draw_shapes(rng, kind, shape)
    condition = Tensor("condition", Type(draw_shapes(rng, kind, shape)[0], "bool"))
    b, c = draw_plain(rng, "b", b_shape, dtype), draw_plain(rng, "c", c_shape, dtype)
    if kind == "constant":
        c = draw_const(rng, c)
    y = Type(result_shape(condition.type.shape, b_shape, c_shape), dtype, b.type.quant)
    return single("select", [condition, b, c], [y], {})


OP = Select()

"""Negation of truth values.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | bool | any | none |
| y | bool | that of x | none |

Attributes: none. Source: TFLite Micro LOGICAL_NOT; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.families.draw import draw_shape
from lapel.families.table import TableOp
from lapel.ir import Case, Graph, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.graph import Tensor, Type
from lapel.ir.op import single
from lapel.ir.signature import Plain, unary


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("logicalnot", op.inputs[:1])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class LogicalNot(TableOp):
    name = "logicalnot"
    tflite = (TfliteForm("LOGICAL_NOT", "LogicalNotOptions", range(1, 2), read_tflite, write_tflite),)

    signatures = (unary(Plain(("bool",))),)

    def function(self, inst: Instance, q: np.ndarray) -> np.ndarray:
        return np.asarray(q == 0, np.int64)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (~x,)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return ()

    def cases(self) -> Sequence[Case]:
        return [Case("random", draw_logicalnot)]


def draw_logicalnot(rng: np.random.Generator) -> Graph:
    shape = draw_shape(rng, int(rng.integers(1, 4)), 6)
    return single("logicalnot", [Tensor("x", Type(shape, "bool"))], [Type(shape, "bool")], {})


OP = LogicalNot()

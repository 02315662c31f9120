"""Conjunction of truth values with broadcasting.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | bool, may be constant | any; 5 loop levels after collapsing | none |
| b | bool, may be constant | broadcasts with a | none |
| y | bool | broadcast of a and b | none |

Attributes: none. Runs the kernel of select: a ? b : a. Source: TFLite Micro LOGICAL_AND; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import numpy as np

from lapel.families.broadcast import check_loops, draw_shapes, loop_params, result_shape, whole_inputs
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.graph import Tensor, Type
from lapel.ir.op import single
from lapel.ir.signature import Plain, binary


def read_tflite(name: str, op: TfliteOperator) -> NodeSpec:
    return NodeSpec(name, op.inputs[:2])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class LogicalAnd(Op):
    name = "logicaland"
    elementwise = True
    choose: ClassVar[np.ufunc] = np.logical_and
    tflite = (
        TfliteForm("LOGICAL_AND", "LogicalAndOptions", range(1, 2), partial(read_tflite, "logicaland"), write_tflite),
    )

    signatures = (binary(Plain(("bool",))),)

    def check(self, inst: Instance) -> list[str]:
        return check_loops(inst)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((result_shape(inst.x(0).shape, inst.x(1).shape), "bool"),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        a, b = arrays
        assert a is not None and b is not None
        return (np.asarray(self.choose(a, b)),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        return self.reference(inst, *arrays)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        a, b = inst.node.inputs
        order = self.chosen(a, b)
        shapes = {a: inst.x(0).shape, b: inst.x(1).shape}
        params = {**loop_params(*(shapes[name] for name in order)), "item": 1}
        return (Call("select", inst.node.outputs, order, params),)

    def chosen(self, a: str, b: str) -> tuple[str, str, str]:
        """Condition, what y is where it is true, and where it is not."""
        return a, b, a

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return whole_inputs(inst)

    def cases(self) -> Sequence[Case]:
        return [Case(kind, partial(draw_logical, name=self.name, kind=kind)) for kind in ("same", "mixed")]


def draw_logical(rng: np.random.Generator, *, name: str, kind: str) -> Graph:
    shape = tuple(int(d) for d in rng.integers(1, 5, int(rng.integers(1, 5))))
    a, b = (Tensor(n, Type(s, "bool")) for n, s in zip("ab", draw_shapes(rng, kind, shape), strict=True))
    return single(name, [a, b], [Type(result_shape(a.type.shape, b.type.shape), "bool")], {})


OP = LogicalAnd()

"""Rows of samples shifted to the left as far as all of a row stay in int16, and by how many bits.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int16 | [..., W] | any; no part of the arithmetic |
| y | int16 | that of x | any |
| bits | int32 | [...] | any |

Attributes: none. A row of zeros has 0 bits. The magnitude of -2^15 is -2^15, so that what came before it in a row is
forgotten. Source: TFLite Micro SignalFftAutoScale; docs/SPEC.md §10.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator, Type
from lapel.ir.graph import Quant, Tensor
from lapel.ir.op import custom_code, single
from lapel.ir.signature import Plain, Signature

INT16, INT32 = Plain(("int16",)), Plain(("int32",))
LOWEST = -(2**15)


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("autoscale", op.inputs)


def write_tflite(inst: Instance) -> TfliteNode | None:
    return TfliteNode(inst.inputs) if len(inst.x().shape) == 1 else None


class AutoScale(Op):
    name = "autoscale"
    tflite = (TfliteForm(custom_code("SignalFftAutoScale"), None, range(1, 2), read_tflite, write_tflite, custom=()),)

    signatures = (Signature((Plain(("int16",), "input"),), (INT16, INT32)),)

    def check_shapes(self, inst: Instance) -> list[str]:
        return [] if inst.x().shape else [f"input is {inst.x()}, expected rows of samples: reshape it"]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (inst.x().shape, "int16"), (inst.x().shape[:-1], "int32")

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        rows = x.reshape(-1, x.shape[-1]).astype(np.int64)
        most = np.abs(rows).max(axis=-1)
        for row in np.flatnonzero(most == -LOWEST):
            most[row] = _greatest(rows[row].tolist())
        bits = np.where(most > 0, 15 - np.frexp(most.astype(np.float64))[1], 0)
        return (rows << bits[:, None]).astype(np.int16).reshape(x.shape), bits.astype(np.int32).reshape(x.shape[:-1])

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        x = inst.x()
        params = {"rows": x.size // x.shape[-1], "length": x.shape[-1]}
        return (Call("autoscale16", inst.node.outputs, inst.node.inputs, params),)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return (0,)

    def cases(self) -> Sequence[Case]:
        return [Case("row", partial(draw_autoscale, rank=1)), Case("rows", partial(draw_autoscale, rank=2), "none")]


def _greatest(row: Sequence[int]) -> int:
    """The greatest magnitude, found one by one, where that of LOWEST is LOWEST."""
    most = 0
    for v in row:
        if v > most:
            most = v
        elif -v > most:
            most = LOWEST if v == LOWEST else -v
    return most


def draw_autoscale(rng: np.random.Generator, *, rank: int) -> Graph:
    """Where a sample is all zero points, its rows are this number, of any size, again and again."""
    shape = (*draw_shape(rng, rank - 1, 4), int(rng.choice([1, 2, 15, 16, 33, 100])))
    alike = int(rng.choice([0, 1, -1, 2 ** int(rng.integers(1, 15)), -(2 ** int(rng.integers(1, 16))), 16383, -16385]))
    x = Tensor("x", Type(shape, "int16", Quant((1.0,), (alike,))))
    return single("autoscale", [x], [Type(shape, "int16"), Type(shape[:-1], "int32")], {})


OP = AutoScale()

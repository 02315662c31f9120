"""Rows of samples shifted to the left as far as all of a row stay in int16, and by how many bits.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int16 | [..., W] | any; no part of the arithmetic |
| y | int16 | that of x | any |
| bits | int32 | [...] | any |

Attributes: none. A row of zeros has 0 bits. Source: TFLite Micro SignalFftAutoScale; docs/SPEC.md §10.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
from lapel.ir import Call, Case, Graph, Instance, Op, Type
from lapel.ir.graph import Quant, Tensor
from lapel.ir.op import single
from lapel.ir.signature import Plain, Signature

INT16, INT32 = Plain(("int16",)), Plain(("int32",))
MOST = 2**15 - 1


class AutoScale(Op):
    name = "autoscale"

    signatures = (Signature((Plain(("int16",), "input"),), (INT16, INT32)),)

    def check_shapes(self, inst: Instance) -> list[str]:
        return [] if inst.x().shape else [f"input is {inst.x()}, expected rows of samples: reshape it"]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (inst.x().shape, "int16"), (inst.x().shape[:-1], "int32")

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        most = np.minimum(np.abs(x.astype(np.int64)).max(axis=-1), MOST)
        bits = np.where(most > 0, 15 - np.frexp(most.astype(np.float64))[1], 0)
        return (x.astype(np.int64) << bits[..., None]).astype(np.int16), np.asarray(bits, np.int32)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        x = inst.x()
        params = {"rows": x.size // x.shape[-1], "length": x.shape[-1]}
        return (Call("autoscale16", inst.node.outputs, inst.node.inputs, params),)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return (0,)

    def cases(self) -> Sequence[Case]:
        return [Case("row", partial(draw_autoscale, rank=1)), Case("rows", partial(draw_autoscale, rank=2), "none")]


def draw_autoscale(rng: np.random.Generator, *, rank: int) -> Graph:
    """Where a sample is all zero points, its rows are this number, of any size, again and again."""
    shape = (*draw_shape(rng, rank - 1, 4), int(rng.choice([1, 2, 15, 16, 33, 100])))
    alike = int(rng.choice([0, 1, -1, 2 ** int(rng.integers(1, 15)), -(2 ** int(rng.integers(1, 16))), 16383, -16385]))
    x = Tensor("x", Type(shape, "int16", Quant((1.0,), (alike,))))
    return single("autoscale", [x], [Type(shape, "int16"), Type(shape[:-1], "int32")], {})


OP = AutoScale()

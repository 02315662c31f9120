"""The greatest sample of a signal, at least 1: what a clip is divided by so that all are alike in loudness.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int16 | [L…, S] | none or any; no part of the arithmetic |
| y | int32 | [L…, 1] | none: max(1, max over S of x) |

The greatest one and not the greatest magnitude, as in MLPerf Tiny's keyword features: a waveform is divided by its own
maximum.
Source: mlcommons/tiny, benchmark/training/keyword_spotting/get_dataset.py; docs/SPEC.md §11.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.families.draw import draw_shape
from lapel.ir import Call, Case, Graph, Instance, Op, Tensor, Type
from lapel.ir.op import single
from lapel.ir.signature import Plain, unary


class Peak(Op):
    name = "peak"
    signatures = (unary(Plain(("int16",), "input"), Plain(("int32",), unscaled=True)),)

    def check_shapes(self, inst: Instance) -> list[str]:
        return [] if inst.x().shape else ["its input is one number, expected an axis of samples: give it a shape"]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (((*inst.x().shape[:-1], 1), "int32"),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (np.maximum(x.max(axis=-1, keepdims=True), 1).astype(np.int32),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        samples = inst.x().shape[-1]
        params = {"rows": inst.x().size // samples, "samples": samples}
        return (Call("peak16", inst.node.outputs, inst.node.inputs, params),)

    def cases(self) -> Sequence[Case]:
        return [Case("rows", draw_peak)]


def draw_peak(rng: np.random.Generator) -> Graph:
    """Of a few short rows; samples of one sign are among those that tests draw."""
    shape = (*draw_shape(rng, int(rng.integers(0, 3)), 3), int(rng.integers(1, 20)))
    return single("peak", [Tensor("x", Type(shape, "int16"))], [Type((*shape[:-1], 1), "int32")], {})


OP = Peak()

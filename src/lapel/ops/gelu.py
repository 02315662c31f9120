"""Gaussian error linear unit: y = x · Φ(x), Φ the normal distribution, or its approximation by tanh; in float32.

    exact: x/2 · erfc(-x / √2);   approximate: x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | any | per tensor |
| y | int8 | that of x | per tensor |

Attributes: approximate (bool). TFLite Micro does not have it.
Source: Hendrycks and Gimpel, arXiv:1606.08415; LiteRT GELU; docs/SPEC.md §5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.sampled import SampledOp
from lapel.families.table import draw_unary
from lapel.ir import Case, Graph, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.attribute import FLAG

ERFC = np.vectorize(math.erfc, otypes=[np.float64])


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("gelu", op.inputs[:1], {"approximate": bool(op.option("Approximate"))})


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs, {"Approximate": inst.attrs["approximate"]})


class Gelu(SampledOp):
    name = "gelu"
    tflite = (TfliteForm("GELU", "GeluOptions", range(1, 3), read_tflite, write_tflite, 2),)
    attributes = {"approximate": FLAG}

    def curve(self, inst: Instance, r: np.ndarray) -> np.ndarray:
        if inst.attrs["approximate"]:
            return r / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (r + 0.044715 * r**3)))
        return r / 2 * ERFC(-r / math.sqrt(2))

    def cases(self) -> Sequence[Case]:
        names = {"exact": False, "approximate": True}
        return [Case(name, partial(draw_gelu, approximate=a), "litert") for name, a in names.items()]


def draw_gelu(rng: np.random.Generator, *, approximate: bool) -> Graph:
    """One node of a random shape and quantization."""
    return draw_unary(rng, "gelu", approximate=approximate)


OP = Gelu()

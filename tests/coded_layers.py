"""Layers whose weights want to be coded, drawn for tests: pruned, shared, of unlike counts; and costs that say how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from coded_convs import CODED_CONVS
from coded_weights import lonely
from lapel.families.draw import draw_activation, draw_type, symmetric_weights, weighted_bias
from lapel.ir import Call, Case, Graph
from lapel.ir.graph import Tensor
from lapel.ir.op import single
from lapel.records import Cost

KINDS = ("shared", "int4", "unlike", "pruned", "lonely")


def draw_values(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    """int8 weights of this shape, channels first."""
    if kind == "shared":
        book = rng.choice(np.arange(-128, 128), int(rng.choice([1, 2, 4, 7, 16])), replace=False)
        return rng.choice(book, shape).astype(np.int8)
    if kind == "int4":
        step = int(rng.choice([1, 3, 17]))
        return (step * rng.integers(-7, 8, shape) + int(rng.integers(-8, 9))).astype(np.int8)
    if kind == "unlike":
        return np.clip(np.round(rng.normal(0, rng.choice([1.5, 6.0, 20.0]), shape)), -127, 127).astype(np.int8)
    if kind == "lonely":
        return np.resize(lonely(rng), shape)
    weights = rng.integers(-128, 128, shape, np.int8)
    weights[rng.random(shape) >= rng.choice([0.02, 0.1, 0.3])] = 0
    weights[int(rng.integers(shape[0]))] = 0
    return weights


def draw_dense(
    rng: np.random.Generator, *, kind: str, per_channel: bool = False, sizes: tuple[int, int, int] | None = None
) -> Graph:
    """A dense node; its biases are any, or multiples of 2^s below 2^(8 + s). sizes: batch, outputs, inputs."""
    drawn = int(rng.integers(1, 3)), int(rng.integers(1, 12)), int(rng.choice([33, 64, 141, 300]))
    n, o, k = sizes or drawn
    x = draw_type(rng, "x", (n, k))
    quant = symmetric_weights(rng, "w", (o, k), 0 if per_channel else None).type
    w = Tensor("w", quant, draw_values(rng, kind, (o, k)))
    bias, y = weighted_bias(rng, x, w, o, (n, o), fan_in=k)
    if bias is not None and rng.random() < 0.5:
        bias = Tensor("bias", bias.type, (rng.integers(-128, 128, o) << int(rng.integers(9))).astype(np.int32))
    return single(
        "dense", [x, w, bias], [y], {"activation": draw_activation(rng), "keep_dims": False, "rounding": "double"}
    )


CODED_CASES: Mapping[str, Sequence[Case]] = {
    "dense": [
        *(Case(f"coded_{kind}", partial(draw_dense, kind=kind)) for kind in KINDS),
        Case("coded_per_channel", partial(draw_dense, kind="pruned", per_channel=True)),
    ],
    "conv": CODED_CONVS,
}
"""By kernel."""


class Wanted:
    """Costs by which the call that makes a tensor gets a kernel: `wanted` of its name, in own code if that says so."""

    unit = "counted instructions"

    def __init__(self, wanted: Mapping[str, tuple[str, bool]]) -> None:
        self._wanted = wanted

    def find(self, graph: Graph, calls: Sequence[Call]) -> list[Cost | str]:
        """One unit of time for what is wanted, two for all else."""
        return [Cost(1 if self._wanted.get(c.outputs[0]) == (c.kernel, c.inline) else 2, 0, 0, {}) for c in calls]

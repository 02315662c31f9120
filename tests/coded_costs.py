"""Of layers whose weights are coded: the kernels that take them, and what each costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lapel.ir import Call, Graph
from lapel.ir.graph import Quant, Tensor, Type
from lapel.ir.op import single
from lapel.measuring.candidates import Candidate, measure
from lapel.ops import registry
from lapel.planning import kernels
from lapel.records import Cost
from lapel.targets import Target


def lowered(graph: Graph) -> Call:
    """The call of the one node."""
    (call,) = registry()[graph.nodes[0].op].lower(graph.instance(graph.nodes[0]))
    return call


def offered(graph: Graph, target: Target) -> dict[str, Call]:
    """All kernels that take the layer's call."""
    return {c.kernel: c for c in kernels._candidates(lowered(graph), target.kernels)[0]}


def figures(calls: Mapping[str, Call], graph: Graph, target: Target) -> dict[str, list[Cost]]:
    """Of each kernel, by these names, what it costs shared, and in code of its own."""
    every = [Candidate(replace(c, inline=own), graph.tensors) for c in calls.values() for own in (False, True)]
    found = measure(every, target)
    assert all(isinstance(cost, Cost) for cost in found)
    return {name: found[2 * k : 2 * k + 2] for k, name in enumerate(calls)}  # type: ignore[misc]


def image_layer(weights: np.ndarray, size: int) -> Graph:
    """Windows of weights [out, height, width, in] over one square image, none of them with taps outside."""
    out, height, width, channels = weights.shape
    x = Type((1, size, size, channels), "int8", Quant((0.05,), (-128,)))
    y = Type((1, size - height + 1, size - width + 1, out), "int8", Quant((0.2,), (-128,)))
    w = Tensor("w", Type(weights.shape, "int8", Quant((0.01,), (0,))), weights)
    pair = (1, 1)
    attrs = {"stride": pair, "dilation": pair, "pad": (0, 0, 0, 0), "activation": "relu", "rounding": "double"}
    return single("conv", [Tensor("x", x), w, None], [y], attrs)

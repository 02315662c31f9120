"""Standardization as part of the network: x --> (x - mean) · 1 / deviation --> the network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.data import Dataset
from lapel.ir import Graph, Node, Tensor, Type
from lapel.ops import verify


def standardized(graph: Graph, data: Dataset) -> tuple[Graph, tuple[str, ...]]:
    """The graph behind a subtraction and a product, and the names of their constants.

    Rows of features have a mean and a deviation each, all else one for all values. A feature that is always the same
    is only moved to 0.
    """
    x = data.numbers().astype(np.float64)
    axis = 0 if x.ndim == 2 else None
    mean, deviation = x.mean(axis=axis, keepdims=True), x.std(axis=axis, keepdims=True)
    rank = len(graph.tensors[graph.inputs[0]].type.shape)
    shape = (1,) * (rank - 1) + (x.shape[1],) if x.ndim == 2 and rank > 1 else (1,) * rank
    (name,) = graph.inputs
    constants = {
        f"{name}/mean": mean.reshape(shape),
        f"{name}/factor": (1 / np.where(deviation > 0, deviation, 1)).reshape(shape),
    }
    tensors = dict(graph.tensors)
    for constant, value in constants.items():
        tensors[constant] = Tensor(constant, Type(value.shape, "float32"), value.astype(np.float32))
    centred, scaled = f"{name}/centred", f"{name}/standard"
    tensors |= {made: Tensor(made, graph.tensors[name].type) for made in (centred, scaled)}
    attrs = {"activation": "none"}
    before = (
        Node("sub", centred, (name, f"{name}/mean"), (centred,), attrs),
        Node("mul", scaled, (centred, f"{name}/factor"), (scaled,), attrs),
    )
    nodes = [replace(n, inputs=tuple(scaled if i == name else i for i in n.inputs)) for n in graph.nodes]
    return verify(replace(graph, nodes=(*before, *nodes), tensors=tensors)), tuple(constants)

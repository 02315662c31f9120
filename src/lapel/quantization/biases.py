"""Bias correction: what rounding the weights adds to a channel on average, its bias takes away.

    y = w · x + b, q ≈ w  -->  y = q · x + b - (q - w) · mean(x)

Exact for the mean over the calibration data. Source: Nagel et al., Data-Free Quantization Through Weight Equalization
and Bias Correction, 2019.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lapel.ir import Graph
from lapel.ir.numbers import numbers
from lapel.quantization.layers import layers, with_constants
from lapel.quantization.seen import Seen

BIAS = 2
"""The input that is one."""


def correct_biases(graph: Graph, made: Graph, seen: Mapping[str, Seen]) -> Graph:
    """The float graph with the biases that suit the integer weights of `made`, a graph that it was converted to."""
    changed: dict[str, dict[int, np.ndarray]] = {}
    placed = {n.name: n for n in made.nodes}
    for layer in layers(graph):
        node = layer.inst.node
        q = made.tensors[placed[node.name].inputs[1]]
        if q.type.quant is None or q.data is None:
            continue
        shift = layer.sums(seen[layer.x.name].mean, numbers(q.type, q.data) - layer.weights())
        mean = shift.reshape(-1, shift.shape[-1]).mean(axis=0)
        changed[node.name] = {BIAS: layer.biases() - mean}
    return with_constants(graph, changed)

"""Quantization as a step: levels of weights, granularity, biases, zeros that stay, the same bits as the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lapel
from lapel import compression
from lapel.data import Splits
from lapel.ir import Graph, Tensor

BOUNDS = {"int8": (-127, 127), "int4": (-7, 7), "int2": (-2, 1), "ternary": (-1, 1)}
TRAINING: dict[str, Any] = {"epochs": 3, "batch": 32, "learning_rate": 0.003}


def constants(graph: Graph) -> list[tuple[Tensor, Tensor]]:
    """Weights and biases of the layers."""
    found = [(graph.tensors[n.inputs[1]], graph.tensors[n.inputs[2]]) for n in graph.nodes if len(n.inputs) > 2]
    assert len(found) == 3
    return found


@pytest.mark.parametrize("training", [{}, TRAINING])
@pytest.mark.parametrize("weights", list(BOUNDS))
def test_levels_and_zeros(trained: Graph, parts: Splits, weights: str, training: dict[str, Any]) -> None:
    sparse = compression.prune(trained, parts, density=0.5, epochs=0).graph
    made = compression.quantize(sparse, parts, weights=weights, granularity="tensor", bias_bits=8, **training)
    low, high = BOUNDS[weights]
    for (w, bias), (before, _) in zip(constants(made.graph), constants(sparse), strict=True):
        assert w.type.quant is not None and w.type.quant.axis is None and w.data is not None and before.data is not None
        assert w.data.min() >= low and w.data.max() <= high and w.data.max() > 0
        assert not w.data[before.data == 0].any()
        assert bias.data is not None and len({int(b) for b in bias.data}) > 1
        widest = int(np.abs(bias.data).max())
        shift = max(widest.bit_length() - 8, 0)
        assert not (bias.data & ((1 << shift) - 1)).any()
    assert f"{weights} weights, a scale a tensor" in made.notes[0]
    assert (made.record is None) == (not training)


def test_after_training_the_network_says_the_same(trained: Graph, parts: Splits) -> None:
    assert parts.test is not None
    made = compression.quantize(trained, parts).graph
    run = lapel.run(made, "host", parts.test.numbers(), labels=parts.test.y)
    assert run.bit_exact and run.accuracy is not None and run.accuracy > 0.85
    assert constants(made)[0][0].type.quant.axis == 0  # type: ignore[union-attr]

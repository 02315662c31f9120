"""The float network: dense layers and what follows each, and the float64 `Graph` that computes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lapel.ir import Graph, Node, Tensor, Type
from lapel.ops import evaluate, verify

FEATURES = "features"
OUTPUT = "output"

FUSED = {"identity": "none", "relu": "relu"}
"""Activations that their dense layer has itself, by scikit-learn's names."""

NODES = {"tanh": {}, "logistic": {}, "softmax": {"beta": 1.0}}
"""Activations that are an operator of their own, of the same name, and its attributes."""

ACTIVATIONS = (*FUSED, *NODES)


@dataclass(frozen=True, eq=False)
class Layer:
    """weights float64 [K, O], biases [O], and the activation that follows."""

    weights: np.ndarray
    biases: np.ndarray
    activation: str


def float_model(layers: Sequence[Layer], batch: int, output: str = OUTPUT) -> Graph:
    """The network over float64 features [batch, K]: what the estimator computes, and what is quantized."""
    first = Tensor(FEATURES, Type((batch, len(layers[0].weights)), "float64"))
    tensors, nodes, x = [first], [], FEATURES
    for k, layer in enumerate(layers):
        stem, end = f"dense_{k}", output if k == len(layers) - 1 else f"hidden_{k}"
        sums = f"{stem}/sums" if layer.activation in NODES else end
        w, b = (
            Tensor(f"{stem}/{what}", Type(v.shape, "float64"), v)
            for what, v in (("weights", layer.weights.T), ("bias", layer.biases))
        )
        shape = Type((batch, len(layer.biases)), "float64")
        tensors += [w, b, *(Tensor(name, shape) for name in dict.fromkeys((sums, end)))]
        attrs = {"activation": FUSED.get(layer.activation, "none"), "keep_dims": False, "rounding": "double"}
        nodes.append(Node("dense", stem, (x, w.name, b.name), (sums,), attrs))
        if layer.activation in NODES:
            nodes.append(Node(layer.activation, end, (sums,), (end,), NODES[layer.activation]))
        x = end
    return verify(Graph("float", tuple(nodes), {t.name: t for t in tensors}, (FEATURES,), (x,)))


def compute(layers: Sequence[Layer], x: np.ndarray) -> np.ndarray:
    """The network's outputs, float64 [n, O], for samples that may have any shape [n, …]."""
    values = np.asarray(x, np.float64).reshape(len(x), -1)
    if not len(values):
        return np.zeros((0, len(layers[-1].biases)))
    return evaluate(float_model(layers, len(values)), {FEATURES: values})[OUTPUT]


def after_affine(layers: Sequence[Layer], slope: np.ndarray, offset: np.ndarray) -> list[Layer]:
    """The network that gives for x what `layers` give for slope · x + offset: folded into the first layer."""
    first = layers[0]
    biases = first.biases + offset @ first.weights
    return [Layer(slope[:, None] * first.weights, biases, first.activation), *layers[1:]]

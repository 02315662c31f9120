"""The layers of multi-layer perceptrons."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.frontends.sklearn.layers import ACTIVATIONS, Layer


def perceptron(mlp: Any, probabilities: bool) -> tuple[Layer, ...]:
    """Dense layers, with the sums of the last one or what its activation makes of them."""
    activations = [mlp.activation] * (len(mlp.coefs_) - 1) + [mlp.out_activation_ if probabilities else "identity"]
    return tuple(
        Layer(np.asarray(w, np.float64), np.asarray(b, np.float64), a)
        for w, b, a in zip(mlp.coefs_, mlp.intercepts_, activations, strict=True)
    )


def activation_problems(mlp: Any, probabilities: bool) -> list[str]:
    """The problem of a hidden activation that there is not."""
    if mlp.activation in ACTIVATIONS and mlp.activation != "softmax":
        return []
    expected = ", ".join(a for a in ACTIVATIONS if a != "softmax")
    return [f"hidden activation is {mlp.activation!r}, expected one of {expected}"]

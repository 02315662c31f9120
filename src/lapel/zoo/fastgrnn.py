"""FastGRNN, unrolled: h' = (ζ·(1 - z) + ν)·h~ + z·h with z = σ(W·x + U·h + b_z), h~ = tanh(W·x + U·h + b_h).

Source: Kusupati et al. (2018), section 3.1, without the factors of low rank. The two matrices are shared by the gates
and by all steps.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.errors import UsageError
from lapel.ir import Graph, Tensor
from lapel.zoo import Network
from lapel.zoo._layers import Layers

ZETA, NU = 0.73, 0.018
"""At first: σ(1) and σ(-4), as published."""
OPEN = 1.0
"""At first the gate's bias, with which most of the state is kept."""


def make(input: Sequence[int], outputs: int, hidden: int = 32, seed: int = 0) -> Graph:
    """input: (steps, features); hidden: units of the state, which is 0 before the first step."""
    net = Layers("fastgrnn", input, outputs, seed)
    if len(net.shape) != 2:
        raise UsageError(f"network 'fastgrnn': input is {net.shape}, expected (steps, features)")
    return net.graph(net.dense(_unrolled(net, *net.shape, hidden), outputs, activation="none", name="scores"))


def _unrolled(net: Layers, steps: int, features: int, hidden: int) -> Tensor:
    """The state after the last step."""
    b = net.builder
    w, u = net.weights("w", (hidden, features), features), net.weights("u", (hidden, hidden), hidden)
    constants = {"gate": np.full((1, hidden), OPEN), "update": np.zeros((1, hidden))}
    constants |= {"zeta": np.full((1, 1), ZETA), "zeta_nu": np.full((1, 1), ZETA + NU)}
    c = {name: b.constant(name, value.astype(np.float32)) for name, value in constants.items()}
    whole = b.node("dense", net.input, w, name="inputs", activation="none", keep_dims=True)
    state: Tensor | None = None
    for t in range(steps):
        taken = {"begin": (0, t, 0), "step": (1, 1, 1), "count": (1, 1, hidden), "shape": (1, hidden)}
        sums = b.node("slice", whole, name=f"input{t}", **taken)
        if state is not None:
            recurrent = b.node("dense", state, u, name=f"recurrent{t}", activation="none", keep_dims=False)
            sums = net.add(sums, recurrent)
        gate = b.node("logistic", net.add(sums, c["gate"]), name=f"gate{t}")
        fresh = b.node("tanh", net.add(sums, c["update"]), name=f"fresh{t}")
        share = b.node("sub", c["zeta_nu"], b.node("mul", gate, c["zeta"], activation="none"), activation="none")
        made = b.node("mul", share, fresh, activation="none")
        state = made if state is None else net.add(made, b.node("mul", gate, state, activation="none"))
    assert state is not None
    return state


NETWORK = Network("fastgrnn", make, normalize=False)

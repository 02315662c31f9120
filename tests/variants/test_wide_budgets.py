"""What int16 layers cost on the cores with variants of their own: instructions a multiplication, as budgets."""

from __future__ import annotations

import numpy as np
import pytest

import lapel
from batch import draw_samples, merge
from lapel.families.convolution import draw_attrs
from lapel.families.draw import draw_type, symmetric_weights, weighted_bias
from lapel.families.window import Window
from lapel.ir import Graph
from lapel.ir.op import single

WINDOW = Window((3, 3), (1, 1))
BUDGETS = {
    "cortex-m4": {"conv": 587_222, "depthwise": 62_268, "dense": 28_222},
    "cortex-m55": {"conv": 167_398, "depthwise": 29_796, "dense": 6_653},
}
"""Instructions of a layer, as measured with the compiler that `make setup` installs; of 451,584, 14,112 and 16,384
multiplications."""
VARIANTS = {"cortex-m4": "dsp", "cortex-m55": "mve"}


def windows(op: str) -> Graph:
    """3x3 on [1, 9, 9, 32], without padding."""
    rng = np.random.default_rng(3)
    x = draw_type(rng, "x", (1, 9, 9, 32), "int16")
    shape, axis = ((32, 3, 3, 32), 0) if op == "conv" else ((1, 3, 3, 32), 3)
    w = symmetric_weights(rng, "w", shape, axis)
    bias, y = weighted_bias(rng, x, w, 32, (1, 7, 7, 32), 288 if op == "conv" else 9)
    return single(op, [x, w, bias], [y], {**draw_attrs(rng, WINDOW, "reduced"), "activation": "none"})


def dense() -> Graph:
    """256 -> 64."""
    rng = np.random.default_rng(4)
    x = draw_type(rng, "x", (1, 256), "int16")
    w = symmetric_weights(rng, "w", (64, 256), 0)
    bias, y = weighted_bias(rng, x, w, 64, (1, 64), 256)
    return single("dense", [x, w, bias], [y], {"activation": "none", "keep_dims": False, "rounding": "reduced"})


@pytest.mark.parametrize("core", BUDGETS)
def test_wide_layers_keep_their_budgets(core: str) -> None:
    graph = merge("wide", [windows("conv"), windows("depthwise"), dense()])
    found = lapel.run(graph, core, draw_samples(graph, np.random.default_rng(5), 1))
    assert found.bit_exact
    layers = {layer.op: layer for layer in found.layers if layer.op in BUDGETS[core]}
    assert {layer.kernel for layer in layers.values()} == {f"{op}16_{VARIANTS[core]}" for op in layers}
    assert {op: layer.instructions for op, layer in layers.items()} == BUDGETS[core]

"""The tables of `conv_dsp_shallow`: one shift finishes every accumulator, and what it does not take."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lapel.ir import Call
from lapel.ir.fixed import requantize
from lapel.ops import registry
from lapel.variants import variants
from lapel.variants.conv_dsp_shallow import SHIFT, pack_windows
from shallow import draw_shallow


def layer(w: np.ndarray, bias: int, mul: int, shift: int) -> dict[str, Any]:
    """Of one channel."""
    tables = {"bias": np.array([bias], np.int32), "mul": np.array([mul], np.int32), "shift": np.array([shift], np.int8)}
    return {"w": w.astype(np.int8), **tables}


def outputs(table: np.ndarray, x: np.ndarray) -> np.ndarray:
    """What the first channel of a table gives for windows x [pixels, values] of one row: SMLAD, SMMLA, SSAT."""
    row = table[0].astype(np.int64)
    words = np.roll(row[4:-8].reshape(-1, 4)[:, 0], -1)
    w = np.stack([(words & 0xFFFF ^ 0x8000) - 0x8000, words >> 16], axis=1).reshape(-1, 4)[:, [0, 2, 1, 3]].ravel()
    padded = np.pad(x.astype(np.int64), ((0, 0), (0, len(w) - x.shape[1])))
    acc = padded @ w + row[0]
    assert acc.min() >= -(2**31) and acc.max() < 2**31
    return np.clip((acc * row[-8] >> 32) + row[-7] >> SHIFT, -128, 127)


@pytest.mark.parametrize("shift", range(-11, -3))
def test_one_shift_finishes_every_accumulator(shift: int) -> None:
    """All accumulators from the first output above -128 to the first of 127, for small, odd and great multipliers."""
    rng = np.random.default_rng(-shift)
    steps = np.arange(-128, 128)
    x = np.stack(np.meshgrid(steps, steps, 0, 0, indexing="ij"), axis=-1).reshape(-1, 4)
    for mul in [2**30, 2**30 + 1, 2**31 - 1, *map(int, rng.integers(2**30, 2**31, 20))]:
        w = np.array([[1 - 2 * int(rng.integers(2)), 60 if shift == -4 else 127, 0, 0]])
        bias = int(rng.integers(-(2 << -shift), 128 << -shift))
        table = pack_windows(layer(w, bias, mul, shift), 1, 4)
        assert not isinstance(table, str), table
        want = np.clip(requantize(x @ w[0] + bias, np.array(mul), np.array(shift)) - 128, -128, 127)
        assert (outputs(table, x) == want).all()
        without = table.copy()
        without[0, -7] -= 1 << (SHIFT - 1 + shift)  # the definition's first rounding
        assert shift < -8 or (outputs(without, x) != want).any()


def test_a_constant_channel_needs_no_weights() -> None:
    table = pack_windows(layer(np.ones((1, 4)), 2**30, 2**30 + 77, -25), 1, 4)
    assert not isinstance(table, str)
    x = np.random.default_rng(0).integers(-128, 128, (50, 4))
    want = requantize(x.sum(axis=1) + 2**30, np.array(2**30 + 77), np.array(-25)) - 128
    assert (outputs(table, x) == want).all() and not table[0, 4:-8].any()


def test_what_the_tables_cannot_say() -> None:
    ones = np.ones((1, 4))
    assert pack_windows(layer(127 * ones, 0, 2**30, -12), 1, 4) == "a scale is less than 2^-12"
    assert pack_windows(layer(127 * ones, 0, 2**30, -4), 1, 4) == "a scale is too great for its weights"
    assert pack_windows(layer(ones, 0, 2**30, 0), 1, 4) == "a scale is too great for its weights"


def test_other_layers_are_refused() -> None:
    graph = draw_shallow(np.random.default_rng(3), shapes=[(3, 3, 3)])
    (call,) = registry()["conv"].lower(graph.instance(graph.nodes[0]))
    variant = variants()["conv_dsp_shallow"]
    assert isinstance(variant.specialize(call), Call)

    def reason(**params: Any) -> str:
        return str(variant.specialize(replace(call, params={**call.params, **params})))

    assert reason(y_zero=0) == "the output's zero point is 0, not -128"
    assert reason(in_c=4) == "a window has 36 values, more than 32"
    assert reason(groups=3) == "it has groups or is dilated"
    assert reason(batches=1, out_h=15, out_w=17) == "255 pixels are fewer than 256"

"""Cheap requantization equals the definition at every accumulator that can be reached."""

from __future__ import annotations

import numpy as np
import pytest

from lapel.ir.fixed import quantize_multiplier, requantize
from lapel.kernels.scaling import Scaling, accumulator_range, find_scaling


def apply(scaling: Scaling, channel: int, acc: np.ndarray, clamp: tuple[int, int]) -> np.ndarray:
    wide = (acc + int(scaling.b[channel])) * int(scaling.m[channel]) + (int(scaling.c[channel]) << 32)
    return np.clip(wide >> (32 + scaling.s), *clamp)


def every(low: int, high: int) -> np.ndarray:
    return np.arange(low, high + 1, dtype=np.int64)


@pytest.mark.parametrize("seed", range(12))
def test_equal_at_every_reachable_accumulator(seed: int) -> None:
    rng = np.random.default_rng(seed)
    channels, fan_in = 6, int(rng.choice([1, 3, 9, 64, 150]))
    w = rng.integers(-127, 128, (channels, fan_in))
    low, high = accumulator_range(w, rng.integers(-5000, 5000, channels))
    spread = 2.0 * 74 * 74 * fan_in**0.5 / 128
    pairs = [quantize_multiplier(float(np.exp(rng.uniform(-1, 1))) / spread) for _ in range(channels)]
    mul, shift = (np.array(p, np.int64) for p in zip(*pairs, strict=True))
    zero = int(rng.choice([-128, 0, 127, 31]))
    clamp = [(-128, 127), (zero, 127), (-100, 101)][seed % 3]
    scaling = find_scaling(mul, shift, zero, clamp, (low, high))
    if scaling is None:
        pytest.skip("one of these channels has no cheap form")
    for c in range(channels):
        acc = every(int(low[c]), int(high[c]))
        want = np.clip(zero + requantize(acc, mul[c], shift[c]), *clamp)
        assert (apply(scaling, c, acc, clamp) == want).all()


def test_most_layers_behind_a_rectifier_have_one() -> None:
    found = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        w = rng.integers(-127, 128, (16, 72))
        low, high = accumulator_range(w, rng.integers(-5000, 5000, 16))
        pairs = [quantize_multiplier(float(rng.uniform(0.001, 0.004))) for _ in range(16)]
        mul, shift = (np.array(p, np.int64) for p in zip(*pairs, strict=True))
        found += find_scaling(mul, shift, -128, (-128, 127), (low, high)) is not None
    assert found >= 38


def test_accumulator_range_is_met_by_the_extreme_inputs() -> None:
    w = np.array([[3, -5, 0], [-7, -7, 1]])
    low, high = accumulator_range(w, np.array([10, -20]))
    worst = np.where(w > 0, -128, 127)
    best = np.where(w > 0, 127, -128)
    assert (low == (w * worst).sum(axis=1) + np.array([10, -20])).all()
    assert (high == (w * best).sum(axis=1) + np.array([10, -20])).all()


def test_multipliers_of_one_half_and_more_have_none() -> None:
    mul, shift = quantize_multiplier(0.75)
    reach = (np.array([-100]), np.array([100]))
    assert find_scaling(np.array([mul]), np.array([shift]), 0, (-128, 127), reach) is None


def test_a_wrong_multiplier_is_noticed() -> None:
    """The comparison of the first test can fail: the neighbours of the bounds do differ."""
    mul, shift = quantize_multiplier(1 / 300)
    reach = (np.array([-60_000]), np.array([60_000]))
    scaling = find_scaling(np.array([mul]), np.array([shift]), 0, (-128, 127), reach)
    assert scaling is not None
    acc = every(-60_000, 60_000)
    want = np.clip(requantize(acc, mul, shift), -128, 127)
    assert (apply(scaling, 0, acc, (-128, 127)) == want).all()
    far = Scaling(scaling.m + np.int32(scaling.m[0] // 20_000), scaling.c, scaling.b, scaling.s)
    assert not (apply(far, 0, acc, (-128, 127)) == want).all()


def test_a_channel_without_a_multiplier_is_its_zero_point() -> None:
    mul, shift = (np.array(p) for p in zip(quantize_multiplier(1 / 300), (0, 0), strict=True))
    reach = (np.array([-60_000, -10]), np.array([60_000, 10]))
    scaling = find_scaling(mul, shift, -128, (-128, 127), reach)
    assert scaling is not None
    assert (apply(scaling, 1, every(-10, 10), (-128, 127)) == -128).all()

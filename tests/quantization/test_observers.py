"""Ranges by what tensors held: counted in bounded memory, in any batches."""

from __future__ import annotations

import numpy as np
import pytest

from lapel.ir import Type
from lapel.ir.numbers import numbers
from lapel.quantization import observers, quant_of
from lapel.quantization.histogram import BINS, Histogram
from lapel.quantization.observers import Observer
from lapel.quantization.scales import stored
from lapel.quantization.seen import Seen


def seen(*batches: np.ndarray) -> Histogram:
    found = Histogram()
    for b in batches:
        found.see(b)
    return found


def error(values: np.ndarray, lo: float, hi: float) -> float:
    """Mean square error of int8 integers for a range."""
    t = Type(values.shape, "int8", quant_of(lo, hi))
    return float(np.square(numbers(t, stored(t, values)) - values).mean())


@pytest.fixture
def spiky() -> np.ndarray:
    """Mostly small, a few values far out."""
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(0, 1, 50_000), [40.0, -25.0]]).astype(np.float32)


def test_counts_do_not_depend_on_batches_or_their_order(spiky: np.ndarray) -> None:
    whole, parts = seen(spiky), seen(spiky[:10] * 0, *np.array_split(spiky, 7), np.zeros(3))
    back = seen(*np.array_split(spiky[::-1], 5))
    for other in (parts, back):
        assert (other.lo, other.hi, other.reach) == (whole.lo, whole.hi, 64.0)
        assert (other.counts == whole.counts).all() and other.counts.sum() == len(spiky)
    assert whole.counts.shape == (BINS,)


def test_every_observer_s_range_holds_0_and_no_more_than_was_seen(spiky: np.ndarray) -> None:
    for values in (spiky, np.abs(spiky) + 3, -np.abs(spiky) - 3, np.zeros(4), np.array([1e-30, 3e30])):
        for observer in observers().values():
            for dtype in ("int8", "int16"):
                lo, hi = observer(seen(values)).found(dtype)
                assert min(0, values.min()) <= lo <= 0 <= hi <= max(0, values.max()), (observer.name, values)


def test_outliers(spiky: np.ndarray) -> None:
    ranges = {name: make(seen(spiky)).found("int8") for name, make in observers().items()}
    assert ranges["minmax"] == (-25.0, 40.0)
    lo, hi = ranges["percentile"]
    assert 3 < -lo < 5 and 3 < hi < 5 and error(spiky[:-2], lo, hi) < error(spiky[:-2], -25, 40) / 20
    lo, hi = ranges["mse"]
    assert error(spiky, lo, hi) < error(spiky, -25, 40)


def test_the_least_mean_square_error_is_found() -> None:
    """Beside all ranges of a grid, on the values themselves."""
    values = np.random.default_rng(1).laplace(0, 1, 20_000)
    lo, hi = observers()["mse"](seen(values)).found("int8")
    tried = [error(values, -a, b) for a in np.linspace(3, 9, 13) for b in np.linspace(3, 9, 13)]
    assert error(values, lo, hi) <= 1.03 * min(tried)


def test_percentile_clips_that_share() -> None:
    values = np.random.default_rng(2).random(100_000)
    lo, hi = observers()["percentile"](seen(values)).found("int8")
    assert lo == 0 and 0.5e-4 < (values > hi).mean() < 2e-4
    few = values[:500]
    assert observers()["percentile"](seen(few)).found("int8") == (0.0, few.max())


def test_observers_are_their_files() -> None:
    assert {o.name for o in observers().values()} == set(observers()) == {"minmax", "percentile", "mse"}
    assert all(issubclass(o, Observer) for o in observers().values())


def test_moments_are_those_of_all_samples() -> None:
    x = np.random.default_rng(3).normal(1e4, 1, (40, 2, 3, 5)).astype(np.float32)
    found = Seen()
    for v in x:
        found.see(v)
    wide = x.astype(np.float64)
    assert np.allclose(found.mean, wide.mean(axis=0), rtol=1e-12)
    assert np.allclose(found.variance, wide.var(axis=0), rtol=1e-6)
    assert (found.magnitude == wide.max(axis=(0, 1, 2))).all() and not found.lo.any()

"""Functions of float32 beside the real ones, over a sample of all numbers; what the references of sums are made of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lapel.families import floatmath
from lapel.families.float32 import limited, ordered_sums

STEP = 4091
"""Every so many float32 numbers, by their bits."""
EVERY = np.arange(0, 2**32, STEP, np.uint64).astype(np.uint32).view(np.float32)


def real_logistic(x: np.ndarray) -> np.ndarray:
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1.0) / (1 + e)


def real_log(x: np.ndarray) -> np.ndarray:
    known = (x >= 1) & (x < 2.0**127)
    return np.where(known, np.log(np.where(known, x, 1)), x)


@pytest.mark.parametrize(
    ("found", "real", "bound"),
    [
        (floatmath.exp, np.exp, 1.0),
        (floatmath.tanh, np.tanh, 1.4),
        (floatmath.logistic, real_logistic, 2.4),
        (floatmath.log, real_log, 2.0),
    ],
)
def test_errors_are_those_of_the_specification(
    found: Callable[[np.ndarray], np.ndarray], real: Callable[[np.ndarray], np.ndarray], bound: float
) -> None:
    dense = np.random.default_rng(0).uniform(-104, 89, 400_000).astype(np.float32)
    for x in (EVERY, dense):
        y = found(x)
        with np.errstate(all="ignore"):
            want = real(x.astype(np.float64))
        assert y.dtype == np.float32 and (np.isnan(y) == np.isnan(x)).all()
        known = np.abs(want) <= np.finfo(np.float32).max
        exponent = np.floor(np.log2(np.maximum(np.abs(want[known]), 2.0**-126)))
        assert (np.abs(y[known] - want[known]) / 2.0 ** (exponent - 23)).max() <= bound
        assert np.isinf(y[~known & ~np.isnan(x)]).all()


def test_exponential_at_its_ends() -> None:
    x = np.array([np.inf, -np.inf, 0.0, -0.0, 89.5, -104.0, -103.9, 88.7228], np.float32)
    with np.errstate(over="ignore"):
        want = np.exp(x.astype(np.float64)).astype(np.float32)
    y = floatmath.exp(x)
    assert (y[:6] == want[:6]).all() and y[6] == np.float32(1e-45) and np.isfinite(y[7])


def test_sums_are_in_order() -> None:
    rng = np.random.default_rng(1)
    x, w, start = (
        (rng.normal(0, 1, s) * 10.0 ** rng.uniform(-4, 4, s)).astype(np.float32) for s in ((700, 37), (5, 37), (5,))
    )
    want = np.empty((700, 5), np.float32)
    for m in range(0, 700, 61):
        for o in range(5):
            acc = start[o]
            for k in range(37):
                acc = np.float32(acc + np.float32(x[m, k] * w[o, k]))
            want[m, o] = acc
    found = ordered_sums(start, x, w)
    assert (found[::61] == want[::61]).all()
    assert (found[::61] != (x @ w.T + start)[::61]).any(), "an order that nobody defined would do as well"


def test_limits_keep_what_is_no_number_and_signs_of_zero() -> None:
    x = np.array([np.nan, -0.0, -1.0, 7.0, np.inf], np.float32)
    y = limited(x, "relu6")
    assert np.isnan(y[0]) and np.signbit(y[1]) and y[1:].tolist() == [0.0, 0.0, 6.0, 6.0]

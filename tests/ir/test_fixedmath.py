"""Fixed-point functions against real ones: close, and monotonic where that matters. Bits: tests/ops."""

from __future__ import annotations

import numpy as np
import pytest

from lapel.ir.fixedmath import exp_negative, input_radius, logistic, reciprocal_one_plus, tanh

ONE = 2.0**31


@pytest.mark.parametrize("bits", [4, 5])
def test_exp_is_close(bits: int) -> None:
    x = np.unique(np.concatenate([-np.geomspace(1, 2.0**31 - 1, 5000).astype(np.int64), [0]]))
    real = np.exp(x * 2.0 ** (bits - 31))
    assert np.abs(exp_negative(x, bits) / ONE - real).max() < 4e-6


def test_exp_of_zero_saturates() -> None:
    assert exp_negative(np.array([0]), 5).tolist() == [2**31 - 1]


def test_reciprocal_is_close() -> None:
    x = np.linspace(0, 2.0**31 - 1, 5000).astype(np.int64)
    assert np.abs(reciprocal_one_plus(x) / ONE - 1 / (1 + x / ONE)).max() < 1e-8


def test_logistic_and_tanh_are_close() -> None:
    x = np.linspace(-(2.0**31) + 1, 2.0**31 - 1, 5001).astype(np.int64)
    real = x * 2.0**-27
    assert np.abs(logistic(x, 4) / ONE - 1 / (1 + np.exp(-real))).max() < 4e-6
    assert np.abs(tanh(x, 4) / ONE - np.tanh(real)).max() < 4e-6
    assert (tanh(-x, 4) == -tanh(x, 4)).all()


def test_input_radius() -> None:
    assert input_radius(5, 23) == 248
    assert input_radius(5, 31) == 0

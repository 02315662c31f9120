"""Logarithms and roots of integers below 2^64, beside those of wide floats and of Python's integers."""

from __future__ import annotations

import math

import numpy as np

from lapel.ir.logarithm import FRACTION_BITS, logarithm, root


def numbers() -> np.ndarray:
    """All sizes: small ones, powers of two, one less, and at random."""
    powers = np.uint64(1) << np.arange(64, dtype=np.uint64)
    drawn = (2 ** np.random.default_rng(0).uniform(0, 64, 20000)).astype(np.uint64)
    return np.concatenate([np.arange(1, 3000, dtype=np.uint64), powers, powers[1:] - np.uint64(1), drawn])


def test_logarithms_are_right_to_25_bits() -> None:
    v = numbers()
    error = logarithm(v) / 2.0**FRACTION_BITS - np.log(v.astype(np.longdouble))
    assert np.abs(error).max() < 2.0**-25
    zero, one = logarithm(np.array([0, 1], np.uint64)).tolist()
    assert zero == one < 2 ** (FRACTION_BITS - 25)


def test_roots_are_the_nearest() -> None:
    v = numbers()
    v = np.unique(np.concatenate([v[v < 2**63], root(v[v < 2**63]) ** np.uint64(2)]))
    for n, found in zip(v.tolist(), root(v).tolist(), strict=True):
        floor = math.isqrt(n)
        assert found == floor + (n - floor * floor > floor)
    assert root(np.uint64(0)) == 0

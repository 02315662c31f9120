"""Requantization against the definitions, written with exact rational arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapel.ir.fixed import (
    activation_problems,
    clamp_range,
    high_mul,
    multiplier_problems,
    quantize_multiplier,
    requantize,
    rounding_shift,
)

INT32 = st.integers(-(2**31), 2**31 - 1)


def half_away(x: Fraction) -> int:
    whole = (abs(x) * 2 + 1) // 2
    return int(whole if x >= 0 else -whole)


def half_up(x: Fraction) -> int:
    return int((2 * x + 1) // 2)


@given(INT32, st.integers(0, 31))
def test_rounding_shift_rounds_halves_away_from_zero(x: int, exponent: int) -> None:
    assert int(rounding_shift(np.int64(x), exponent)) == half_away(Fraction(x, 2**exponent))


@given(INT32, INT32)
def test_high_mul_rounds_halves_up_and_saturates(a: int, b: int) -> None:
    assert int(high_mul(np.int64(a), b)) == min(half_up(Fraction(a * b, 2**31)), 2**31 - 1)


@given(INT32, st.integers(2**30, 2**31 - 1), st.integers(-31, 0))
def test_double_rounding_is_two_roundings(acc: int, mul: int, shift: int) -> None:
    once = half_up(Fraction(acc * mul, 2**31))
    assert int(requantize(np.int64(acc), mul, shift)) == half_away(Fraction(once, 2**-shift))


@given(st.integers(-(2**20), 2**20), st.integers(2**30, 2**31 - 1), st.integers(-31, 10))
def test_single_rounding_rounds_once(acc: int, mul: int, shift: int) -> None:
    assert int(requantize(np.int64(acc), mul, shift, "single")) == half_up(Fraction(acc * mul, 2 ** (31 - shift)))


def test_single_and_double_rounding_differ_where_the_first_rounding_makes_a_half() -> None:
    found = [
        acc
        for acc in range(-2000, 2000)
        if requantize(np.int64(acc), 1431655765, -5) != requantize(np.int64(acc), 1431655765, -5, "single")
    ]
    assert found


@given(st.floats(1e-12, 1e6))
def test_quantize_multiplier_is_within_half_a_unit(real: float) -> None:
    mul, shift = quantize_multiplier(real)
    if mul == 0:
        assert real < 2.0**-32
        return
    assert 2**30 <= mul < 2**31
    assert abs(Fraction(mul) / 2**31 * Fraction(2) ** shift - Fraction(real)) <= Fraction(2) ** (shift - 32)


def test_quantize_multiplier_extremes() -> None:
    assert quantize_multiplier(0.0) == (0, 0)
    assert quantize_multiplier(1.0) == (2**30, 1)
    assert quantize_multiplier(2.0**-40) == (0, 0)
    assert quantize_multiplier(2.0**30) == (2**30, 31)


@pytest.mark.parametrize("real", [2.0**30, 2.0**30 * (1 - 2.0**-40), -(2.0**40), math.inf, math.nan])
def test_multipliers_that_no_shift_can_express_are_a_problem(real: float) -> None:
    (problem,) = multiplier_problems(1.0, real)
    shown = f"input scales are {real:.6g} times the output scale, expected below 2^30, where the arithmetic ends"
    assert problem == f"{shown}: requantize the model"


@pytest.mark.parametrize("real", [0.0, 2.0**-200, 1.0, -3.0, 2.0**30 * (1 - 2.0**-31)])
def test_smaller_multipliers_are_none(real: float) -> None:
    assert multiplier_problems(real) == [] and quantize_multiplier(abs(real))[1] <= 30


def test_activations_whose_bounds_leave_32_bits_are_a_problem() -> None:
    assert activation_problems("none", 1e-38) == activation_problems("relu", 1e-38) == []
    assert activation_problems("relu6", 3e-9) == activation_problems("relu_n1_to_1", 1e-9) == []
    (problem,) = activation_problems("relu6", 2.0**-29)
    assert problem.startswith("relu6 ends at 6, 2^31 times the output scale 1.86265e-09 or more")
    assert len(activation_problems("relu_n1_to_1", 2.0**-31)) == 1


def test_clamp_range() -> None:
    assert clamp_range("int8", "none", 0.1, 3) == (-128, 127)
    assert clamp_range("int8", "relu", 0.1, 3) == (3, 127)
    assert clamp_range("int8", "relu6", 0.1, -60) == (-60, 0)
    assert clamp_range("int8", "relu_n1_to_1", 0.1, 5) == (-5, 15)

"""Multipliers of 16 bits: what is found is the definition for every accumulator, and nothing is found that is not."""

from __future__ import annotations

import numpy as np

from lapel.ir.fixed import quantize_multiplier, requantize
from lapel.ir.shortmultiplier import short_multiplier

EVERY = np.arange(-(2**15), 2**15)


def short(mul: int, half: int) -> np.ndarray:
    """What the kernel makes of every accumulator, limited as outputs are."""
    made = np.minimum(np.abs(EVERY) * mul + 256 * half >> 16, 256)
    return np.where(EVERY < 0, -made, made)


def halves(shift: int) -> range:
    """A half, with half of what the second rounding shifts out, and some about it."""
    about = 128 + (128 >> -shift) if shift < 0 else 128
    return range(about - 3, about + 4)


def tries(mul: int, shift: int) -> list[tuple[int, int]]:
    """All halves with which a multiplier of 16 bits is the definition for every accumulator, one by one."""
    m, want = round(mul * 2.0 ** (shift - 15)), np.clip(requantize(EVERY, mul, shift), -256, 256)
    return [(m, half) for half in halves(shift) if (short(m, half) == want).all()]


def test_what_is_found_is_the_definition_for_every_accumulator() -> None:
    """And of multiples of 2^-16 with the surplus that quantization gives them, nothing is missed."""
    rng, found = np.random.default_rng(0), 0
    for k in range(60):
        m, surplus = int(rng.integers(256, 65536 if k % 2 else 1500)), float(rng.choice([0, 5e-8, 1e-7, -3e-8, 1e-5]))
        mul, shift = quantize_multiplier(m / 65536 * (1 + surplus))
        got, want = short_multiplier(mul, shift, -(2**15), 2**15 - 1), tries(mul, shift)
        assert got in want if got else not want or surplus == 1e-5, (mul, shift, got, want)
        found += got is not None
    assert 30 < found < 60


def test_accumulators_that_cannot_be_do_not_count() -> None:
    """A multiplier between two of 16 bits is one of them where sums stay small."""
    mul, shift = quantize_multiplier(1000.3 / 65536)
    assert short_multiplier(mul, shift, -(2**15), 2**15 - 1) is None
    assert short_multiplier(mul, shift, -400, 400) == (1000, 130)


def test_multipliers_out_of_reach_have_none() -> None:
    for real in (0.0, 1.0, 3.0, 2.0**-20):
        assert short_multiplier(*quantize_multiplier(real), -10, 10) is None

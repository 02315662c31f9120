"""The 16-bit curves equal TFLite Micro's on all inputs, which have no other way in than its int16 operators."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lapel.ir.interpolated import SIGMOID, UNIT, logistic16, tanh16
from objectnet import File
from oracle import run_tflite_micro

EVERY = np.arange(-(2**15), 2**15)


def run_curve(code: str) -> np.ndarray:
    file = File(code)
    x, y = (file.tensor((1, len(EVERY)), "int16", [scale]) for scale in (2**-12, 2**-15))
    file.operator(code, [x], [y], 2)
    file.graph.inputs, file.graph.outputs = [x.index], [y.index]
    return run_tflite_micro(file.pack(), [EVERY.astype(np.int16)[None]])[0][0]


@pytest.mark.parametrize(("code", "curve"), [("LOGISTIC", logistic16), ("TANH", tanh16)])
def test_a_curve_equals_tflite_micro(code: str, curve: Callable[[np.ndarray], np.ndarray]) -> None:
    assert (curve(EVERY * (UNIT >> 12)) == run_curve(code)).all()


def test_curves_are_near_what_they_stand_for() -> None:
    v = np.linspace(-20, 20, 4001)
    fixed = np.round(v * UNIT).astype(np.int64)
    assert np.abs(logistic16(fixed) / 2**15 - 1 / (1 + np.exp(-v))).max() < 2**-11
    assert np.abs(tanh16(fixed) / 2**15 - np.tanh(v)).max() < 2**-10


def test_the_table_ascends() -> None:
    assert SIGMOID[0] == 2**15 and SIGMOID[-1] == 2**16 - 1 and (np.diff(SIGMOID.astype(int)) >= 0).all()

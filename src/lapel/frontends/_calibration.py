"""Samples that say what a model's input holds: checked, and what is lost on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lapel.errors import InputError, some
from lapel.ir.origin import Task, decide, r2
from lapel.records import LOUD_LOSS

LARGEST = 1e30
"""Calibration data beyond this overflows float32 somewhere."""


def check_calibration(calibration: Any, features: int, known: Sequence[str] = (), missing: bool = False) -> np.ndarray:
    """float64 [n, features] of calibration data for a model that was fitted with columns of these names, if known.

    missing: whether it may have NaN. Raises InputError where it is not what that was fitted with, or no finite numbers.
    """
    names = getattr(calibration, "columns", None)
    if names is not None and known and tuple(map(str, names)) != tuple(known):
        raise InputError(
            f"calibration data has columns {some(names)}, expected those that the estimator was fitted with: "
            f"{some(known)}"
        )
    try:
        data = np.asarray(calibration, np.float64)
    except (TypeError, ValueError) as e:
        raise InputError(f"calibration data is not numeric ({e}), expected numbers [n, {features}]") from e
    if data.ndim != 2 or data.shape[1] != features or len(data) == 0:
        raise InputError(f"calibration data is {list(data.shape)}, expected [n, {features}] with n >= 1")
    bad = np.argwhere(~np.isfinite(data) & ~(missing & np.isnan(data)))
    if len(bad):
        raise InputError(
            f"calibration data has {len(bad)} NaN or infinite values, the first at {bad[0].tolist()}, "
            "expected finite ones: remove or impute them"
        )
    largest = np.abs(data[~np.isnan(data)]).max(initial=0)
    if largest > LARGEST:
        raise InputError(f"calibration data reaches {largest:.3g}, expected at most {LARGEST:g}: scale it")
    return data


def lost(found: np.ndarray, want: np.ndarray, threshold: float, task: Task) -> float:
    """The share of samples whose class is another one than the float model's; of a regression, of the variance."""
    if task == "regression":
        explained = r2(found, want)
        return 0.0 if explained is None else 1 - explained
    a, b = (decide(v, threshold, task).reshape(len(v), -1) for v in (found, want))
    return float((a != b).any(axis=1).mean())


def loss_warnings(loss: float, samples: int, task: Task, advice: str) -> tuple[str, ...]:
    """A sentence, with advice, if what integers lose on so many calibration samples is loud."""
    if loss <= LOUD_LOSS:
        return ()
    what = f"{100 * loss:.1f} % of {samples} calibration samples get another class than from the float model"
    if task == "regression":
        what = f"{100 * loss:.1f} % of the variance of the outputs is lost on {samples} calibration samples"
    return (f"in integers {what}, expected at most {100 * LOUD_LOSS:.0f} %: {advice}",)

"""x less its mean, over its standard deviation."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.frontends.sklearn.forms import Affine, StepForm


def affine(step: Any, n: int) -> Affine:
    slope = 1 / step.scale_ if step.with_std else np.ones(n)
    return Affine(slope, -step.mean_ * slope if step.with_mean else np.zeros(n))


STEP = StepForm("StandardScaler", affine)

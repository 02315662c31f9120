"""x less its median, over the range between its quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.frontends.sklearn.forms import Affine, StepForm


def affine(step: Any, n: int) -> Affine:
    slope = 1 / step.scale_ if step.with_scaling else np.ones(n)
    return Affine(slope, -step.center_ * slope if step.with_centering else np.zeros(n))


STEP = StepForm("RobustScaler", affine)

"""Principal components: x less its mean, on each of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.frontends.sklearn.forms import Affine, StepForm


def affine(step: Any, n: int) -> Affine:
    slope = step.components_.T / (np.sqrt(step.explained_variance_) if step.whiten else 1.0)
    mean = np.zeros(n) if step.mean_ is None else step.mean_
    return Affine(slope, -mean @ slope)


STEP = StepForm("PCA", affine)

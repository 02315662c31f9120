"""x over its largest magnitude."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.frontends.sklearn.forms import Affine, StepForm
from lapel.frontends.sklearn.steps.minmaxscaler import problems


def affine(step: Any, n: int) -> Affine:
    return Affine(1 / step.scale_, np.zeros(n))


STEP = StepForm("MaxAbsScaler", affine, problems)

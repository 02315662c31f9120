"""x from its range to another one."""

from __future__ import annotations

from typing import Any

from lapel.frontends.sklearn.forms import Affine, StepForm


def problems(step: Any) -> list[str]:
    if getattr(step, "clip", False):
        return [f"step {type(step).__name__} has clip=True, which is not affine: use clip=False"]
    return []


STEP = StepForm("MinMaxScaler", lambda step, n: Affine(step.scale_, step.min_), problems)

"""`estimate`: what firmware will take, by plans and measured kernels; nothing is linked, and no model is run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from lapel.frontends import Model
from lapel.measuring.estimates import estimates
from lapel.proving.models import load
from lapel.proving.run import Progress
from lapel.records import Estimate
from lapel.targets import Target, load_target
from lapel.wish import ANY, Wish


@overload
def estimate(  # type: ignore[overload-overlap]
    model: Sequence[Model],
    target: str | Target,
    *,
    calibration: Any = None,
    wish: Wish = ANY,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> list[Estimate]: ...
@overload
def estimate(
    model: Model,
    target: str | Target,
    *,
    calibration: Any = None,
    wish: Wish = ANY,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> Estimate: ...
def estimate(
    model: Model | Sequence[Model],
    target: str | Target,
    *,
    calibration: Any = None,
    wish: Wish = ANY,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> Estimate | list[Estimate]:
    """Time, flash and arena of a model's firmware, layer by layer, without building it; of a list of models, a list.

    model, calibration: see `lapel.load`; kernel calls that are not in the cache are measured, those of all models
    together. What does not fit is estimated all the same: `Estimate.fits`. timeout_s: host seconds for a compiler.

    Raises UnknownTarget, UnsupportedModel, DoesNotFit (what the core's indexes do not reach).
    """
    chosen = load_target(target) if isinstance(target, str) else target
    if isinstance(model, (list, tuple)):
        return estimates([load(m, calibration) for m in model], chosen, wish, progress, timeout_s)
    return estimates([load(model, calibration)], chosen, wish, progress, timeout_s)[0]

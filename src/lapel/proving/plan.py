"""`plan`: how a model would run on a target, and why; nothing but its kernels is compiled, to measure them."""

from __future__ import annotations

from typing import Any

from lapel.frontends import Model
from lapel.measuring import plan_for
from lapel.planning import Plan
from lapel.proving.models import load
from lapel.proving.run import Progress
from lapel.targets import Target, load_target
from lapel.wish import ANY, Wish


def plan(
    model: Model,
    target: str | Target,
    *,
    calibration: Any = None,
    wish: Wish = ANY,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> Plan:
    """Order, kernels and arena, by costs that are measured on the emulated core; `str` of it has the reasons.

    model, calibration: see `lapel.load`. timeout_s: host seconds for a compiler. progress: called with each stage.

    Raises UnknownTarget, DoesNotFit, MissingTool, CompileError, SimulationError.
    """
    chosen = load_target(target) if isinstance(target, str) else target
    return plan_for(load(model, calibration), chosen, wish, progress, timeout_s)

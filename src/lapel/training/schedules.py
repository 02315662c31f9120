"""Schedules by name: the share of the learning rate at a moment of the training."""

from __future__ import annotations

import math
from collections.abc import Callable

from lapel.records import TrainingOptions


def constant(epoch: float, options: TrainingOptions) -> float:
    """Always all of it."""
    return 1.0


def cosine(epoch: float, options: TrainingOptions) -> float:
    """Half a cosine from 1 to 0, after the warm-up. Source: Loshchilov and Hutter (2017), without restarts."""
    length = max(options.epochs - options.warmup_epochs, 1e-9)
    return 0.5 + 0.5 * math.cos(math.pi * min(max((epoch - options.warmup_epochs) / length, 0.0), 1.0))


def step(epoch: float, options: TrainingOptions) -> float:
    """Times `step_factor` every `step_epochs`."""
    return float(options.step_factor ** (int(epoch) // options.step_epochs))


SCHEDULES: dict[str, Callable[[float, TrainingOptions], float]] = {"constant": constant, "cosine": cosine, "step": step}


def rate(epoch: float, options: TrainingOptions) -> float:
    """The learning rate after so many epochs, a fraction among them; a warm-up rises to it in a line."""
    warm = min((epoch + 1e-3) / options.warmup_epochs, 1.0) if options.warmup_epochs else 1.0
    return options.learning_rate * warm * SCHEDULES[options.schedule](epoch, options)

"""Options of a training, checked before anything is computed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from lapel.errors import UsageError, shown
from lapel.keywords import check_names
from lapel.records import TrainingOptions
from lapel.training.losses import LOSSES
from lapel.training.optimizers import OPTIMIZERS
from lapel.training.schedules import SCHEDULES

CHOICES: Mapping[str, Iterable[str | int]] = {
    "loss": ("auto", *LOSSES),
    "optimizer": tuple(OPTIMIZERS),
    "schedule": tuple(SCHEDULES),
    "granularity": ("channel", "tensor"),
    "weight_bits": (2, 3, 4, 5, 6, 7, 8),
    "bias_bits": (8, 16, 32),
}
NUMBERS = {"learning_rate": (0, 1e3), "momentum": (0, 1), "weight_decay": (0, 1e3), "warmup_epochs": (0, 1e6)}
NUMBERS |= {"step_factor": (0, 1), "label_smoothing": (0, 0.999)}
"""Least and most of each."""
FLAGS = ("normalize", "standardize", "quantize", "learn_ranges")
AWARE = ("weight_bits", "granularity", "bias_bits")
"""Of quantization-aware training alone."""
COUNTS = {"epochs": 1, "batch": 1, "step_epochs": 1, "seeds": 1, "patience": 1, "threads": 1, "seed": 0}
"""Least of each."""


def make_options(given: Mapping[str, Any], where: str = "training") -> TrainingOptions:
    """The options; raises UsageError for those that are unknown, of another type, or out of range."""
    check_names(given, [f.name for f in fields(TrainingOptions)], f"{where}:")
    for name, value in given.items():
        problem = _problem(name, value)
        if problem:
            raise UsageError(f"{where}: {name} is {shown(repr(value))}, expected {problem}")
    options = TrainingOptions(**{name: _plain(value) for name, value in given.items()})
    if options.quantize and (options.normalize or options.standardize):
        raise UsageError(f"{where}: quantize goes with neither normalize nor standardize: train in floats first")
    for name in AWARE:
        if not options.quantize and getattr(options, name) != getattr(TrainingOptions, name):
            raise UsageError(f"{where}: {name} is {getattr(options, name)}, and quantize is not set: set it")
    return options


def _problem(name: str, value: Any) -> str:
    """What is expected, if the value is not that."""
    if name in CHOICES:
        return "" if value in CHOICES[name] else f"one of {', '.join(map(str, CHOICES[name]))}"
    if name in FLAGS:
        return "" if isinstance(value, bool) else "true or false"
    if name == "augment":
        return "" if isinstance(value, Mapping) else "a table of augmentations"
    if name in ("patience", "threads") and value is None:
        return ""
    if name in COUNTS:
        fine = isinstance(value, int) and not isinstance(value, bool) and value >= COUNTS[name]
        return "" if fine else f"a whole number from {COUNTS[name]} on"
    low, high = NUMBERS[name]
    fine = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return "" if fine and low <= value <= high else f"a number from {low:g} to {high:g}"


def _plain(value: Any) -> Any:
    """As a record has it: lists are tuples."""
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    return tuple(value) if isinstance(value, list) else value

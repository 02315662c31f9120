"""Changes of a recording that leave what was said as it is, made anew for each copy; one a file, found by its name.

A module has `apply(rng, wave, value)`: float32 [samples] of 16 kHz -> float32, perhaps of another length, and
`USUAL`, the value that is taken where none is given. What `value` means is in its docstring. Of a scene each voice has
its own; `noise` is under all of them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from lapel.errors import UsageError
from lapel.keywords import check_names

ORDER = ("speed", "reverberation", "shift", "gain", "noise")
"""The order in which a sound meets them: speaker, room, moment, distance, and what else is heard."""


@cache
def augmentations() -> Mapping[str, ModuleType]:
    """Every augmentation by name."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    return {name: importlib.import_module(f"{__name__}.{name}") for name in sorted(names, key=_place)}


def _place(name: str) -> tuple[int, str]:
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)


def usual() -> dict[str, Any]:
    """What is done where nobody says otherwise."""
    return {name: module.USUAL for name, module in augmentations().items()}


def check(wanted: Mapping[str, Any]) -> None:
    """Raise UsageError for names that there are not, or values that are out of range."""
    check_names(wanted, augmentations(), "augmentation")
    for name, value in wanted.items():
        augmentations()[name].apply(np.random.default_rng(0), np.zeros(1600, np.float32), value)


def augment(rng: np.random.Generator, wave: np.ndarray, wanted: Mapping[str, Any]) -> np.ndarray:
    """All that are wanted, one after the other."""
    for name, module in augmentations().items():
        if name in wanted:
            wave = module.apply(rng, wave, wanted[name])
    return wave


def pair(name: str, value: Any, low: float, high: float) -> tuple[float, float]:
    """Two numbers, least and greatest. Raises UsageError if it is something else, or out of range."""
    listed = isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(v, int | float) for v in value)
    if not listed or not low <= value[0] <= value[1] <= high:
        raise UsageError(f"augmentation {name} is {value}, expected two numbers of {low:g}..{high:g}, the lesser first")
    return float(value[0]), float(value[1])

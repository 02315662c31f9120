"""Changes that leave a sample's label what it is, made anew in every epoch; one a file, found by its name.

A module has `apply(rng, x, value)`: float32 (B, ...) -> the same shape. What `value` means is in its docstring.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from lapel.keywords import check_names

Augmentation = Callable[[np.random.Generator, np.ndarray, Any], np.ndarray]


@cache
def augmentations() -> Mapping[str, Augmentation]:
    """Every augmentation by name."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    return {name: importlib.import_module(f"{__name__}.{name}").apply for name in names}


def check(wanted: Mapping[str, Any], shape: tuple[int, ...]) -> None:
    """Raise UsageError for names that there are not, or values that do not fit samples of this shape."""
    check_names(wanted, augmentations(), "augmentation")
    for name, value in wanted.items():
        augmentations()[name](np.random.default_rng(0), np.zeros((2, *shape), np.float32), value)


def augment(rng: np.random.Generator, x: np.ndarray, wanted: Mapping[str, Any]) -> np.ndarray:
    """All of them, one after the other."""
    for name, value in wanted.items():
        x = augmentations()[name](rng, x, value)
    return x

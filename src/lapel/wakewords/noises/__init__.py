"""Noises that are computed, one a file, found by its name.

A module has `make(rng, count)`: float32 [count] of 16 kHz whose root mean square is 1.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

Noise = Callable[[np.random.Generator, int], np.ndarray]


@cache
def noises() -> Mapping[str, Noise]:
    """Every noise by name."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    return {name: importlib.import_module(f"{__name__}.{name}").make for name in names}


def make_noise(rng: np.random.Generator, count: int, name: str = "") -> np.ndarray:
    """float32 [count], root mean square 1: the noise of this name, of any kind without one."""
    known = sorted(noises())
    return noises()[name or known[rng.integers(len(known))]](rng, count)

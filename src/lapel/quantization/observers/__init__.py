"""What says, of the values that a tensor had, which range its integers shall stand for.

One a file, found by its name: `OBSERVER`, a subclass of `Observer`. 0 is in every range.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cache
from typing import ClassVar

import numpy as np

from lapel.errors import UsageError
from lapel.quantization.histogram import Histogram
from lapel.quantization.scales import Range


class Observer(ABC):
    """Of one tensor; seen: what others have collected already."""

    name: ClassVar[str]

    def __init__(self, seen: Histogram | None = None) -> None:
        self.seen = seen or Histogram()

    def see(self, values: np.ndarray) -> None:
        """Finite numbers, of any shape."""
        self.seen.see(values)

    @abstractmethod
    def found(self, dtype: str) -> Range:
        """The range for integers of this dtype, of all values that were seen."""


@cache
def observers() -> Mapping[str, type[Observer]]:
    """Every observer by the name of its module."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    return {name: importlib.import_module(f"{__name__}.{name}").OBSERVER for name in names}


def observer_named(name: str) -> type[Observer]:
    """The observer of this name; raises UsageError if there is none."""
    if name not in observers():
        raise UsageError(f"observer is {name!r}, expected one of {', '.join(observers())}")
    return observers()[name]

"""What looks at the values of a tensor, batch by batch, and says which range its integers shall stand for.

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

from lapel.quantization.scales import Range


class Observer(ABC):
    """Of one tensor, in bounded memory."""

    name: ClassVar[str]

    @abstractmethod
    def see(self, values: np.ndarray) -> None:
        """Finite numbers, of any shape."""

    @abstractmethod
    def found(self, dtype: str) -> Range:
        """The range for integers of this dtype, after all values are seen."""


@cache
def observers() -> Mapping[str, type[Observer]]:
    """Every observer by the name of its module."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    return {name: importlib.import_module(f"{__name__}.{name}").OBSERVER for name in names}

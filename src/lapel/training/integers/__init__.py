"""Integer arithmetic of operators in PyTorch, one operator a file: as their references, to the bit, and faster.

An operator that has none here is computed by its reference, in numpy. A module has
`compute(inst, *values)`: int64 tensors of inputs, each less its zero point -> int64, the output less its zero point.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

__all__ = ["integer_operators"]


@cache
def integer_operators() -> Mapping[str, Callable[..., Any]]:
    """Every operator that has a form in PyTorch, by name."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    return {name: importlib.import_module(f"{__name__}.{name}").compute for name in names}

"""The modes of front ends, one a file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from lapel.audio.mode import Mode


@cache
def modes() -> Mapping[str, Mode]:
    """Every mode by name: each module of this package has a `MODE`."""
    names = [m.name for m in pkgutil.iter_modules(__path__)]
    return {name: importlib.import_module(f"{__name__}.{name}").MODE for name in names}

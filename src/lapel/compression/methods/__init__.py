"""Compression methods, one a file, found by its name: each module without a leading underscore has a `METHOD`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from lapel.compression.method import Method
from lapel.errors import UsageError, shown
from lapel.keywords import meant


@cache
def methods() -> Mapping[str, Method]:
    """Every method by the name of its module."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    return {name: importlib.import_module(f"{__name__}.{name}").METHOD for name in names}


def method_named(name: str) -> Method:
    """The method of this name. Raises UsageError, with those that there are."""
    if name not in methods():
        raise UsageError(f"there is no method {shown(name)!r}: {meant(name, methods())}")
    return methods()[name]

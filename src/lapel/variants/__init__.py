"""Faster variants of kernels, and the registry that finds them.

A variant is a kernel of the runtime whose stem has a `_`: `runtime/dsp/conv_dsp.c` is the variant `dsp` of `conv`. A
target's .toml lists the variants that its core can execute, behind `portable` those that only measured costs decide
for. `variants/conv_dsp.py` says when it may replace the portable kernel, and how the params are packed for it; without
such a file it takes every call with the portable params.

A variant may have forms, for calls that one kernel of its own serves better: `conv_dsp_shallow` is tried before
`conv_dsp` wherever a target lists `dsp`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from lapel.runtime import source
from lapel.variants.variant import FlashSaver, Unconditional, Variant

__all__ = ["FlashSaver", "Variant", "variants"]


@cache
def variants() -> Mapping[str, Variant]:
    """Every variant and form by its kernel's name."""
    ruled = {m.name for m in pkgutil.iter_modules(__path__)}
    names = [kernel for kernel in source.kernels() if "_" in kernel]
    return {n: importlib.import_module(f"{__name__}.{n}").VARIANT if n in ruled else Unconditional(n) for n in names}

"""Faster variants of kernels, one a file, and the registry that finds them.

`variants/conv_dsp.py` says when the kernel `conv` may be replaced by its variant `dsp`, and how the params are packed
for it; `runtime/conv_dsp.h` and `.c` are that kernel. A target's .toml lists the variants that its core can execute.

A variant may have forms, for calls that one kernel of its own serves better: `conv_dsp_shallow` is tried before
`conv_dsp` wherever a target lists `dsp`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from lapel.variants.variant import Variant

__all__ = ["Variant", "variants"]


@cache
def variants() -> Mapping[str, Variant]:
    """Every variant and form by its kernel's name: each module of this package named `<kernel>_<variant>[_<form>]`."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if "_" in m.name.strip("_")]
    return {name: importlib.import_module(f"{__name__}.{name}").VARIANT for name in names}

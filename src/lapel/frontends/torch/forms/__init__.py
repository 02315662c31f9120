"""Forms of ATen operators, a family a file: each has `FORMS`, operator name -> what makes its nodes."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from lapel.frontends.torch.operation import Form


@cache
def forms() -> Mapping[str, Form]:
    """Every form by the operator's name, without namespace and overload (`conv2d` of `aten.conv2d.default`)."""
    found: dict[str, Form] = {}
    for module in pkgutil.iter_modules(__path__):
        family: Mapping[str, Form] = importlib.import_module(f"{__name__}.{module.name}").FORMS
        twice = found.keys() & family.keys()
        assert not twice, f"forms/{module.name}.py defines {sorted(twice)} a second time"
        found |= family
    return found

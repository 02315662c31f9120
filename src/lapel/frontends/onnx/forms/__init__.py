"""ONNX operators, a family a file: each module here has `FORMS`, and is found by being here."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from lapel.frontends.onnx.form import Forms


@cache
def forms() -> Forms:
    """Every form by domain and operator."""
    modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    return {(form.domain, op): form for module in modules for form in module.FORMS for op in form.ops}

"""Named kernel sets, one a file of `kernelsets/`: for a firmware whose models come later.

A file says what the set is for (`about`) and which kernels are in it, by the names of the portable ones: a core takes
their variants, too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from lapel.errors import UsageError
from lapel.runtime.contracts import contract
from lapel.runtime.source import kernels as kernel_names
from lapel.targets import Target

FOLDER = Path(__file__).with_name("kernelsets")
ALL = "all"


@cache
def families() -> Mapping[str, tuple[str, ...]]:
    """Portable kernels by the name of the set."""
    found = {p.stem: tomllib.loads(p.read_text(encoding="utf-8")) for p in sorted(FOLDER.glob("*.toml"))}
    return {name: tuple(said["kernels"]) for name, said in found.items()}


def every_kernel(target: Target) -> tuple[str, ...]:
    """All kernels that models for this core may call as data."""
    forms = {f for f in target.kernels if f != "portable"}
    found = (k for k in kernel_names() if contract(k).total and not contract(k).missing())
    return tuple(k for k in found if "_" not in k or k.split("_", 1)[1].split("_")[0] in forms)


def family_kernels(name: str, target: Target) -> tuple[str, ...]:
    """Those of a named set on this core; `all`: every one. Raises UsageError, which says the names that there are."""
    if name == ALL:
        return every_kernel(target)
    if name not in families():
        raise UsageError(f"kernel set {name!r} is unknown, expected one of: {', '.join((ALL, *families()))}")
    return tuple(k for k in every_kernel(target) if k.split("_")[0] in families()[name])

"""Trainings of another kind than a recipe's, one a file: `lapel train KIND`; each module has a `COMMAND` of its name.

A command returns its exit code, and the first sentence of its help is shown by `lapel train --help`.
"""

from __future__ import annotations

import importlib
import pkgutil

import click


def kinds() -> tuple[str, ...]:
    """The names of all kinds."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")))


def command(name: str) -> click.Command | None:
    """What `lapel train NAME` runs; None if there is no such kind."""
    if name not in kinds():
        return None
    found: click.Command = importlib.import_module(f"{__name__}.{name}").COMMAND
    return found

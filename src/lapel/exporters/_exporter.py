"""`Exporter`: what a module of this package says about itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lapel.ir import Graph


@dataclass(frozen=True)
class Exporter:
    """One format of model files.

    suffixes: with the dot, lower case. write: the content of a file; raises UnsupportedModel with every node that the
    format cannot say, and MissingTool where a library is not installed.
    """

    name: str
    suffixes: tuple[str, ...]
    write: Callable[[Graph], bytes]

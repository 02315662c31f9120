"""`Exporter`: what a module of this package says about itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lapel.ir import Graph


@dataclass(frozen=True)
class Exporter:
    """One format of model files.

    suffixes: with the dot, lower case. write: the content of a file; raises UnsupportedModel with every node that the
    format cannot say, and MissingTool where a library is not installed. write_int4: the same with weights of four bits
    in four bits, where the format has that. users_axes: whether inputs have the order of axes of the model that the
    graph was made from (`Origin.layouts`), and not the graph's.
    """

    name: str
    suffixes: tuple[str, ...]
    write: Callable[[Graph], bytes]
    write_int4: Callable[[Graph], bytes] | None = None
    users_axes: bool = False

"""PyTorch: modules (with an example of their inputs), exported programs and .pt2 files -> float Graph.

PyTorch is imported when a model of it is loaded, and never by anything else.
"""

from __future__ import annotations

from typing import Any

from lapel.errors import UsageError
from lapel.frontends._foreign import is_program
from lapel.frontends._format import Format
from lapel.frontends.torch import exporting
from lapel.frontends.torch.importer import import_program
from lapel.ir import Graph

__all__ = ["FORMAT", "from_torch"]


def from_torch(model: Any, example: Any = None, *, name: str = "model") -> Graph:
    """The float graph of a module, or of what `torch.export.export` made of one.

    example: for a module, and only for one: a tensor or array, a tuple of them, or a mapping by the names of forward's
    arguments; its shapes are the graph's. The module is exported in evaluation mode, from a copy. Images are channels
    last in the graph; `Graph.origin.layouts` says which inputs and outputs that concerns, and samples are taken both
    ways.

    Raises MissingTool without PyTorch, UsageError without an example, InputError if the module refuses it, and
    UnsupportedModel with every problem: the path of the layer, and the source line where it is known.
    """
    if _is_program(model):
        if example is not None:
            raise UsageError("an exported program has its shapes already: leave the example out")
        return import_program(model, name)
    return import_program(exporting.export(model, example, name), name)


def read(data: bytes, name: str) -> Graph:
    """The float graph of a .pt2 file's content."""
    return import_program(exporting.read(data, name), name)


def _is_program(model: object) -> bool:
    torch = exporting.loaded()
    return torch is not None and isinstance(model, torch.export.ExportedProgram)


def _holds(model: object) -> bool:
    torch = exporting.loaded()
    return torch is not None and isinstance(model, (torch.nn.Module, torch.export.ExportedProgram))


FORMAT = Format(
    name="PyTorch",
    suffixes=(".pt2",),
    matches=is_program,
    read=read,
    holds=_holds,
    convert=lambda model, example, name: from_torch(model, example, name=name),
)

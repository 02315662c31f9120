"""`Bundle`: what a module of this package says about itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from lapel.ir import Graph
from lapel.records import WakeWord


@dataclass(frozen=True)
class Made:
    """Contents by file name, the main one first; see `Exported` for the others."""

    contents: Mapping[str, bytes]
    arena_bytes: int | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bundle:
    """Files for one kind of build.

    title: whose build it is. fields: a dataclass of what has to be given. make: the files; raises UsageError for values
    that cannot be, UnsupportedModel with everything of the graph that is not taken there, MissingTool. said: those
    fields that a trained wake word's record says, in view of the given ones; raises UsageError if they cannot be said
    there. None: no wake words are taken.
    """

    title: str
    fields: type[Any]
    make: Callable[[Graph, Any], Made]
    said: Callable[[WakeWord, Mapping[str, Any]], dict[str, Any]] | None = None

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the fields that have no default."""
        return tuple(f.name for f in fields(self.fields) if f.default is MISSING and f.default_factory is MISSING)

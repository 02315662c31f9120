"""What an ONNX file says, as plain data: nodes, ends and constants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lapel.errors import Problem, shown

STANDARD = ""
"""The domain of ONNX's own operators."""


@dataclass(frozen=True)
class NodeContent:
    """One node. version: of the operator set of its domain. attrs: numbers, text, lists of them, arrays."""

    op: str
    domain: str
    version: int
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attrs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """What messages call it."""
        return f"{self.kind} {shown(self.title)!r}"

    @property
    def title(self) -> str:
        """Its name or, if it has none, that of its first output."""
        return self.name or next(filter(None, self.outputs), "")

    @property
    def kind(self) -> str:
        """The operator, with its domain if that is not ONNX's own."""
        return f"{self.domain}.{self.op}" if self.domain else self.op


@dataclass(frozen=True)
class Port:
    """An input. dtype: NumPy's name. dims: a number, or the name of a dimension that is not fixed; None: no shape."""

    name: str
    dtype: str
    dims: tuple[int | str, ...] | None


@dataclass(frozen=True)
class ModelContent:
    """A model whose file is in order. problems: what of it was understood and cannot be had."""

    name: str
    nodes: tuple[NodeContent, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[str, ...]
    constants: Mapping[str, np.ndarray]
    problems: tuple[Problem, ...] = ()

"""What a .tflite file says, decoded and checked, before any operator is understood."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lapel.errors import Problem
from lapel.ir import Quant

OptionValue = int | float | str | tuple[int, ...]

Variable = tuple[str, str]
"""Container and shared name of a resource variable; no container and the tensor's name of a variable tensor."""


@dataclass(frozen=True, slots=True, eq=False)
class TensorContent:
    """A tensor; `dtype` is the schema's lower-case name and need not be one that Lapel has.

    data: content of a constant, a view of the file (raw bytes if an oddity says why).
    oddities: reasons why no operator of Lapel can use it. buffer: index of its buffer in the file.
    variable: it keeps its value between calls. stored: the dtype in the file, where it was read as another one: int4 as
    int8, float16 as float32.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    quant: Quant | None
    data: np.ndarray | None
    oddities: tuple[str, ...]
    buffer: int = 0
    variable: bool = False
    stored: str = ""

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True, eq=False)
class OperatorContent:
    """An operator; tensors are indexes, -1 is an absent optional input.

    index: its place in the subgraph. code: schema name, `CUSTOM 'name'` or `operator code 999`.
    options: fields of the builtin options table, None where the file has no such table.
    options_name: that table's schema name. unknown_fields: numbers of fields it has beyond those of the schema.
    custom: options of a custom operator, in a format of its own, as a rule flexbuffers.
    """

    code: str
    version: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options_name: str | None
    options: Mapping[str, OptionValue] | None
    unknown_fields: tuple[int, ...] = ()
    index: int = 0
    custom: bytes = b""


@dataclass(frozen=True, slots=True, eq=False)
class CarryContent:
    """A variable that is read before it is assigned: the tensor that it is at first, and the one that it is at the end.

    update: None where the model itself never assigns it. initial: what it is before the first call, of the state's
    shape and dtype, where no subgraph assigns it another value.
    """

    variable: Variable
    state: int
    update: int | None
    initial: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class ModelContent:
    """A subgraph of a file, as a rule the first, which is the one that runs. Tensor names are unique and not empty.

    problems: what it asks for beyond single operators. carries: its state. assigned: the tensor that each resource
    variable is at the end. initial: the subgraph that assigns the initial values. warnings: what a user has to know
    about how it was read, a sentence each.
    """

    name: str
    tensors: tuple[TensorContent, ...]
    operators: tuple[OperatorContent, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    problems: tuple[Problem, ...] = ()
    carries: tuple[CarryContent, ...] = ()
    assigned: Mapping[Variable, int] = field(default_factory=dict)
    initial: ModelContent | None = None
    warnings: tuple[str, ...] = ()

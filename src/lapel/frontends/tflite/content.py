"""What a .tflite file says, decoded and checked, before any operator is understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lapel.errors import Problem
from lapel.ir import Quant

OptionValue = int | float | tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TensorContent:
    """A tensor; `dtype` is the schema's lower-case name and need not be one that Lapel has.

    data: content of a constant, a view of the file (raw bytes if an oddity says why).
    oddities: reasons why no operator of Lapel can use it. buffer: index of its buffer in the file.
    variable: it keeps its value between calls.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    quant: Quant | None
    data: np.ndarray | None
    oddities: tuple[str, ...]
    buffer: int = 0
    variable: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class OperatorContent:
    """An operator; tensors are indexes, -1 is an absent optional input.

    code: schema name, `CUSTOM 'name'` or `operator code 999`.
    options: fields of the builtin options table, None where the file has no such table.
    options_name: that table's schema name. unknown_fields: numbers of fields it has beyond those of the schema.
    """

    code: str
    version: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options_name: str | None
    options: Mapping[str, OptionValue] | None
    unknown_fields: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ModelContent:
    """The first subgraph of a file, which is the one that runs. Tensor names are unique and not empty.

    problems: what it asks for beyond single operators.
    """

    name: str
    tensors: tuple[TensorContent, ...]
    operators: tuple[OperatorContent, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    problems: tuple[Problem, ...] = ()

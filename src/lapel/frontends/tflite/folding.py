"""Constant folding during import: op(constants) --> constant.

Converters leave shape computations in the file (SHAPE, STRIDED_SLICE, PACK, RESHAPE); with static shapes they
are constants. The operator itself computes them, so folding is exact by definition.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lapel.ir import Instance, Op
from lapel.ir.op import compute
from lapel.ir.work import count_steps

MAX_STEPS = 1 << 22
"""Bound on the work of folding one node."""

GROWTH, FLOOR = 2, 1 << 16
"""Folding may make `GROWTH` times as many elements as the file has constants, and `FLOOR` in any case."""


@dataclass
class Folding:
    """The elements that folding may still make, so that a small file cannot ask for large constants.

    A node beyond the bounds stays in the graph: right as well, and no honest model has one.
    """

    elements: int

    @classmethod
    def for_constants(cls, sizes: Iterable[int]) -> Folding:
        """The allowance of a file whose constants have these numbers of elements."""
        return cls(GROWTH * sum(sizes) + FLOOR)

    def fold(self, op: Op, inst: Instance) -> tuple[np.ndarray, ...] | None:
        """The outputs of a well-formed node whose inputs are all constants; None if it is not one, or too large."""
        if any(t is not None and t.data is None for t in inst.inputs):
            return None
        made = sum(t.type.size for t in inst.outputs)
        if made > self.elements or count_steps(op, inst) > MAX_STEPS:
            return None
        self.elements -= made
        with np.errstate(all="ignore"):
            return compute(op, inst, *(None if t is None else t.data for t in inst.inputs))

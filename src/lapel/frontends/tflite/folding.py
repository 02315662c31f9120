"""Constant folding during import: op(constants) --> constant.

Converters leave shape computations in the file (SHAPE, STRIDED_SLICE, PACK, RESHAPE); with static shapes they are
constants. The operator's own reference computes them, so folding is exact by definition.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lapel.errors import FormatError
from lapel.frontends.tflite.decoder import MAX_CONSTANT_BYTES
from lapel.ir import Instance, Op

MAX_STEPS = 1 << 26
"""Bound on the work of folding one node: larger constant nodes, rare in honest models, stay in the graph."""


@dataclass
class Folding:
    """What folding has made so far, so that a small file cannot ask for large constants."""

    name: str
    made_bytes: int = 0

    def fold(self, op: Op, inst: Instance) -> tuple[np.ndarray, ...] | None:
        """The outputs of a legal node whose inputs are all constants; None if it is not one."""
        if any(t is not None and t.data is None for t in inst.inputs) or _count_steps(op, inst) > MAX_STEPS:
            return None
        self.made_bytes += sum(t.type.bytes for t in inst.outputs)
        if self.made_bytes > MAX_CONSTANT_BYTES:
            raise FormatError(
                f"{self.name}.tflite, node {inst.node.name}: constants computed at import reach {self.made_bytes} bytes, "
                f"expected at most {MAX_CONSTANT_BYTES}: fold constants when converting the model"
            )
        with np.errstate(all="ignore"):
            return op.reference(inst, *(None if t is None else t.data for t in inst.inputs))


def _count_steps(op: Op, inst: Instance) -> int:
    """A bound on the scalar steps of the reference.

    No operator reads an input element more than once for an output element; a window (pooling, padding) shows in
    the attributes, whose integers are multiplied here without knowing what each means.
    """
    made = sum(t.type.size for t in inst.outputs)
    read = sum(t.type.size for t in inst.inputs if t is not None)
    window = math.prod(max(1, n) for n in _integers(tuple(inst.attrs.values())))
    return max(made, read, op.macs(inst), min(made * max(1, read), made * window))


def _integers(values: tuple[object, ...]) -> Iterator[int]:
    for v in values:
        if isinstance(v, tuple):
            yield from _integers(v)
        elif isinstance(v, int):
            yield v

"""A bound on the work of an operator's reference, which front ends and the planner run on constants."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lapel.ir.graph import Instance
from lapel.ir.op import Op


def count_steps(op: Op, inst: Instance) -> int:
    """A bound on the scalar steps of the reference.

    No operator reads an input element more than once for an output element; a window (pooling, padding) shows
    in the attributes, whose integers are multiplied here without knowing what each means.
    """
    if op.alias(inst):
        return 0
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

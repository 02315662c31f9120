"""Answers of operators about one axis, such as time: what a piece of an output along it needs of the inputs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lapel.ir.graph import Instance

Axes = Sequence[int | None]
"""Of each input the axis that is looked along; None: it is read whole for each piece."""


@dataclass(frozen=True)
class Along:
    """How outputs are made of inputs along an axis.

    Element i along the axis of every output is made of the elements i * step - before … + extent of each input that has
    one. attrs: of the node that makes a piece of the outputs of such pieces of the inputs, with nothing around them
    along the axis. fill: the stored value that elements before the first and behind the last one count as; None: what
    is there does not count at all, so that no value stands for it.
    """

    axes: tuple[int, ...]
    attrs: Mapping[str, Any]
    extent: int = 1
    step: int = 1
    before: int = 0
    fill: int | float | None = field(default=None)


def elementwise_along(inst: Instance, axes: Axes) -> Along | None:
    """Of an operator that makes each element of the same elements of its inputs, broadcast as in NumPy."""
    rank = len(inst.y().shape)
    ends = {len(inst.x(i).shape) - a for i, a in enumerate(axes) if a is not None}
    if len(ends) != 1:
        return None
    (end,) = ends
    axis = rank - end
    for i, a in enumerate(axes):
        if not inst.has(i):
            continue
        size = inst.x(i).shape[-end] if len(inst.x(i).shape) >= end else 1
        if size != (1 if a is None else inst.y().shape[axis]):
            return None
    return Along((axis,), inst.attrs)


def kept_along(inst: Instance, axes: Axes) -> Along | None:
    """Of an operator that works on the last axis alone, and leaves the shape of its one input as it is."""
    (axis,) = axes
    return Along((axis,), inst.attrs) if axis is not None and axis != len(inst.x().shape) - 1 else None


def reshaped_along(inst: Instance, axes: Axes, count: int) -> Along | None:
    """Of elements in their order under another shape: an axis stays one, or some of its elements become one."""
    (axis,) = axes
    assert axis is not None
    x, y = inst.x().shape, inst.y().shape
    outer = math.prod(x[:axis])
    fitting = [b for b in range(len(y)) if math.prod(y[:b]) == outer and x[axis] % y[b] == 0]
    if not fitting:
        return None
    found = max(fitting, key=lambda b: y[b])
    step = x[axis] // y[found]
    return Along((found,), {**inst.attrs, "shape": (*y[:found], count, *y[found + 1 :])}, step, step)

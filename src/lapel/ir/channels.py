"""Elements along axes of a node's tensors that make sense together only, so that they are removed together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import lcm
from typing import TYPE_CHECKING

import numpy as np

from lapel.ir.graph import Instance, Tensor

if TYPE_CHECKING:
    from lapel.ir.op import Op

Kept = Mapping[str, np.ndarray]
"""By a tensor's name: indexes along its last axis that stay, ascending."""


@dataclass(frozen=True, eq=False)
class Together:
    """Element pairs[:, 0] along an axis of a tensor goes with element pairs[:, 1] of another's.

    names: of the two tensors. axes: of each; those of computed tensors are the last ones. pairs: int64 [N, 2].
    """

    names: tuple[str, str]
    axes: tuple[int, int]
    pairs: np.ndarray


def in_turns(a: Tensor, b: Tensor, a_axis: int = -1) -> Together:
    """The elements in turns: of axes of one length one by one, and of a flattened image as its pixels have them.

    b: is computed, of as many elements as there are turns at most.
    """
    axes = (a_axis % max(1, len(a.type.shape)), max(0, len(b.type.shape) - 1))
    m, n = _length(a, axes[0]), _length(b, axes[1])
    at = np.arange(min(lcm(m, n), b.type.size))
    return Together((a.name, b.name), axes, np.stack([at % m, at % n], axis=1))


def mapped(a: Tensor, b: Tensor, pairs: np.ndarray) -> Together:
    """Elements of the two last axes, pair by pair."""
    return Together((a.name, b.name), (len(a.type.shape) - 1, len(b.type.shape) - 1), pairs)


def laid_out(whole: Tensor, parts: Sequence[Tensor], along: bool) -> tuple[Together, ...]:
    """Of a tensor that others lie in side by side, along the last axis, or along one of the others."""
    if not whole.type.shape:
        return ()
    found, at = [], 0
    for part in parts:
        own = np.arange(part.type.shape[-1])
        found.append(mapped(part, whole, np.stack([own, at + own], axis=1)))
        at += len(own) * along
    return tuple(found)


def default_together(op: Op, inst: Instance) -> Iterator[Together]:
    """What follows from the other answers of an operator: filters, emitted and absorbed constants, tied inputs."""
    y, filters = inst.outputs[0], op.filters(inst)
    ways = [(1, filters.axis), (2, None)] if filters is not None else list(op.emits(inst))
    if any(inst.has(k) and inst.const(k) is None for k, _ in ways):
        return
    for k, axis in ways:
        if inst.has(k):
            yield in_turns(_given(inst, k), y, _channels_axis(_given(inst, k)) if axis is None else axis)
    if filters is not None and filters.inputs is not None:
        yield in_turns(_given(inst, 1), _given(inst, 0), filters.inputs)
    absorbed = op.absorbs(inst) if filters is None and ways else None
    if absorbed is not None and absorbed.axis == len(inst.x().shape) - 1:
        yield in_turns(_given(inst, absorbed.constant), _given(inst, 0), absorbed.constant_axis)
    for k in op.tied(inst):
        yield in_turns(_given(inst, k), y)


def _given(inst: Instance, k: int) -> Tensor:
    t = inst.inputs[k]
    assert t is not None
    return t


def _length(t: Tensor, axis: int) -> int:
    return t.type.shape[axis] if t.type.shape else 1


def _channels_axis(bias: Tensor) -> int:
    """The axis of a bias that has more than one element, if any."""
    return next((a for a, n in enumerate(bias.type.shape) if n > 1), -1)

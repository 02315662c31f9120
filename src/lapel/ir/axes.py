"""Answers of operators about the axes of their tensors: what a permutation of them does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Perm = tuple[int | None, ...]
"""For each axis of a permuted tensor which one of the tensor it is; None: a new axis of size 1."""


@dataclass(frozen=True)
class Permuted:
    """How a node does the same to inputs whose axes are permuted.

    attrs: its attributes then. perm: how the axes of every output are permuted. inputs: those whose axes are to be
    permuted; the others stay as they are.
    """

    attrs: Mapping[str, Any]
    perm: Perm
    inputs: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Absorbed:
    """An axis of input 0 that a node multiplies by an axis of a constant, element by element, and only sums over."""

    axis: int
    constant: int
    constant_axis: int


def moved(values: Sequence[Any], perm: Perm, new: Any) -> tuple[Any, ...]:
    """What belongs to the axes, one value each, for axes that are permuted; `new` for new ones."""
    return tuple(new if a is None else values[a] for a in perm)


def without(perm: Perm, gone: Sequence[int]) -> Perm:
    """The permutation of those axes that are left, as they are numbered then."""
    kept = sorted(a for a in perm if a is not None and a not in gone)
    return tuple(None if a is None else kept.index(a) for a in perm if a is None or a in kept)


def keeps_last(perm: Perm) -> bool:
    """Whether the last axis stays where it is."""
    return not perm or perm[-1] == sum(a is not None for a in perm) - 1

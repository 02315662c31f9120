"""Answers of operators about the axes of their tensors: what a permutation of them does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Permuted:
    """How a node does the same to inputs whose axes are permuted.

    attrs: its attributes then. perm: how the axes of every output are permuted, of y as it was `y.transpose(perm)`.
    inputs: those whose axes are to be permuted; the others stay as they are.
    """

    attrs: Mapping[str, Any]
    perm: tuple[int, ...]
    inputs: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Absorbed:
    """An axis of input 0 that a node multiplies by an axis of a constant, element by element, and only sums over."""

    axis: int
    constant: int
    constant_axis: int


def moved(values: Sequence[Any], perm: Sequence[int]) -> tuple[Any, ...]:
    """What belongs to the axes, one value each, for axes that are permuted."""
    return tuple(values[a] for a in perm)


def without(perm: Sequence[int], gone: Sequence[int]) -> tuple[int, ...]:
    """The permutation of those axes that are left, as they are numbered then."""
    kept = [a for a in range(len(perm)) if a not in gone]
    return tuple(kept.index(a) for a in perm if a in kept)


def keeps_last(perm: Sequence[int]) -> bool:
    """Whether the last axis stays where it is."""
    return not perm or perm[-1] == len(perm) - 1

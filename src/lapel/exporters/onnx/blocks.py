"""Images cut into blocks along one or two axes: the shapes on the way."""

from __future__ import annotations

from collections.abc import Sequence


def cut(shape: Sequence[int], block: Sequence[int]) -> tuple[list[int], list[int]]:
    """(shape, axes) by which [N, D · b, …, C] becomes [b, …, N, D, …, C]."""
    n, *inner, c = shape
    parts = [size for d, b in zip(inner, block, strict=True) for size in (d // b, b)]
    axes = [2 + 2 * k for k in range(len(block))]
    return [n, *parts, c], [*axes, 0, *(1 + 2 * k for k in range(len(block))), 1 + 2 * len(block)]

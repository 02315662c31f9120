"""Pooling whose windows have gaps: no operator has these, so it is made of slices and depthwise convolutions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lapel.building import GraphBuilder
from lapel.errors import UnsupportedNode
from lapel.ir import Tensor

Pool = Literal["mean", "max"]
MOST_TAPS = 32
"""Of an axis of a window with gaps: each is a slice."""
LOWEST = float(np.finfo(np.float32).min)


@dataclass(frozen=True)
class Gaps:
    """A window over H and W. pad: (top, bottom, left, right); more: how far the last windows reach beyond padding."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    pad: tuple[int, int, int, int]
    more: tuple[int, int]

    def size(self, image: tuple[int, int]) -> tuple[int, int]:
        """Rows and columns of the output."""
        h, w = (self._steps(axis, n) for axis, n in enumerate(image))
        return h, w

    def _steps(self, axis: int, n: int) -> int:
        extent = (self.kernel[axis] - 1) * self.dilation[axis] + 1
        whole = n + sum(self.pad[2 * axis : 2 * axis + 2]) + self.more[axis]
        return (whole - extent) // self.stride[axis] + 1

    def taps(self) -> Iterator[tuple[int, int]]:
        """Where each tap of the first window is, in the padded image."""
        for row in range(self.kernel[0]):
            for column in range(self.kernel[1]):
                yield row * self.dilation[0], column * self.dilation[1]


def spread_pool(b: GraphBuilder, x: Tensor, kind: Pool, gaps: Gaps, counts_pads: bool, name: str) -> Tensor:
    """Mean or maximum of windows of x [N, H, W, C]; counts_pads: padding counts as zeros of the mean.

    Raises UnsupportedNode.
    """
    if max(gaps.kernel) > MOST_TAPS:
        raise UnsupportedNode(f"kernel is {list(gaps.kernel)} with gaps, expected at most {MOST_TAPS} taps an axis")
    n, h, w, c = x.type.shape
    rows, columns = gaps.size((h, w))
    x = _padded(b, x, gaps, LOWEST if kind == "max" else 0.0, name)
    if kind == "max":
        y: Tensor | None = None
        for top, left in gaps.taps():
            shape = (n, rows, columns, c)
            attrs = {"begin": (0, top, left, 0), "step": (1, *gaps.stride, 1), "count": shape, "shape": shape}
            tap = b.node("slice", x, **attrs, name=f"{name}/tap")
            y = tap if y is None else b.node("maximum", y, tap, name=name)
        assert y is not None
        return y
    ones = b.constant(f"{name}/ones", np.ones((1, *gaps.kernel, c), np.float32))
    window = {"stride": gaps.stride, "dilation": gaps.dilation, "pad": (0, 0, 0, 0)}
    total = b.node("depthwise", x, ones, None, **window, name=f"{name}/sum")
    parts = 1 / _counts(gaps, (h, w), counts_pads).reshape(rows, columns, 1)
    return b.node("mul", total, b.constant(f"{name}/parts", parts.astype(np.float32)), name=name)


def _padded(b: GraphBuilder, x: Tensor, gaps: Gaps, value: float, name: str) -> Tensor:
    top, bottom, left, right = gaps.pad
    after = (0, bottom + gaps.more[0], right + gaps.more[1], 0)
    if not any((top, left, *after)):
        return x
    return b.node("pad", x, before=(0, top, left, 0), after=after, value=value, name=f"{name}/pad")


def _counts(gaps: Gaps, image: tuple[int, int], counts_pads: bool) -> np.ndarray:
    """float64 [rows, columns]: how many values each window has."""
    top, bottom, left, right = gaps.pad
    inside = np.full(image, 1.0)
    inside = np.pad(inside, ((top, bottom), (left, right)), constant_values=float(counts_pads))
    inside = np.pad(inside, ((0, gaps.more[0]), (0, gaps.more[1])))
    (rows, columns), (sh, sw) = gaps.size(image), gaps.stride
    parts = (inside[r : r + rows * sh : sh, c : c + columns * sw : sw][:rows, :columns] for r, c in gaps.taps())
    return np.asarray(sum(parts))

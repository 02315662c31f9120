"""Paddings of windows, as frameworks describe them."""

from __future__ import annotations

from collections.abc import Sequence

from lapel.errors import UnsupportedNode
from lapel.frontends._moves import Pads


def explicit_pads(values: Sequence[int], axes: int) -> Pads:
    """Of a list of all that comes before, then of all that comes after. Raises UnsupportedNode for other lengths."""
    if len(values) != 2 * axes:
        raise UnsupportedNode(f"pads are {list(values)}, expected {2 * axes}: as many before as after each axis")
    return [(int(p), int(q)) for p, q in zip(values[:axes], values[axes:], strict=True)]


def same_pads(
    size: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int], lower: bool
) -> Pads:
    """Pads with which there is a window for each stride; lower: the odd one comes before."""
    pads = []
    for n, k, s, d in zip(size, kernel, stride, dilation, strict=True):
        total = max(0, (-(-n // s) - 1) * s + (k - 1) * d + 1 - n)
        less = total // 2
        pads.append((total - less, less) if lower else (less, total - less))
    return pads


def spread_pads(
    size: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
    more: Sequence[int],
    wanted: Sequence[int],
    upper: bool,
) -> Pads:
    """Pads of a transposed convolution whose output has a given size; upper: the odd one comes after."""
    pads = []
    for n, k, s, d, m, size_wanted in zip(size, kernel, stride, dilation, more, wanted, strict=True):
        total = s * (n - 1) + m + (k - 1) * d + 1 - int(size_wanted)
        less = total // 2
        pads.append((less, total - less) if upper else (total - less, less))
    return pads

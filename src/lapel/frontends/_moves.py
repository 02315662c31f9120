"""Movement of values for frameworks that keep channels first: axes, shapes, borders, sizes.

    y = move(x), channels first  -->  y = transpose(op(transpose(x)))

Constants that are moved are constants again, so that no node is left for what needs none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.building import GraphBuilder
from lapel.errors import UnsupportedNode
from lapel.ir import Tensor

Pads = Sequence[tuple[int, int]]
"""(before, after) for each spatial axis."""

MOST_SPATIAL = 2
MOST_BORDER = 64
"""Copies of an edge, of which each is an operand."""


def permuted(b: GraphBuilder, x: Tensor, perm: Sequence[int], name: str = "") -> Tensor:
    """x with axis perm[i] as its axis i; a constant is one again, and no node is made for what moves nothing."""
    if list(perm) == sorted(perm):
        return x
    if x.data is not None:
        return b.constant(name or f"{x.name}/moved", np.ascontiguousarray(x.data.transpose(perm)))
    return b.node("transpose", x, name=name or f"{x.name}/moved", perm=tuple(int(a) for a in perm))


def reshaped(b: GraphBuilder, x: Tensor, shape: Sequence[int], name: str = "") -> Tensor:
    """x under another shape; a constant is one again, and no node is made for the shape that x has."""
    shape = tuple(int(d) for d in shape)
    if shape == x.type.shape:
        return x
    if x.data is not None:
        return b.constant(name or f"{x.name}/shaped", x.data.reshape(shape))
    return b.node("reshape", x, name=name or f"{x.name}/shaped", shape=shape)


def spread(b: GraphBuilder, x: Tensor, shape: Sequence[int], name: str = "") -> Tensor:
    """x repeated along axes of 1, to a shape that it broadcasts to; no node is made if it has that shape."""
    lifted = reshaped(b, x, (*[1] * (len(shape) - len(x.type.shape)), *x.type.shape))
    times = tuple(int(n) // d for n, d in zip(shape, lifted.type.shape, strict=True))
    return lifted if set(times) <= {1} else b.node("tile", lifted, times=times, name=name)


def channels_last(b: GraphBuilder, x: Tensor) -> Tensor:
    """[N, C, *spatial] -> [N, *spatial, C]."""
    rank = len(x.type.shape)
    return permuted(b, x, (0, *range(2, rank), 1), f"{x.name}/last")


def channels_first(b: GraphBuilder, x: Tensor) -> Tensor:
    """[N, *spatial, C] -> [N, C, *spatial]."""
    rank = len(x.type.shape)
    return permuted(b, x, (0, rank - 1, *range(1, rank - 1)), f"{x.name}/first")


def spatial_axes(x: Tensor) -> int:
    """How many spatial axes x [N, C, *spatial] has. Raises UnsupportedNode if it is not one or two."""
    spatial = len(x.type.shape) - 2
    if 1 <= spatial <= MOST_SPATIAL:
        return spatial
    expected = "3 or 4, [N, C, W] or [N, C, H, W]: reshape it"
    raise UnsupportedNode(f"input has {spatial + 2} dimensions {list(x.type.shape)}, expected {expected}")


def image(b: GraphBuilder, x: Tensor) -> Tensor:
    """[N, C, *spatial] -> [N, H, W, C], with H = 1 where there is one spatial axis. Raises UnsupportedNode."""
    spatial_axes(x)
    x = channels_last(b, x)
    n, *rows, w, c = x.type.shape
    return reshaped(b, x, (n, *(rows or [1]), w, c))


def from_image(b: GraphBuilder, y: Tensor, spatial: int) -> Tensor:
    """[N, H, W, C] -> [N, C, *spatial]."""
    n, h, w, c = y.type.shape
    return channels_first(b, reshaped(b, y, (n, w, c) if spatial == 1 else (n, h, w, c)))


def pair(values: Sequence[int], missing: int) -> tuple[int, int]:
    """A value for each of H and W, of those for the spatial axes that there are."""
    return tuple(int(v) for v in ([missing] * MOST_SPATIAL + list(values))[-MOST_SPATIAL:])  # type: ignore[return-value]


def sides(pads: Pads) -> tuple[int, int, int, int]:
    """(top, bottom, left, right)."""
    (top, bottom), (left, right) = ([(0, 0)] * MOST_SPATIAL + [(int(p), int(q)) for p, q in pads])[-MOST_SPATIAL:]
    return top, bottom, left, right


def resize(
    b: GraphBuilder,
    x: Tensor,
    size: Sequence[int],
    linear: bool,
    align_corners: bool,
    half_pixel: bool,
    name: str = "",
) -> Tensor:
    """x [N, C, *spatial] at another size of its spatial axes, by the nearest value or linear interpolation."""
    spatial = len(x.type.shape) - 2
    attrs = {"size": pair(size, 1), "align_corners": align_corners, "half_pixel": half_pixel}
    return from_image(b, b.node("bilinear" if linear else "nearest", image(b, x), name=name, **attrs), spatial)


def depth_to_space(b: GraphBuilder, x: Tensor, block: int, columns_first: bool, name: str = "") -> Tensor:
    """[N, C · block², H, W] -> [N, C, H · block, W · block].

    columns_first: a channel's block² values lie side by side (PyTorch, ONNX's CRD), else those of all channels (DCR).
    """
    x = image(b, x)
    if columns_first:
        x = _mixed_channels(b, x, (-1, block**2), name)
    return from_image(b, b.node("depthtospace", x, block=block, name=name), MOST_SPATIAL)


def space_to_depth(b: GraphBuilder, x: Tensor, block: int, columns_first: bool, name: str = "") -> Tensor:
    """The inverse of `depth_to_space`."""
    y = b.node("spacetodepth", image(b, x), block=block, name=name)
    if columns_first:
        y = _mixed_channels(b, y, (block**2, -1), name)
    return from_image(b, y, MOST_SPATIAL)


def _mixed_channels(b: GraphBuilder, x: Tensor, grid: tuple[int, int], name: str) -> Tensor:
    """The channels of x [N, H, W, C], taken as a grid, column by column."""
    order = np.arange(x.type.shape[3], dtype=np.int32).reshape(grid).T.reshape(-1)
    return b.node("gather", x, b.constant(f"{name}/order", order), axis=3, batch=0, name=f"{name}/channels")


def padded(
    b: GraphBuilder, x: Tensor, before: Sequence[int], after: Sequence[int], mode: str, value: float, name: str = ""
) -> Tensor:
    """x with a border: `constant`, `reflect`, `symmetric`, `edge` (the last value again) or `wrap`.

    Counts below 0 cut. Raises UnsupportedNode.
    """
    x = _cropped(b, x, before, after, name)
    before, after = ([max(0, int(n)) for n in side] for side in (before, after))
    if not any((*before, *after)):
        return x
    attrs = {"before": tuple(before), "after": tuple(after)}
    if mode == "constant":
        return b.node("pad", x, **attrs, value=float(value), name=name)
    if mode in ("reflect", "symmetric"):
        return b.node("mirrorpad", x, **attrs, edge=mode == "symmetric", name=name)
    for axis, counts in enumerate(zip(before, after, strict=True)):
        x = _joined_border(b, x, axis, counts, mode, name)
    return x


def _joined_border(b: GraphBuilder, x: Tensor, axis: int, counts: tuple[int, int], mode: str, name: str) -> Tensor:
    size, (p, q) = x.type.shape[axis], counts
    if not p and not q:
        return x
    if mode not in ("edge", "wrap") or (mode == "wrap" and max(p, q) > size) or max(p, q) > MOST_BORDER:
        expected = (
            f"expected constant, reflect, symmetric, edge by {MOST_BORDER} at most, or wrap by no more than the size"
        )
        raise UnsupportedNode(f"pads axis {axis} of {list(x.type.shape)} by {counts} in mode {mode!r}, {expected}")
    if mode == "edge":
        parts = [part(b, x, axis, 0, 1)] * p + [x] + [part(b, x, axis, size - 1, 1)] * q
    else:
        before = [part(b, x, axis, size - p, p)] if p else []
        parts = [*before, x, *([part(b, x, axis, 0, q)] if q else [])]
    return b.node("concat", *parts, axis=axis, name=name)


def _cropped(b: GraphBuilder, x: Tensor, before: Sequence[int], after: Sequence[int], name: str) -> Tensor:
    for axis, (p, q) in enumerate(zip(before, after, strict=True)):
        if min(p, q) < 0:
            first, end = max(0, -p), x.type.shape[axis] - max(0, -q)
            x = part(b, x, axis, first, end - first, name=f"{name}/cut")
    return x


def part(b: GraphBuilder, x: Tensor, axis: int, first: int, count: int, step: int = 1, name: str = "") -> Tensor:
    """`count` elements of an axis from `first` on; steps below 0 go back. Raises UnsupportedNode."""
    rank = len(x.type.shape)
    shape = tuple(int(count) if a == axis else d for a, d in enumerate(x.type.shape))
    begin = tuple(int(first) if a == axis else 0 for a in range(rank))
    steps = tuple(int(step) if a == axis else 1 for a in range(rank))
    return b.node("slice", x, begin=begin, step=steps, count=shape, shape=shape, name=name)

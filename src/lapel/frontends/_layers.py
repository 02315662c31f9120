"""Layers of frameworks that keep channels first, made of Lapel's operators, which keep them last.

    y = layer(x), channels first  -->  y = transpose(op(transpose(x)))

x is [N, C, *spatial] with one or two spatial axes; a layer over one is one over two with H = 1. Each layer is right by
itself; the layout rewrite removes the transposes between them. `name` is the user's name of the layer, which the node
that does the work keeps. Weights are tensors as the frameworks have them, constants or not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.building import GraphBuilder
from lapel.errors import UnsupportedNode
from lapel.frontends._gaps import Gaps, Pool, spread_pool
from lapel.frontends._moves import (
    Pads,
    channels_first,
    channels_last,
    from_image,
    image,
    pair,
    permuted,
    reshaped,
    sides,
    spatial_axes,
)
from lapel.ir import Tensor
from lapel.ir.signature import FLOATS


def convolution(
    b: GraphBuilder,
    x: Tensor,
    w: Tensor,
    bias: Tensor | None,
    stride: Sequence[int],
    dilation: Sequence[int],
    pads: Pads,
    groups: int,
    name: str = "",
) -> Tensor:
    """x [N, C, *spatial], w [O, C / groups, *kernel], bias [O] -> [N, O, *spatial]. Raises UnsupportedNode."""
    spatial, channels = spatial_axes(x), x.type.shape[1]
    o, cg, *kernel = w.type.shape
    if channels != cg * groups or o % groups or len(kernel) != spatial:
        found = f"weights are {list(w.type.shape)} for {groups} groups of an input {list(x.type.shape)}"
        raise UnsupportedNode(f"{found}, expected [outputs, {channels} / groups, *kernel] with a kernel size an axis")
    attrs = {"stride": pair(stride, 1), "dilation": pair(dilation, 1), "pad": sides(pads)}
    w = reshaped(b, w, (o, cg, *pair(kernel, 1)))
    deep = groups > 1 and cg == 1
    w = permuted(b, w, (1, 2, 3, 0) if deep else (0, 2, 3, 1))
    y = b.node("depthwise" if deep else "conv", image(b, x), w, bias, name=name, **attrs)
    return from_image(b, y, spatial)


def transposed_convolution(
    b: GraphBuilder,
    x: Tensor,
    w: Tensor,
    bias: Tensor | None,
    stride: Sequence[int],
    dilation: Sequence[int],
    pads: Pads,
    more: Sequence[int],
    groups: int,
    name: str = "",
) -> Tensor:
    """x [N, C, *spatial], w [C, O / groups, *kernel] -> [N, O, *spatial]; `more` rows and columns at the end.

    Raises UnsupportedNode.
    """
    spatial, size = spatial_axes(x), []
    require_axes(x, "kernel", w.type.shape[2:])
    if x.type.shape[1] != w.type.shape[0] or w.type.shape[0] % groups:
        found = f"weights are {list(w.type.shape)} for {groups} groups of an input {list(x.type.shape)}"
        raise UnsupportedNode(f"{found}, expected [{x.type.shape[1]}, outputs / groups, *kernel]")
    w = _spread(b, w, dilation)
    extents = w.type.shape[2:]
    for n, extent, step, (p, q), extra in zip(x.type.shape[2:], extents, stride, pads, more, strict=True):
        size.append((n - 1) * step + extent - p - q + extra)
    attrs = {"size": pair(size, 1), "stride": pair(stride, 1), "pad": sides(pads)}
    c, o, *_ = w.type.shape
    w = permuted(b, reshaped(b, w, (c, o, *pair(extents, 1))), (1, 2, 3, 0))
    x = image(b, x)
    if groups == 1:
        return from_image(b, b.node("tconv", x, w, bias, name=name, **attrs), spatial)
    xs = b.split("split", x, axis=3, sizes=(c // groups,) * groups, name=f"{name}/groups")
    ws = _pieces(b, w, 3, groups)
    biases = [None] * groups if bias is None else _pieces(b, bias, 0, groups)
    parts = [b.node("tconv", *operands, name=name, **attrs) for operands in zip(xs, ws, biases, strict=True)]
    return from_image(b, b.node("concat", *parts, axis=3, name=f"{name}/joined"), spatial)


def _spread(b: GraphBuilder, w: Tensor, dilation: Sequence[int]) -> Tensor:
    """Weights with dilation - 1 zeros between their taps."""
    if all(d == 1 for d in dilation):
        return w
    if w.data is None:
        raise UnsupportedNode(f"dilation is {list(dilation)} of weights that are no constant: expected a constant")
    kernel = w.type.shape[2:]
    extent = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    if np.prod([*w.type.shape[:2], *extent], dtype=float) > MOST_SPREAD:
        raise UnsupportedNode(f"dilation is {list(dilation)} of weights {list(w.type.shape)}, expected less")
    wide = np.zeros((*w.type.shape[:2], *extent), w.data.dtype)
    wide[(slice(None), slice(None), *(slice(None, None, d) for d in dilation))] = w.data
    return b.constant(f"{w.name}/spread", wide)


def _pieces(b: GraphBuilder, t: Tensor, axis: int, count: int) -> Sequence[Tensor]:
    """Equal parts along an axis; of a constant, constants."""
    if t.data is None:
        return b.split("split", t, axis=axis, sizes=(t.type.shape[axis] // count,) * count)
    return [b.constant(f"{t.name}/part", part) for part in np.split(t.data, count, axis)]


def pool(
    b: GraphBuilder,
    x: Tensor,
    kind: Pool,
    kernel: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
    pads: Pads,
    ceil: bool = False,
    counts_pads: bool = False,
    name: str = "",
) -> Tensor:
    """Mean or maximum of windows of x [N, C, *spatial]. Raises UnsupportedNode.

    ceil: the last window may reach beyond the end. counts_pads: padding counts as zeros of the mean.
    """
    spatial, pads = spatial_axes(x), [(int(p), int(q)) for p, q in pads]
    require_axes(x, "kernel", kernel)
    extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    more = [_last_window(*axis) for axis in zip(x.type.shape[2:], extents, stride, pads, strict=True)] if ceil else []
    x = image(b, x)
    if any(d != 1 for d in dilation):
        gaps = Gaps(pair(kernel, 1), pair(stride, 1), pair(dilation, 1), sides(pads), pair(more or [0] * spatial, 0))
        return from_image(b, spread_pool(b, x, kind, gaps, counts_pads, name), spatial)
    if kind == "mean" and counts_pads and any(map(any, pads)):
        top, bottom, left, right = sides(pads)
        x = b.node("pad", x, before=(0, top, left, 0), after=(0, bottom, right, 0), value=0.0, name=f"{name}/pad")
        pads = [(0, 0)] * spatial
    pads = [(p, q + m) for (p, q), m in zip(pads, more or [0] * spatial, strict=True)]
    attrs = {"kernel": pair(kernel, 1), "stride": pair(stride, 1), "pad": sides(pads)}
    return from_image(b, b.node("avgpool" if kind == "mean" else "maxpool", x, name=name, **attrs), spatial)


def require_axes(x: Tensor, what: str, found: Sequence[object]) -> None:
    """Raise UnsupportedNode if it has not a size for each spatial axis of x [N, C, *spatial]."""
    if len(found) != len(x.type.shape) - 2:
        expected = "expected [N, C, *spatial]: give it a batch axis of 1"
        raise UnsupportedNode(f"{what} has {len(found)} sizes for an input {list(x.type.shape)}, {expected}")


def _last_window(size: int, extent: int, stride: int, pads: tuple[int, int]) -> int:
    """How far a last window that begins within the image reaches beyond its padding."""
    before, after = pads
    steps = -(-(size + before + after - extent) // stride)
    if steps * stride >= size + before:
        steps -= 1
    return max(0, steps * stride + extent - (size + before + after))


def global_pool(b: GraphBuilder, x: Tensor, kind: Pool, name: str = "") -> Tensor:
    """Mean or maximum of all positions: [N, C, *spatial] -> [N, C, 1, …]."""
    axes = tuple(range(1, len(x.type.shape) - 1))
    op = "mean" if kind == "mean" else "reducemax"
    return channels_first(b, b.node(op, channels_last(b, x), axes=axes, keep_dims=True, name=name))


def dense(b: GraphBuilder, x: Tensor, w: Tensor, bias: Tensor | None, name: str = "") -> Tensor:
    """x [..., K] · w [O, K] + bias [O] -> [..., O]. Raises UnsupportedNode."""
    return b.node("dense", x, w, bias, keep_dims=len(x.type.shape) > 2, name=name)


def product(b: GraphBuilder, x: Tensor, y: Tensor, name: str = "") -> Tensor:
    """Matrix product as NumPy's `matmul`; a dense layer where y is a constant matrix. Raises UnsupportedNode."""
    vector_x, vector_y = len(x.type.shape) == 1, len(y.type.shape) == 1
    x = reshaped(b, x, (1, *x.type.shape)) if vector_x else x
    y = reshaped(b, y, (*y.type.shape, 1)) if vector_y else y
    if len(y.type.shape) == 2 and len(x.type.shape) >= 2:
        z = dense(b, x, permuted(b, y, (1, 0)), None, name)
    else:
        z = b.node("batchmatmul", x, y, adj_x=False, adj_y=False, name=name)
    shape = list(z.type.shape)
    if vector_x:
        del shape[-2]
    return reshaped(b, z, shape[:-1] if vector_y else shape)


def per_channel(b: GraphBuilder, op: str, x: Tensor, values: np.ndarray, name: str = "") -> Tensor:
    """A binary operator of x [N, C, *spatial] and values [C]."""
    c = b.constant(f"{name or op}/{op}", values.astype(np.float32))
    return channels_first(b, b.node(op, channels_last(b, x), c, name=name))


def batch_norm(
    b: GraphBuilder,
    x: Tensor,
    scale: np.ndarray,
    shift: np.ndarray,
    mean: np.ndarray,
    variance: np.ndarray,
    epsilon: float,
    name: str = "",
) -> Tensor:
    """scale · (x - mean) / √(variance + epsilon) + shift by the channel of x [N, C, *spatial]: a product and a sum."""
    factor = scale.astype(np.float64) / np.sqrt(variance.astype(np.float64) + epsilon)
    x = per_channel(b, "mul", x, factor, f"{name}/scale")
    return per_channel(b, "add", x, shift.astype(np.float64) - mean * factor, name)


def normal(
    b: GraphBuilder, x: Tensor, axes: Sequence[int], epsilon: float, name: str = ""
) -> tuple[Tensor, Tensor, Tensor]:
    """(x - mean) / √(variance + epsilon) over `axes`, the mean, and what it is multiplied by."""
    axes = tuple(sorted(a % len(x.type.shape) for a in axes))
    mean = b.node("mean", x, axes=axes, keep_dims=True, name=f"{name}/mean")
    centred = b.node("sub", x, mean, name=f"{name}/centred")
    squares = b.node("mul", centred, centred, name=f"{name}/squares")
    variance = b.node("mean", squares, axes=axes, keep_dims=True, name=f"{name}/variance")
    steady = b.node("add", variance, b.constant(f"{name}/epsilon", np.float32(epsilon)), name=f"{name}/steady")
    factor = b.node("rsqrt", steady, name=f"{name}/rsqrt")
    return b.node("mul", centred, factor, name=f"{name}/normal"), mean, factor


def layer_norm(
    b: GraphBuilder,
    x: Tensor,
    axes: Sequence[int],
    scale: Tensor | None,
    shift: Tensor | None,
    epsilon: float,
    name: str = "",
) -> Tensor:
    """What `normal` makes of x, then times scale and plus shift, which broadcast."""
    y, _, _ = normal(b, x, axes, epsilon, name)
    y = y if scale is None else b.node("mul", y, scale, name=f"{name}/scaled")
    return y if shift is None else b.node("add", y, shift, name=name)


def flatten(b: GraphBuilder, x: Tensor, axis: int = 1, name: str = "") -> Tensor:
    """Two dimensions: those before the axis, and those from it on."""
    shape = x.type.shape
    return reshaped(b, x, (int(np.prod(shape[:axis])), int(np.prod(shape[axis:]))), name)


MOST_SPREAD = 1 << 22
"""Of weights between which zeros were put."""
CLAMPS = {(0.0, np.inf): "relu", (0.0, 6.0): "relu6", (-1.0, 1.0): "relu_n1_to_1"}


def clip(b: GraphBuilder, x: Tensor, low: float = -np.inf, high: float = np.inf, name: str = "") -> Tensor:
    """min(max(x, low), high); an activation if there is one with these limits."""
    known = CLAMPS.get((float(low), float(high)))
    if known is not None and low <= high:
        return b.node("relu", x, activation=known, name=name)
    if low == 0:
        x = b.node("relu", x, activation="relu", name=f"{name}/low")
    elif low > -np.inf:
        x = b.node("maximum", x, b.constant(f"{name}/least", np.float32(low)), name=f"{name}/low")
    if high < np.inf:
        x = b.node("minimum", x, b.constant(f"{name}/most", np.float32(high)), name=name)
    return x


def hard_swish(b: GraphBuilder, x: Tensor, name: str = "") -> Tensor:
    """x · min(max(x + 3, 0), 6) / 6."""
    return b.node("hardswish", x, name=name)


def hard_sigmoid(b: GraphBuilder, x: Tensor, alpha: float = 1 / 6, beta: float = 0.5, name: str = "") -> Tensor:
    """min(max(alpha · x + beta, 0), 1), as a sixth of relu6."""
    x = scaled(b, x, 6 * alpha, f"{name}/slope")
    x = b.node("add", x, b.constant(f"{name}/shift", np.float32(6 * beta)), name=f"{name}/sum")
    x = b.node("relu", x, activation="relu6", name=f"{name}/relu6")
    return scaled(b, x, 1 / 6, name)


def scaled(b: GraphBuilder, x: Tensor, factor: float, name: str = "") -> Tensor:
    """x times a number; of a constant a constant, and x itself where the number is 1 in float32."""
    if np.float32(factor) == 1:
        return x
    if x.data is not None:
        return b.constant(f"{x.name}/scaled", (x.data * np.float64(factor)).astype(x.data.dtype))
    return b.node("mul", x, b.constant(f"{name}/factor", np.float32(factor)), name=name)


def cast(b: GraphBuilder, x: Tensor, dtype: str, name: str = "") -> Tensor:
    """The same numbers as float32, int32 or bool (whether they are not 0). Raises UnsupportedNode for others."""
    if x.type.dtype == dtype:
        return x
    if x.type.dtype in FLOATS and dtype == "bool":
        return b.node("notequal", x, b.constant(f"{name}/zero", np.zeros((), x.type.dtype)), name=name)
    if x.type.dtype == "bool" and dtype == "float32":
        return b.node("select", x, *(b.constant(f"{name}/{n}", np.float32(n)) for n in (1, 0)), name=name)
    if x.type.dtype == "float32" and dtype == "int32":
        return b.node("cast", x, dtype="int32", name=name)
    raise UnsupportedNode(f"makes {dtype} of {x.type.dtype}, expected float32, int32 or bool: leave it out")


def prelu(b: GraphBuilder, x: Tensor, slope: Tensor, name: str = "") -> Tensor:
    """x where it is positive, else slope · x; the slope broadcasts to x, channels first."""
    rank = len(x.type.shape)
    if rank < 3 or slope.type.size == 1:
        return b.node("prelu", x, slope, name=name)
    slope = reshaped(b, slope, (*[1] * (rank - len(slope.type.shape)), *slope.type.shape))
    return channels_first(b, b.node("prelu", channels_last(b, x), channels_last(b, slope), name=name))


def softmax(b: GraphBuilder, x: Tensor, axis: int, log: bool = False, name: str = "") -> Tensor:
    """Softmax along an axis, or its logarithm."""
    rank = len(x.type.shape)
    axis %= rank
    perm = [a for a in range(rank) if a != axis] + [axis]
    x = permuted(b, x, perm)
    y = b.node("logsoftmax", x, name=name) if log else b.node("softmax", x, beta=1.0, name=name)
    return permuted(b, y, [perm.index(a) for a in range(rank)])

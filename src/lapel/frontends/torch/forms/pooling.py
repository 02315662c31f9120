"""Pools over windows, and adaptive ones, whose number of windows is given."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import prod

from lapel.errors import UnsupportedNode
from lapel.frontends import _layers as layers
from lapel.frontends._moves import part
from lapel.frontends.torch.operation import Form, Operation, sizes
from lapel.ir import Tensor


def pool(kind: layers.Pool, op: Operation) -> list[Tensor | None]:
    spatial = len(sizes(op["kernel_size"], 1))
    spatial = max(spatial, op.rank - 2)
    kernel = sizes(op["kernel_size"], spatial)
    divisor, ceil = op.get("divisor_override"), bool(op["ceil_mode"])
    if divisor is not None and ceil:
        raise UnsupportedNode(f"divisor_override is {divisor} in ceil_mode, expected one of both: pad the input")
    y = layers.pool(
        op.b,
        op.x,
        kind,
        kernel,
        sizes(op["stride"] or kernel, spatial),
        sizes(op.get("dilation", 1), spatial),
        [(p, p) for p in sizes(op["padding"], spatial)],
        ceil=ceil,
        counts_pads=divisor is not None or bool(op.get("count_include_pad", False)),
        name=op.name,
    )
    return [y if divisor is None else layers.scaled(op.b, y, prod(kernel) / divisor, f"{op.name}/divisor"), None]


def adaptive(kind: layers.Pool, op: Operation) -> list[Tensor | None]:
    """Equal windows are a pool; unequal ones, which may overlap, are taken axis by axis."""
    x, spatial = op.x, op.rank - 2
    outputs = _outputs(op, spatial)
    layers.require_axes(x, "the output", outputs)
    wanted = [d if n is None else n for n, d in zip(outputs, x.type.shape[2:], strict=True)]
    if all(n == 1 for n in wanted):
        return [layers.global_pool(op.b, x, kind, op.name), None]
    window = [d // n for n, d in zip(wanted, x.type.shape[2:], strict=True)]
    if all(d == n * k for n, d, k in zip(wanted, x.type.shape[2:], window, strict=True)):
        pads, ones = [(0, 0)] * spatial, [1] * spatial
        return [layers.pool(op.b, x, kind, window, window, ones, pads, name=op.name), None]
    for axis, count in enumerate(wanted, 2):
        x = _windows(op, kind, x, axis, count)
    return [x, None]


def _outputs(op: Operation, spatial: int) -> list[int | None]:
    given = op["output_size"]
    found = [given] if isinstance(given, int) else list(given)
    return found * spatial if len(found) == 1 else found


def _windows(op: Operation, kind: layers.Pool, x: Tensor, axis: int, count: int) -> Tensor:
    """Window k of `count` along an axis of n is [⌊k·n/count⌋, ⌈(k+1)·n/count⌉)."""
    n = x.type.shape[axis]
    if n == count:
        return x
    reduce = "mean" if kind == "mean" else "reducemax"
    parts = []
    for k in range(count):
        first, end = k * n // count, -(-(k + 1) * n // count)
        window = part(op.b, x, axis, first, end - first, name=f"{op.name}/window")
        parts.append(op.node(reduce, window, part="cell", axes=(axis,), keep_dims=True))
    return op.node("concat", *parts, axis=axis) if count > 1 else parts[0]


FORMS: Mapping[str, Form] = {
    **{f"max_pool{n}d": partial(pool, "max") for n in (1, 2)},
    **{f"avg_pool{n}d": partial(pool, "mean") for n in (1, 2)},
    "max_pool2d_with_indices": partial(pool, "max"),
    **{f"adaptive_avg_pool{n}d": partial(adaptive, "mean") for n in (1, 2)},
    "_adaptive_avg_pool2d": partial(adaptive, "mean"),
    **{f"adaptive_max_pool{n}d": partial(adaptive, "max") for n in (1, 2)},
}

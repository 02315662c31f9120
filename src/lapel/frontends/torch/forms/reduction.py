"""Sums, means, extremes over axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from lapel.frontends.torch.operation import Form, Operation
from lapel.ir import Tensor


def reduce(kind: str, op: Operation) -> Tensor:
    return op.node(kind, op.x, axes=op.axes(), keep_dims=bool(op.get("keepdim", False)))


def extreme(kind: str, other: str, op: Operation) -> Tensor | Sequence[Tensor | None]:
    """`max` and `min`: of all, along an axis (with indexes, which are not here), or of two tensors."""
    if "other" in op.arguments:
        return op.node(other, op.x, op.tensor("other"))
    found = reduce(kind, op)
    return [found, None] if "dim" in op.arguments else found


def index_of(kind: str, op: Operation) -> Tensor:
    if op.get("dim") is None:
        flat = op.b.node("reshape", op.x, shape=(op.x.type.size,), name=f"{op.name}/flat")
        return op.node(kind, flat, axis=0)
    found = op.node(kind, op.x, axis=op.axis())
    return op.b.node("reshape", found, shape=op.shape, name=f"{op.name}/kept") if op["keepdim"] else found


FORMS: Mapping[str, Form] = {
    "mean": partial(reduce, "mean"),
    "sum": partial(reduce, "sum"),
    "amax": partial(reduce, "reducemax"),
    "amin": partial(reduce, "reducemin"),
    "max": partial(extreme, "reducemax", "maximum"),
    "min": partial(extreme, "reducemin", "minimum"),
    "argmax": partial(index_of, "argmax"),
    "argmin": partial(index_of, "argmin"),
}

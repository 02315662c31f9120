"""Tensors joined, cut and picked from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends._moves import part, reshaped
from lapel.frontends.torch.operation import Form, Operation
from lapel.ir import Tensor


def _tensors(op: Operation) -> list[Tensor]:
    found = op["tensors"]
    dtypes = {t.type.dtype for t in found}
    if len(dtypes) > 1:
        raise UnsupportedNode(f"joins {' and '.join(sorted(dtypes))}, expected one dtype: convert them first")
    return [t for t in found if t.type.size]


def concatenate(op: Operation) -> Tensor:
    found = _tensors(op)
    axis = int(op.get("dim", 0)) % len(op.shape)
    return op.node("concat", *found, axis=axis) if len(found) > 1 else found[0]


def beside(op: Operation) -> Tensor:
    """`hstack`: along the second axis; numbers of one axis along that."""
    return op.node("concat", *_tensors(op), axis=min(1, len(op.shape) - 1))


def stack(op: Operation) -> Tensor:
    return op.node("pack", *_tensors(op), axis=int(op.get("dim", 0)) % len(op.shape))


def split(op: Operation) -> list[Tensor]:
    """Of any kind: PyTorch has inferred the pieces."""
    axis = op.axis()
    counts = tuple(shape[axis] for shape in op.shapes)
    if len(counts) == 1:
        return [op.x]
    return list(op.b.split("split", op.x, axis=axis, sizes=counts, name=op.name))


def unbind(op: Operation) -> list[Tensor]:
    return list(op.b.split("unpack", op.x, axis=op.axis(), name=op.name))


def select(op: Operation) -> Tensor:
    axis = op.axis()
    index = int(op["index"]) % op.x.type.shape[axis]
    return reshaped(op.b, part(op.b, op.x, axis, index, 1, name=op.name), op.shape)


def cut(op: Operation) -> Tensor:
    """start:end:step of an axis."""
    axis = op.axis()
    size = op.x.type.shape[axis]
    picked = range(size)[slice(op.get("start"), op.get("end"), op.get("step", 1))]
    return _run(op, op.x, axis, picked)


def narrow(op: Operation) -> Tensor:
    axis, start, length = op.axis(), int(op["start"]), int(op["length"])
    start %= op.x.type.shape[axis]
    return _run(op, op.x, axis, range(start, start + length))


def flip(op: Operation) -> Tensor:
    x = op.x
    for axis in op.axes("dims"):
        x = _run(op, x, axis, range(x.type.shape[axis])[::-1])
    return x


def roll(op: Operation) -> Tensor:
    x, shifts, axes = op.x, op["shifts"], op["dims"]
    if not axes:
        raise UnsupportedNode("rolls a tensor without axes, expected dims")
    for shift, axis in zip(shifts, axes, strict=True):
        a = int(axis) % op.rank
        size = x.type.shape[a]
        first = -int(shift) % size
        if first:
            pieces = part(op.b, x, a, first, size - first), part(op.b, x, a, 0, first)
            x = op.node("concat", *pieces, axis=a)
    return x


def _run(op: Operation, x: Tensor, axis: int, picked: range) -> Tensor:
    if picked == range(x.type.shape[axis]):
        return x
    return part(op.b, x, axis, picked.start, len(picked), picked.step if len(picked) > 1 else 1, name=op.name)


def scatter_slice(op: Operation) -> Tensor:
    """The first tensor with the second in the place of start:end of an axis."""
    axis, x = op.axis(), op.x
    size = x.type.shape[axis]
    picked = range(size)[slice(op.get("start"), op.get("end"), op.get("step", 1))]
    if picked.step != 1 and len(picked) > 1:
        raise UnsupportedNode(f"writes every {picked.step}th element of an axis, expected all from one to another")
    return _written(op, axis, picked.start, op.tensor("src"))


def scatter_select(op: Operation) -> Tensor:
    axis = op.axis()
    row = tuple(1 if a == axis else d for a, d in enumerate(op.x.type.shape))
    src = reshaped(op.b, op.tensor("src"), row)
    return _written(op, axis, int(op["index"]) % op.x.type.shape[axis], src)


def _written(op: Operation, axis: int, first: int, src: Tensor) -> Tensor:
    x, end = op.x, first + src.type.shape[axis]
    pieces = [part(op.b, x, axis, 0, first, name=f"{op.name}/before")] if first else []
    pieces.append(src)
    if end < x.type.shape[axis]:
        pieces.append(part(op.b, x, axis, end, x.type.shape[axis] - end, name=f"{op.name}/behind"))
    return op.node("concat", *pieces, axis=axis) if len(pieces) > 1 else src


def index_select(op: Operation) -> Tensor:
    return _gathered(op, op.axis(), op.constant("index"))


def index(op: Operation) -> Tensor:
    """x[:, indexes]: one axis, by constants."""
    given = [(axis, t) for axis, t in enumerate(op["indices"]) if t is not None]
    if len(given) != 1 or not isinstance(given[0][1], Tensor) or given[0][1].data is None:
        raise UnsupportedNode("indexes by computed tensors or along several axes, expected constants along one")
    axis, t = given[0]
    if t.type.dtype == "bool":
        raise UnsupportedNode("picks by a mask, expected numbers: the shape would depend on the data")
    return _gathered(op, axis, t.data)


def _gathered(op: Operation, axis: int, indexes: np.ndarray) -> Tensor:
    at = (indexes.astype(np.int64) % op.x.type.shape[axis]).astype(np.int32)
    return op.node("gather", op.x, op.b.constant(f"{op.name}/indexes", at), axis=axis, batch=0)


FORMS: Mapping[str, Form] = {
    "cat": concatenate,
    "concat": concatenate,
    "concatenate": concatenate,
    "hstack": beside,
    "stack": stack,
    "split": split,
    "split_with_sizes": split,
    "chunk": split,
    "tensor_split": split,
    "unbind": unbind,
    "select": select,
    "slice": cut,
    "narrow": narrow,
    "flip": flip,
    "roll": roll,
    "slice_scatter": scatter_slice,
    "select_scatter": scatter_select,
    "index_select": index_select,
    "index": index,
}

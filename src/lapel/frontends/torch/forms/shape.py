"""Changes of shape and of the order of axes, and what changes nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends import _layers as layers
from lapel.frontends._moves import permuted, reshaped
from lapel.frontends.torch.operation import Form, Operation
from lapel.ir import Tensor


def same(op: Operation) -> Tensor:
    return op.x


def dropout(op: Operation) -> Tensor:
    """Nothing is dropped in evaluation; `train` is what the user's call says, whatever the mode of the module."""
    if op["train"] and op["p"]:
        raise UnsupportedNode("drops values in evaluation too: pass training=self.training, or use nn.Dropout")
    return op.x


def cast(op: Operation) -> Tensor:
    """To the dtype that is given, or that another tensor has; all of PyTorch's floats are float32 here."""
    wanted, other = op.get("dtype"), op.get("other")
    if wanted is None:
        return op.x if other is None else layers.cast(op.b, op.x, other.type.dtype, op.name)
    dtype = str(wanted).removeprefix("torch.")
    dtype = "float32" if "float" in dtype else {"int64": "int32"}.get(dtype, dtype)
    if (op.x.type.dtype, dtype) == ("int32", "float32"):
        return op.x  # an index: as an output it is the same number, and what computes with it refuses int32
    return layers.cast(op.b, op.x, dtype, op.name)


def reshape(op: Operation) -> Tensor:
    return reshaped(op.b, op.x, op.shape, op.name)


def permute(op: Operation) -> Tensor:
    return permuted(op.b, op.x, [int(a) % op.rank for a in op["dims"]], op.name)


def transpose(op: Operation) -> Tensor:
    names = ("dim0", "dim1") if "dim0" in op.arguments else ("axis0", "axis1")
    a, c = (op.axis(n) for n in names)
    perm = list(range(op.rank))
    if perm:
        perm[a], perm[c] = c, a
    return permuted(op.b, op.x, perm, op.name)


def turn(op: Operation) -> Tensor:
    """The last two axes change places."""
    return permuted(op.b, op.x, (*range(op.rank - 2), op.rank - 1, op.rank - 2), op.name)


def reverse(op: Operation) -> Tensor:
    return permuted(op.b, op.x, range(op.rank)[::-1], op.name)


def move_axes(op: Operation) -> Tensor:
    sources, targets = ([v] if isinstance(v, int) else list(v) for v in (op["source"], op["destination"]))
    pairs = {int(t) % op.rank: int(s) % op.rank for s, t in zip(sources, targets, strict=True)}
    rest = iter([a for a in range(op.rank) if a not in pairs.values()])
    return permuted(op.b, op.x, [pairs[k] if k in pairs else next(rest) for k in range(op.rank)], op.name)


def expand(op: Operation) -> Tensor:
    """Axes of 1 repeated."""
    x = reshaped(op.b, op.x, (*[1] * (len(op.shape) - op.rank), *op.x.type.shape))
    return _tiled(op, x, tuple(n // d for n, d in zip(op.shape, x.type.shape, strict=True)))


def repeat(op: Operation) -> Tensor:
    times = [int(n) for n in op["repeats" if "repeats" in op.arguments else "dims"]]
    rank = max(len(times), op.rank)
    x = reshaped(op.b, op.x, (*[1] * (rank - op.rank), *op.x.type.shape))
    return _tiled(op, x, (*[1] * (rank - len(times)), *times))


def _tiled(op: Operation, x: Tensor, times: tuple[int, ...]) -> Tensor:
    if all(n == 1 for n in times):
        return x
    if x.data is not None:
        return op.b.constant(op.name, np.tile(x.data, times))
    return op.node("tile", x, times=times)


SAME = (
    "contiguous", "clone", "alias", "detach", "lift_fresh_copy", "lift_fresh", "positive", "detach_", "resolve_conj",
    "_assert_tensor_metadata",
)  # fmt: skip
DROPOUTS = ("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout")
SHAPES = (
    "view", "reshape", "_unsafe_view", "flatten", "unflatten", "squeeze", "unsqueeze", "view_as", "reshape_as", "ravel",
)  # fmt: skip

FORMS: Mapping[str, Form] = {
    **dict.fromkeys(SAME, same),
    **dict.fromkeys(DROPOUTS, dropout),
    **dict.fromkeys(SHAPES, reshape),
    **dict.fromkeys(("to", "_to_copy", "type_as", "float"), cast),
    "permute": permute,
    "transpose": transpose,
    "swapaxes": transpose,
    "swapdims": transpose,
    "t": reverse,
    "numpy_T": reverse,
    "mT": turn,
    "movedim": move_axes,
    "moveaxis": move_axes,
    "expand": expand,
    "expand_as": expand,
    "repeat": repeat,
    "tile": repeat,
}

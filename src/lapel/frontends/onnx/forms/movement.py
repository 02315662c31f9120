"""Movement: what joins, cuts, picks, repeats and pads values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends import _moves as moves
from lapel.frontends.onnx.form import Form, Made, View
from lapel.frontends.onnx.stored import graph_integers
from lapel.ir import Tensor

PAD_MODES = {"constant": "constant", "reflect": "reflect", "edge": "edge", "wrap": "wrap"}


def concat(view: View) -> Tensor:
    return view.b.node("concat", *(view.tensor(i) for i in range(len(view.values))), axis=view.axis(0), name=view.name)


def split(view: View) -> Made:
    x, axis, sizes = view.tensor(), view.axis(0), view.ints(1, "split")
    size, count = x.type.shape[axis], int(view.attr("num_outputs", len(view.node.outputs)))
    if count != len(view.node.outputs):
        raise UnsupportedNode(f"has {len(view.node.outputs)} outputs and num_outputs {count}, expected as many")
    if sizes is None:
        part = -(-size // count)
        sizes = [min(part, size - k * part) for k in range(count)]
    if len(sizes) == 1:
        return x
    return view.b.split("split", x, axis=axis, sizes=tuple(sizes), name=view.name)


def slice_(view: View) -> Tensor:
    x = view.tensor()
    starts, ends = (view.ints(i, name) or [] for i, name in ((1, "starts"), (2, "ends")))
    axes = view.axes_of(view.ints(3, "axes") or range(len(starts)), len(x.type.shape))
    steps = view.ints(4, "steps") or [1] * len(starts)
    begin, step, count = [0] * len(x.type.shape), [1] * len(x.type.shape), list(x.type.shape)
    for axis, first, end, by in zip(axes, starts, ends, steps, strict=True):
        taken = range(*slice(first, end, by).indices(x.type.shape[axis]))
        begin[axis], step[axis], count[axis] = taken.start, by, len(taken)
    if 0 in count:
        raise UnsupportedNode(f"takes nothing of {list(x.type.shape)}, expected elements: fix the model")
    attrs = {"begin": tuple(begin), "step": tuple(step), "count": tuple(count), "shape": tuple(count)}
    return view.b.node("slice", x, **attrs, name=view.name)


def gather(view: View) -> Tensor:
    x, axis, indexes = view.tensor(), view.axis(0), view.constant(1, "indexes").astype(np.int64)
    size = x.type.shape[axis]
    indexes = np.where(indexes < 0, indexes + size, indexes)
    if indexes.size == 0 or indexes.min() < 0 or indexes.max() >= size:
        raise UnsupportedNode(f"indexes leave axis {axis} of {list(x.type.shape)}, expected 0 to {size - 1}")
    if indexes.ndim == 0:
        y = moves.part(view.b, x, axis, int(indexes), 1)
        return moves.reshaped(view.b, y, [d for a, d in enumerate(x.type.shape) if a != axis], view.name)
    order = view.b.constant(f"{view.name}/indexes", indexes.astype(np.int32))
    return view.b.node("gather", x, order, axis=axis, batch=0, name=view.name)


def pad(view: View) -> Tensor:
    x, counts = view.tensor(), view.ints(1, "pads") or []
    rank = len(x.type.shape)
    axes = view.axes_of(view.ints(3, "axes") or range(rank), rank)
    if len(counts) != 2 * len(axes):
        raise UnsupportedNode(f"pads are {counts}, expected {2 * len(axes)}: two for each axis")
    before, after = [0] * rank, [0] * rank
    for k, axis in enumerate(axes):
        before[axis], after[axis] = counts[k], counts[k + len(axes)]
    mode = PAD_MODES[view.only("mode", *PAD_MODES)]
    return moves.padded(view.b, x, before, after, mode, _border(view), view.name)


def _border(view: View) -> float:
    """The number that a constant border has; of integers, what they stand for."""
    value = view.constant(2, "value").reshape(-1) if view.has(2) else np.zeros(1, view.stored_dtype)
    if view.stored is None:
        return float(value[0])
    quant = view.stored.quant
    return (int(graph_integers(value)[0]) - quant.zero[0]) * quant.scale[0]


def tile(view: View) -> Tensor:
    times = tuple(int(n) for n in view.constant(1, "repeats").reshape(-1))
    return view.tensor() if set(times) <= {1} else view.b.node("tile", view.tensor(), times=times, name=view.name)


def depth_to_space(view: View) -> Tensor:
    columns_first = view.only("mode", "DCR", "CRD") == "CRD"
    return moves.depth_to_space(view.b, view.tensor(), int(view.attr("blocksize", 1)), columns_first, view.name)


def space_to_depth(view: View) -> Tensor:
    columns_first = view.only("mode", "DCR", "CRD") == "CRD"
    return moves.space_to_depth(view.b, view.tensor(), int(view.attr("blocksize", 1)), columns_first, view.name)


MOVES: dict[str, Callable[[View], Made]] = {
    "Concat": concat,
    "Split": split,
    "Slice": slice_,
    "Gather": gather,
    "Pad": pad,
    "Tile": tile,
    "DepthToSpace": depth_to_space,
    "SpaceToDepth": space_to_depth,
}
FORMS = tuple(Form((name,), read, moves=True) for name, read in MOVES.items())

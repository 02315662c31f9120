"""Data movement as loops: what the operators that only copy lower to.

A loop is (count, stride, …), one stride for each tensor that it walks. Callers think in elements; the kernels
think in bytes, in few loops around a contiguous run: `move` (RAM to RAM), `place` (ROM to RAM), `fill` (one
value), `pick` (rows and columns by tables).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.families.draw import draw_scale, draw_type, draw_zero
from lapel.families.unlike import carried
from lapel.ir.graph import DTYPES, Instance, Quant, Tensor, Type
from lapel.ir.op import Call, Op, Param
from lapel.ir.signature import MOVED

MOVE_LOOPS = 5
"""Loops around the run in `lapel_move_params`."""
FILL_LOOPS = 4
"""Loops around the run in `lapel_fill_params`."""
PICK_LIMIT = 1 << 16
"""Rows and columns are numbered in 16 bits in `lapel_pick_params`."""

Loop = tuple[int, ...]


class MovingOp(Op):
    """An operator that moves values and computes none: what it does to bytes it does to real numbers."""

    signatures = (MOVED,)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        return self.reference(inst, *arrays)

    def surprises(self, inst: Instance) -> list[str]:
        return carried(inst)


def row_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Elements between neighbours along each axis of a dense row-major tensor."""
    strides = [1] * len(shape)
    for i in range(len(shape) - 2, -1, -1):
        strides[i] = strides[i + 1] * shape[i + 1]
    return tuple(strides)


def collapse(loops: Sequence[Loop]) -> list[Loop]:
    """Fewest loops with the same visits in the same order.

    before: (1, …) --> after: nothing;   before: (a, b·s, b·t) (b, s, t) --> after: (a·b, s, t)
    """
    out: list[Loop] = []
    for loop in loops:
        count, strides = loop[0], loop[1:]
        if count == 1:
            continue
        if out and out[-1][1:] == tuple(count * s for s in strides):
            out[-1] = (out[-1][0] * count, *strides)
        else:
            out.append(loop)
    return out


def byte_loops(loops: Sequence[Loop], item: int) -> tuple[list[Loop], int]:
    """Loops over elements of `item` bytes -> collapsed loops over bytes, and the contiguous run inside."""
    walked = len(loops[0]) - 1 if loops else 1
    scaled = [(n, *(s * item for s in strides)) for n, *strides in loops]
    nest = collapse([*scaled, (item, *[1] * walked)])
    if nest and all(s == 1 for s in nest[-1][1:]):
        return nest[:-1], nest[-1][0]
    return nest, 1


def move(y: str, x: str, dtype: str, loops: Sequence[Loop], x_start: int = 0, y_start: int = 0) -> Call:
    """One `move` call. Loops are (count, x stride, y stride), outermost first; all in elements."""
    item = item_bytes(dtype)
    nest, run = byte_loops(loops, item)
    counts, x_strides, y_strides = _columns(nest, 3, MOVE_LOOPS)
    params: dict[str, Param] = {
        "dims": counts,
        "x_strides": x_strides,
        "y_strides": y_strides,
        "run": run,
        "x_start": x_start * item,
        "y_start": y_start * item,
    }
    return Call("move", (y,), (x,), params)


def copy(y: str, x: str, t: Type) -> Call:
    """The `move` call that copies a whole tensor."""
    return move(y, x, t.dtype, [(t.size, 1, 1)])


def fill(y: str, value: np.ndarray, loops: Sequence[Loop], y_start: int = 0) -> Call:
    """One `fill` call that repeats the 0-dimensional `value`. Loops are (count, y stride), as for `move`."""
    item = value.dtype.itemsize
    nest, run = byte_loops(loops, item)
    if run % item:
        raise AssertionError(f"fill: run of {run} bytes with elements of {item}")
    counts, strides = _columns(nest, 2, FILL_LOOPS)
    pattern = tuple(value.tobytes())
    params: dict[str, Param] = {
        "dims": counts,
        "strides": strides,
        "run": run,
        "start": y_start * item,
        # Equal bytes make one memset, whatever the element is.
        "item": 1 if len(set(pattern)) == 1 else item,
        "value": pattern + (0,) * (8 - item),
    }
    return Call("fill", (y,), (), params)


def deposit(inst: Instance, i: int, block: int, pitch: int, at: int) -> Call:
    """The call that spreads input `i` over output 0: blocks of `block` elements, `pitch` apart, from `at` on.

    A constant input becomes a table of the call, because operands live in RAM and tables in ROM.
    """
    t, data = inst.x(i), inst.const(i)
    turns, item = t.size // block, item_bytes(t.dtype)
    if data is None:
        loops = [(turns, block, pitch), (block, 1, 1)]
        return move(inst.node.outputs[0], inst.node.inputs[i], t.dtype, loops, 0, at)
    params: dict[str, Param] = {
        "x": np.frombuffer(data.tobytes(), np.uint8),
        "turns": turns,
        "run": block * item,
        "stride": pitch * item,
        "start": at * item,
    }
    return Call("place", inst.node.outputs[:1], (), params)


def extract(inst: Instance, i: int, block: int, pitch: int, at: int) -> Call:
    """The call that gathers output `i` from input 0: blocks of `block` elements, `pitch` apart, from `at`."""
    t = inst.y(i)
    loops = [(t.size // block, pitch, block), (block, 1, 1)]
    return move(inst.node.outputs[i], inst.node.inputs[0], t.dtype, loops, at)


def pick(y: str, x: str, t: Type, rows: np.ndarray, columns: np.ndarray) -> Call:
    """The call that makes y from rows and columns of x, of type `t` [N, H, W, C], by index: below PICK_LIMIT, and not
    bound to H and W, which say how far image n lies behind the first."""
    n, height, width, channels = t.shape
    params: dict[str, Param] = {
        "rows": rows.astype(np.uint16),
        "columns": columns.astype(np.uint16),
        "batches": n,
        "x_height": height,
        "x_width": width,
        "y_height": len(rows),
        "y_width": len(columns),
        "run": channels * item_bytes(t.dtype),
    }
    return Call("pick", (y,), (x,), params)


def count_loops(loops: Sequence[Loop], dtype: str) -> int:
    """Loops that a movement needs around its run, to check it against MOVE_LOOPS."""
    return len(byte_loops(loops, item_bytes(dtype))[0])


def item_bytes(dtype: str) -> int:
    """Bytes of an element."""
    return int(np.dtype(DTYPES[dtype]).itemsize)


def require_axis(axis: int, rank: int) -> int:
    """A possibly negative axis as 0..rank-1; raises UnsupportedNode if there is no such axis."""
    if not -rank <= axis < rank:
        raise UnsupportedNode(f"axis {axis} of a tensor with {rank} dimensions, expected {-rank}..{rank - 1}")
    return axis % rank


def draw_plain(rng: np.random.Generator, name: str, shape: tuple[int, ...], dtype: str) -> Tensor:
    """A tensor of any dtype for test cases; those of 8 and 16 bits are quantized."""
    if dtype == "int16":
        return draw_type(rng, name, shape, dtype)
    if dtype in ("int8", "uint8"):
        zero = draw_zero(rng) + (128 if dtype == "uint8" else 0)
        return Tensor(name, Type(shape, dtype, Quant((draw_scale(rng),), (zero,))))
    return Tensor(name, Type(shape, dtype))


def _columns(nest: Sequence[Loop], width: int, depth: int) -> list[tuple[int, ...]]:
    """Loops as one tuple per field, filled up with outer loops of one turn to `depth`."""
    if len(nest) > depth:
        raise UnsupportedNode(
            f"data movement needs {len(nest)} nested loops, expected at most {depth}: "
            "split it into two steps (for example two transposes)"
        )
    full = [(1, *[0] * (width - 1))] * (depth - len(nest)) + list(nest)
    return [tuple(loop[i] for loop in full) for i in range(width)]

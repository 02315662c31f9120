"""Broadcasting of two operands: result shapes, and the loops that a kernel runs over them.

Source: NumPy broadcasting rules; `runtime/broadcast.h` walks what `loop_params` returns.
"""

from __future__ import annotations

from itertools import zip_longest

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.families.draw import draw_const, draw_type
from lapel.ir.graph import Instance, Quant, Tensor, Type
from lapel.runtime.source import define

OUTER = define("LAPEL_BROADCAST_OUTER")
"""Loop levels around the innermost one."""

Level = tuple[int, int, int]
"""Count, stride of a, stride of b, in elements; stride 0 repeats the operand."""


def result_shape(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of the result; raises UnsupportedNode if the two do not broadcast."""
    try:
        return tuple(np.broadcast_shapes(a, b))
    except ValueError:
        raise UnsupportedNode(
            f"shapes {a} and {b} do not broadcast, expected each pair of trailing dimensions to be equal "
            "or one of them 1: reshape"
        ) from None


def collapse(a: tuple[int, ...], b: tuple[int, ...]) -> list[Level]:
    """The fewest loop levels that visit a and b in the order of the result, innermost first; at least one."""
    levels: list[Level] = []
    a_size = b_size = 1
    for da, db in zip_longest(reversed(a), reversed(b), fillvalue=1):
        a_stride, b_stride = (a_size if da > 1 else 0), (b_size if db > 1 else 0)
        a_size, b_size = a_size * da, b_size * db
        if da == db == 1:
            continue
        if levels and (a_stride, b_stride) == _continued(levels[-1]):
            levels[-1] = (levels[-1][0] * max(da, db), *levels[-1][1:])
        else:
            levels.append((max(da, db), a_stride, b_stride))
    return levels or [(1, 0, 0)]


def _continued(level: Level) -> tuple[int, int]:
    """Strides of an outer dimension that the level can absorb."""
    count, a_stride, b_stride = level
    return count * a_stride, count * b_stride


def loop_params(a: tuple[int, ...], b: tuple[int, ...]) -> dict[str, int | tuple[int, ...]]:
    """Kernel params of the loops: the innermost one, then counts and pointer jumps of those around it.

    A jump leads from the start of the last row of all inner levels to the start of the next row.
    """
    (count, a_step, b_step), *outer = collapse(a, b)
    outer += [(1, 0, 0)] * (OUTER - len(outer))
    a_jump, b_jump, a_back, b_back = [], [], 0, 0
    for n, a_stride, b_stride in outer:
        a_jump.append(a_stride - a_back)
        b_jump.append(b_stride - b_back)
        a_back, b_back = a_back + (n - 1) * a_stride, b_back + (n - 1) * b_stride
    counts = tuple(n for n, _, _ in outer)
    return {
        "count": count,
        "outer": counts,
        "a_jump": tuple(a_jump),
        "b_jump": tuple(b_jump),
        "a_step": a_step,
        "b_step": b_step,
    }


def check_loops(inst: Instance) -> list[str]:
    """Problems of the shapes of inputs 0 and 1: no broadcast, or too many loop levels."""
    a, b = inst.x(0).shape, inst.x(1).shape
    try:
        result_shape(a, b)
    except UnsupportedNode as e:
        return [e.message]
    found = len(collapse(a, b))
    if found > OUTER + 1:
        return [f"broadcasting {a} with {b} takes {found} nested loops, expected at most {OUTER + 1}: reshape"]
    return []


def foldable_int32(inst: Instance) -> bool:
    """Whether this is integer arithmetic on constants (of shapes, say), which no kernel ever runs."""
    types = [t.type for t in (*inst.inputs, *inst.outputs) if t is not None]
    constant = all(t is not None and t.data is not None for t in inst.inputs)
    return constant and all(t.dtype == "int32" and t.quant is None for t in types)


def whole_inputs(inst: Instance) -> tuple[int, ...]:
    """Inputs as large as the output: their element i is last read just before output i is written."""
    return tuple(i for i in range(2) if inst.x(i).bytes == inst.y().bytes)


def draw_operands(rng: np.random.Generator, kind: str, dtype: str = "int8") -> tuple[Tensor, Tensor, tuple[int, ...]]:
    """Two operands of this dtype, in either order, and the shape of their result; scales are often far apart.

    kind: same, scalar, channel (last axis), mixed (both repeat along some axes), constant, or twice: one
    tensor.
    """
    rank = int(rng.integers(1, 6))
    shape = tuple(int(d) for d in rng.integers(1, 4 if rank == 5 else 6, rank))
    a_shape, b_shape = _draw_shapes(rng, kind, shape)
    a, b = draw_type(rng, "a", a_shape, dtype), draw_type(rng, "b", b_shape, dtype)
    if rng.random() < 0.3:
        b = _rescaled(b, a.type.scale * float(rng.choice([1.0, 2.0, 1 / 3, 2**-12, 2**12, 2**-31, 2**-33])))
    if kind == "twice":
        b = a
    if kind == "constant":
        b = draw_const(rng, b)
    if rng.random() < 0.5:
        a, b = b, a
    return a, b, result_shape(a.type.shape, b.type.shape)


def _draw_shapes(
    rng: np.random.Generator, kind: str, shape: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if kind == "scalar":
        return shape, (1,) * int(rng.integers(0, 3))
    if kind == "channel":
        return shape, shape[-1:]
    if kind == "mixed":
        repeat = rng.integers(0, 3, len(shape))
        a = tuple(1 if r == 1 else d for r, d in zip(repeat, shape, strict=True))
        b = tuple(1 if r == 2 else d for r, d in zip(repeat, shape, strict=True))
        return a, b[int(rng.integers(0, len(b))) :]
    return shape, shape


def _rescaled(t: Tensor, scale: float) -> Tensor:
    return Tensor(t.name, Type(t.type.shape, t.type.dtype, Quant((float(np.float32(scale)),), (t.type.zero,))))


def channel_operands(inst: Instance) -> tuple[int, ...]:
    """Inputs that have as many channels as the output, which then are its own; one of a single channel is not."""
    channels = inst.y().shape[-1:] or (1,)
    return tuple(k for k, t in enumerate(inst.inputs) if t is not None and (t.type.shape[-1:] or (1,)) == channels)

"""Broadcasting of two operands or three: result shapes, and the loops that a kernel runs over them.

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

Level = tuple[int, ...]
"""Count, then each operand's stride in elements; stride 0 repeats the operand."""


def result_shape(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of the result; raises UnsupportedNode if the operands do not broadcast."""
    try:
        return tuple(np.broadcast_shapes(*shapes))
    except ValueError:
        raise UnsupportedNode(
            f"shapes {' and '.join(map(str, shapes))} do not broadcast, expected each pair of trailing dimensions "
            "to be equal or one of them 1: reshape"
        ) from None


def collapse(*shapes: tuple[int, ...]) -> list[Level]:
    """The fewest loop levels that visit the operands in the order of the result, innermost first; at least one."""
    levels: list[Level] = []
    sizes = [1] * len(shapes)
    for dims in zip_longest(*map(reversed, shapes), fillvalue=1):
        strides = tuple(size if d > 1 else 0 for size, d in zip(sizes, dims, strict=True))
        sizes = [size * d for size, d in zip(sizes, dims, strict=True)]
        if max(dims) == 1:
            continue
        if levels and strides == _continued(levels[-1]):
            levels[-1] = (levels[-1][0] * max(dims), *levels[-1][1:])
        else:
            levels.append((max(dims), *strides))
    return levels or [(1, *[0] * len(shapes))]


def _continued(level: Level) -> Level:
    """Strides of an outer dimension that the level can absorb."""
    return tuple(level[0] * stride for stride in level[1:])


def loop_params(*shapes: tuple[int, ...]) -> dict[str, int | tuple[int, ...]]:
    """Kernel params of the loops over operands a, b, c: the innermost one, then counts and pointer jumps of the others.

    A jump leads from the start of the last row of all inner levels to the start of the next row.
    """
    (count, *steps), *outer = collapse(*shapes)
    outer += [(1, *[0] * len(shapes))] * (OUTER - len(outer))
    params: dict[str, int | tuple[int, ...]] = {"count": count, "outer": tuple(level[0] for level in outer)}
    for k, (name, step) in enumerate(zip("abc", steps, strict=False)):
        jumps, back = [], 0
        for level in outer:
            jumps.append(level[1 + k] - back)
            back += (level[0] - 1) * level[1 + k]
        params |= {f"{name}_jump": tuple(jumps), f"{name}_step": step}
    return params


def check_loops(inst: Instance, operands: int = 2) -> list[str]:
    """Problems of the shapes of the first inputs: no broadcast, or too many loop levels."""
    shapes = [inst.x(i).shape for i in range(operands)]
    try:
        result_shape(*shapes)
    except UnsupportedNode as e:
        return [e.message]
    found = len(collapse(*shapes))
    if found > OUTER + 1:
        given = " with ".join(map(str, shapes))
        return [f"broadcasting {given} takes {found} nested loops, expected at most {OUTER + 1}: reshape"]
    return []


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
    a_shape, b_shape = draw_shapes(rng, kind, shape)
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


def draw_shapes(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
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

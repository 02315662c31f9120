"""What operators say of pieces along an axis is so: every answer to `along`, over all cases and all axes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from batch import draw_samples
from lapel.ir import Graph, Instance, Tensor
from lapel.ir.along import Along
from lapel.ir.op import compute
from lapel.ops import registry

DRAWS = 3
ANSWERING = {
    "add", "avgpool", "concat", "conv", "dense", "depthwise", "dequantize", "logistic", "maximum", "maxpool", "mean",
    "mul", "pad", "quantize", "reducemax", "reshape", "slice", "softmax", "split", "transpose",
}  # fmt: skip
"""Operators of networks over time, each of which has to answer for some of its cases."""


def draws(name: str) -> Iterator[tuple[Graph, np.random.Generator]]:
    for case in registry()[name].cases():
        for i in range(DRAWS):
            rng = np.random.default_rng((zlib.crc32(f"{name}/{case.name}/along".encode()), i))
            yield case.draw(rng), rng


def choices(inst: Instance) -> Iterator[tuple[int | None, ...]]:
    """One axis of input 0 alone, and of all that are computed: counted from the front, and from the end."""
    given = [None if t is None else len(t.type.shape) for t in inst.inputs]
    computed = [t is not None and t.data is None for t in inst.inputs]
    if not given or given[0] is None:
        return
    found = set()
    for axis in range(given[0]):
        found.add((axis, *(None for _ in given[1:])))
        for end in (False, True):
            axes = [None if r is None else axis - end * (given[0] - r) for r in given]
            found.add(tuple(a if c and a is not None and 0 <= a < (r or 0) else None
                            for a, c, r in zip(axes, computed, given, strict=True)))  # fmt: skip
    yield from sorted(found, key=str)


def piece(x: np.ndarray, axis: int, first: int, end: int, fill: float | None) -> np.ndarray | None:
    """Elements first..end - 1 along an axis; those outside are `fill`, None if that is none."""
    size = x.shape[axis]
    outside = max(0, -first), max(0, end - size)
    if any(outside) and fill is None:
        return None
    pads = [outside if a == axis else (0, 0) for a in range(x.ndim)]
    padded = np.pad(x, pads, constant_values=0 if fill is None else fill)
    return np.ascontiguousarray(np.take(padded, range(first + outside[0], end + outside[0]), axis))


def check(name: str, inst: Instance, arrays: Sequence[np.ndarray | None], axes: Sequence[int | None],
          rng: np.random.Generator) -> bool:  # fmt: skip
    """Whether a piece was compared."""
    op = registry()[name]
    whole = compute(op, inst, *arrays)
    asked = op.along(inst, axes, 1)
    if asked is None:
        return False
    sizes = {y.shape[a] for y, a in zip(whole, asked.axes, strict=True)}
    assert len(sizes) == 1, f"{name}: outputs of unlike lengths {sizes}"
    (size,) = sizes
    first = int(rng.integers(size))
    count = int(rng.integers(1, size - first + 1))
    found = op.along(inst, axes, count)
    assert found is not None and replace(found, attrs={}) == replace(asked, attrs={})
    parts = _parts(found, arrays, axes, first, count)
    if parts is None:
        return False
    given = tuple(
        t if a is None or x is None or t is None else Tensor(t.name, replace(t.type, shape=x.shape))
        for t, a, x in zip(inst.inputs, axes, parts, strict=True)
    )
    bare = Instance(replace(inst.node, attrs=found.attrs), given, inst.outputs)
    shapes = [shape for shape, _ in op.infer(bare)]
    outputs = tuple(Tensor(t.name, replace(t.type, shape=shape)) for t, shape in zip(inst.outputs, shapes, strict=True))
    made = compute(op, replace(bare, outputs=outputs), *parts)
    for y, part, axis in zip(whole, made, found.axes, strict=True):
        want = np.take(y, range(first, first + count), axis)
        np.testing.assert_array_equal(part, want, err_msg=f"{name} {axes} {inst.node} {first} {count}")
    return True


def _parts(
    found: Along, arrays: Sequence[np.ndarray | None], axes: Sequence[int | None], first: int, count: int
) -> list[np.ndarray | None] | None:
    start = first * found.step - found.before
    end = start + (count - 1) * found.step + found.extent
    parts: list[np.ndarray | None] = []
    for x, axis in zip(arrays, axes, strict=True):
        part = x if axis is None or x is None else piece(x, axis, start, end, found.fill)
        if part is None and x is not None:
            return None
        parts.append(part)
    return parts


@pytest.mark.parametrize("name", sorted(registry()))
def test_along(name: str) -> None:
    compared = 0
    for graph, rng in draws(name):
        inst = graph.instance(graph.nodes[0])
        found = draw_samples(graph, rng, 4)
        values = {**{n: t.data for n, t in graph.tensors.items()}, **{n: x[3] for n, x in found.items()}}
        arrays = [values[i] if i else None for i in inst.node.inputs]
        compared += sum(check(name, inst, arrays, axes, rng) for axes in choices(inst))
    assert compared or name not in ANSWERING

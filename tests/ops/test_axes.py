"""What operators say of permuted axes is so: every answer to `permuted` and `absorbs`, over all cases."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from batch import draw_samples
from lapel.ir import Graph, Instance, Node, Tensor, Type
from lapel.ir.axes import Perm, moved
from lapel.ir.op import compute
from lapel.ops import registry

DRAWS = 4


def draws(name: str) -> Iterator[tuple[Graph, np.random.Generator]]:
    for case in registry()[name].cases():
        for i in range(DRAWS):
            rng = np.random.default_rng((zlib.crc32(f"{name}/{case.name}/axes".encode()), i))
            yield case.draw(rng), rng


def values(graph: Graph, rng: np.random.Generator) -> list[np.ndarray | None]:
    node, found = graph.nodes[0], draw_samples(graph, rng, 4)
    arrays = {**{n: t.data for n, t in graph.tensors.items()}, **{n: x[3] for n, x in found.items()}}
    return [arrays[i] if i else None for i in node.inputs]


def move(x: np.ndarray, perm: Perm) -> np.ndarray:
    return np.ascontiguousarray(x.transpose([a for a in perm if a is not None]).reshape(moved(x.shape, perm, 1)))


def transposed(t: Tensor, perm: Perm) -> Tensor:
    quant = t.type.quant
    if quant is not None and quant.axis is not None:
        quant = replace(quant, axis=perm.index(quant.axis))
    data = None if t.data is None else move(t.data, perm)
    return Tensor(t.name, Type(moved(t.type.shape, perm, 1), t.type.dtype, quant), data)


def lifted(t: Tensor, rank: int) -> Tensor:
    shape = (1,) * (rank - len(t.type.shape)) + t.type.shape
    return Tensor(t.name, replace(t.type, shape=shape), None if t.data is None else t.data.reshape(shape))


def check(y: np.ndarray, want: np.ndarray, graph: Graph) -> None:
    """Equal; sums of floats may have been summed in another order."""
    if y.dtype.kind == "f":
        np.testing.assert_allclose(y, want, rtol=1e-4, atol=1e-4 * np.abs(want).max(initial=0), err_msg=str(graph))
    else:
        np.testing.assert_array_equal(y, want, err_msg=str(graph))


@pytest.mark.parametrize("name", sorted(registry()))
def test_permuted(name: str) -> None:
    op = registry()[name]
    for graph, rng in draws(name):
        inst, arrays = graph.instance(graph.nodes[0]), values(graph, rng)
        if op.elementwise:
            rank = len(inst.y().shape)
            given = tuple(None if t is None else lifted(t, rank) for t in inst.inputs)
            inst = Instance(inst.node, given, inst.outputs)
            pairs = zip(given, arrays, strict=True)
            arrays = [None if t is None or a is None else a.reshape(t.type.shape) for t, a in pairs]
        if not inst.inputs or inst.inputs[0] is None:
            continue
        perm: Perm = tuple(int(a) for a in rng.permutation(len(inst.x().shape)))
        if rng.random() < 0.3:
            at = int(rng.integers(len(perm) + 1))
            perm = (*perm[:at], None, *perm[at:])
        found = op.permuted(inst, perm)
        if found is None:
            continue
        inputs, arguments = list(inst.inputs), list(arrays)
        for k in found.inputs:
            t, a = inputs[k], arguments[k]
            assert t is not None and a is not None
            inputs[k], arguments[k] = transposed(t, perm), move(a, perm)
        outputs = tuple(transposed(t, found.perm) for t in inst.outputs)
        node = Node(name, name, inst.node.inputs, inst.node.outputs, found.attrs)
        made = compute(op, Instance(node, tuple(inputs), outputs), *arguments)
        for y, want in zip(made, compute(op, inst, *arrays), strict=True):
            check(y, move(want, found.perm), graph)


@pytest.mark.parametrize("name", sorted(registry()))
def test_absorbs(name: str) -> None:
    op = registry()[name]
    for graph, rng in draws(name):
        inst, arrays = graph.instance(graph.nodes[0]), values(graph, rng)
        found = op.absorbs(inst)
        if found is None:
            continue
        x, w = arrays[0], arrays[found.constant]
        assert x is not None and w is not None
        order = rng.permutation(x.shape[found.axis])
        arrays[0], arrays[found.constant] = x.take(order, found.axis), w.take(order, found.constant_axis)
        t = inst.inputs[found.constant]
        assert t is not None
        weights = Tensor(t.name, t.type, None if t.data is None else arrays[found.constant])
        inputs = tuple(weights if k == found.constant else i for k, i in enumerate(inst.inputs))
        made = compute(op, Instance(inst.node, inputs, inst.outputs), *arrays)
        for y, want in zip(made, compute(op, inst, x, w, *arrays[2:]), strict=True):
            check(y, want, graph)


def test_who_answers() -> None:
    """A changed list is a changed promise: these are what images in channels-first models go through."""
    answering = set()
    for name, op in registry().items():
        for graph, _ in draws(name):
            inst = graph.instance(graph.nodes[0])
            if inst.inputs and inst.inputs[0] is not None and not op.elementwise:
                rank = len(inst.x().shape)
                if op.permuted(inst, tuple(range(rank))) is not None:
                    answering.add(name)
    assert answering >= {
        "argmax", "concat", "dense", "gather", "l2norm", "logsoftmax", "mean", "mirrorpad", "pack", "pad", "reducemax",
        "reducemin", "slice", "softmax", "split", "sum", "tile", "unpack",
    }  # fmt: skip

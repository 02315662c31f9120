"""Channels last: the same function, with as few transposes as there can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lapel.building import GraphBuilder
from lapel.frontends.rewrites.layout import lay_out
from lapel.ir import Graph, Quant, Tensor, Type
from lapel.ir.op import single
from lapel.ops import evaluate

FIRST, LAST = (0, 3, 1, 2), (0, 2, 3, 1)
PLAIN: dict[str, Any] = {"activation": "none", "rounding": "double"}


class Net(GraphBuilder):
    """Layers as front ends of channels-first frameworks write them; weights are small integers: sums are exact."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.rng = np.random.default_rng(0)

    def weights(self, *shape: int) -> Tensor:
        return self.constant("w", self.rng.integers(-3, 4, shape).astype(np.float32))

    def conv(self, x: Tensor, o: int, kernel: int = 3, stride: int = 1) -> Tensor:
        t, p = self.node("transpose", x, perm=LAST), kernel // 2
        w = self.weights(o, kernel, kernel, x.type.shape[1])
        s, one, pad = (stride, stride), (1, 1), (p, p, p, p)
        y = self.node("conv", t, w, self.weights(o), stride=s, dilation=one, pad=pad, **PLAIN)
        return self.node("transpose", y, perm=FIRST)

    def conv1d(self, x: Tensor, o: int) -> Tensor:
        n, c, length = x.type.shape
        y = self.conv_row(self.node("reshape", x, shape=(n, c, 1, length)), o)
        return self.node("reshape", y, shape=(n, o, length))

    def conv_row(self, x: Tensor, o: int) -> Tensor:
        t, w = self.node("transpose", x, perm=LAST), self.weights(o, 1, 3, x.type.shape[1])
        y = self.node("conv", t, w, None, stride=(1, 1), dilation=(1, 1), pad=(0, 0, 1, 1), **PLAIN)
        return self.node("transpose", y, perm=FIRST)

    def dense(self, x: Tensor, o: int) -> Tensor:
        w = self.weights(o, x.type.shape[-1])
        return self.node("dense", x, w, None, keep_dims=len(x.type.shape) > 2, **PLAIN)

    def relu(self, x: Tensor) -> Tensor:
        return self.node("relu", x, activation="relu")

    def reshape(self, x: Tensor, *shape: int) -> Tensor:
        return self.node("reshape", x, shape=shape)

    def flat(self, x: Tensor) -> Tensor:
        return self.reshape(x, x.type.shape[0], x.type.size // x.type.shape[0])


def checked(graph: Graph) -> Graph:
    """The graph in its new layout, which computes the same numbers."""
    found, rng = lay_out(graph)[0], np.random.default_rng(1)
    given = {n: rng.integers(-4, 5, graph.tensors[n].type.shape).astype(np.float32) for n in graph.inputs}
    layouts = found.origin.layouts
    moved = {n: np.ascontiguousarray(x.transpose(layouts.get(n, range(x.ndim)))) for n, x in given.items()}
    want, got = evaluate(graph, given), evaluate(found, moved)
    assert (found.inputs, found.outputs) == (graph.inputs, graph.outputs)
    assert len({n.name for n in found.nodes}) == len(found.nodes)
    for o in graph.outputs:
        np.testing.assert_array_equal(got[o], want[o].transpose(layouts.get(o, range(want[o].ndim))))
    return found


def count(graph: Graph, op: str = "transpose") -> int:
    return sum(n.op == op for n in graph.nodes)


def plain(b: Net) -> list[Tensor]:
    x = b.relu(b.conv(b.input("x", (1, 3, 6, 5)), 4))
    return [b.dense(b.flat(b.conv(x, 5, stride=2)), 7)]


def residual(b: Net) -> list[Tensor]:
    x = b.conv(b.input("x", (1, 3, 6, 5)), 4)
    y = b.node("add", x, b.conv(b.relu(x), 4), activation="relu")
    y = b.node("mul", y, b.weights(4, 1, 1), activation="none")
    return [b.node("sub", b.weights(1, 4, 1, 5), y, activation="none")]


def excite(b: Net) -> list[Tensor]:
    x = b.conv(b.input("x", (1, 3, 6, 5)), 4)
    s = b.dense(b.node("mean", x, axes=(2, 3), keep_dims=False, rounding="double"), 4)
    y = b.node("mul", x, b.reshape(s, 1, 4, 1, 1), activation="none")
    y = b.node("reducemax", y, axes=(2, 3), keep_dims=True)
    return [b.dense(b.reshape(y, 1, 4), 2)]


def dense_net(b: Net) -> list[Tensor]:
    x = b.conv(b.input("x", (2, 3, 6, 5)), 4)
    y = b.node("concat", x, b.conv(x, 2), axis=1)
    first, rest = b.split("split", y, axis=1, sizes=(1, 5))
    y = b.node("pad", rest, before=(0, 1, 2, 0), after=(0, 0, 0, 3), value=1.0)
    y = b.node("slice", y, begin=(0, 2, 1, 0), step=(1, 1, 1, 1), count=(2, 3, 6, 7), shape=(2, 3, 6, 7))
    return [b.conv(y, 2), b.conv(first, 2)]


def one_dimension(b: Net) -> list[Tensor]:
    x = b.conv1d(b.input("x", (1, 3, 8)), 4)
    y = b.node("add", x, b.conv1d(b.relu(x), 4), activation="none")
    return [b.dense(b.node("transpose", y, perm=(0, 2, 1)), 5)]


def shuffled(b: Net) -> list[Tensor]:
    x = b.reshape(b.conv(b.input("x", (1, 3, 6, 5)), 6), 1, 2, 3, 6, 5)
    x = b.reshape(b.node("transpose", x, perm=(0, 2, 1, 3, 4)), 1, 6, 6, 5)
    return [b.conv(b.node("mul", x, b.weights(6, 1, 1), activation="none"), 4)]


def single_channel(b: Net) -> list[Tensor]:
    return [b.conv(b.input("x", (1, 1, 6, 5)), 4)]


def rows_of_time(b: Net) -> list[Tensor]:
    x = b.conv(b.input("x", (1, 3, 1, 8)), 4)
    return [b.dense(b.node("transpose", b.reshape(x, 1, 4, 8), perm=(0, 2, 1)), 5)]


def stacked(b: Net) -> list[Tensor]:
    x = b.conv(b.input("x", (1, 3, 4, 5)), 4)
    y = b.node("pack", x, b.relu(x), axis=2)
    a, c = b.split("unpack", y, axis=2)
    y = b.node(
        "gather", b.node("add", a, c, activation="none"), b.constant("i", np.array([3, 1], np.int32)), axis=1, batch=0
    )
    return [b.conv(y, 2)]


def users_own_order(b: Net) -> list[Tensor]:
    """A model that takes and gives images as channels last, whatever it does inside."""
    x = b.node("transpose", b.input("x", (1, 6, 5, 3)), perm=FIRST)
    return [b.node("transpose", b.conv(x, 4), perm=LAST)]


def two_inputs(b: Net) -> list[Tensor]:
    image, row = b.conv(b.input("image", (1, 3, 6, 5)), 4), b.dense(b.input("row", (1, 8)), 4)
    return [b.node("add", image, b.reshape(row, 1, 4, 1, 1), activation="none"), row]


Build = Callable[[Net], list[Tensor]]
NETS: list[tuple[Build, dict[str, tuple[int, ...]]]] = [
    (plain, {"x": LAST}),
    (residual, {"x": LAST, "sub": LAST}),
    (excite, {"x": LAST}),
    (dense_net, {"x": LAST, "transpose_5": LAST, "transpose_7": LAST}),
    (one_dimension, {"x": (0, 2, 1)}),
    (shuffled, {"x": LAST, "transpose_4": LAST}),
    (single_channel, {"x": LAST, "transpose_1": LAST}),
    (rows_of_time, {"x": LAST}),
    (stacked, {"x": LAST, "transpose_3": LAST}),
    (users_own_order, {}),
    (two_inputs, {"image": LAST, "add": LAST}),
]


@pytest.mark.parametrize(("build", "layouts"), NETS, ids=[b.__name__ for b, _ in NETS])
def test_no_transpose_is_left(build: Build, layouts: dict[str, tuple[int, ...]]) -> None:
    b = Net(build.__name__)
    graph = b.graph(*build(b))
    found = checked(graph)
    assert count(graph) > 0
    assert count(found) == count(found, "gather") - count(graph, "gather") == 0
    assert dict(found.origin.layouts) == layouts
    assert found.origin.warnings == ()


def test_it_has_no_more_nodes_than_needed() -> None:
    b = Net("plain")
    assert [n.op for n in checked(b.graph(*plain(b))).nodes] == ["conv", "relu", "conv", "reshape", "dense"]
    b = Net("residual")
    assert [n.op for n in checked(b.graph(*residual(b))).nodes] == ["conv", "relu", "conv", "add", "mul", "sub"]


def test_a_flat_input_keeps_its_order() -> None:
    b = Net("mlp")
    found = checked(b.graph(b.dense(b.flat(b.relu(b.input("x", (1, 3, 6, 5)))), 7)))
    assert dict(found.origin.layouts) == {}
    assert [n.op for n in found.nodes] == ["relu", "reshape", "dense"]


def test_what_is_left_is_said_with_its_reason() -> None:
    b = Net("columns")
    y = b.node("transpose", b.conv(b.input("x", (1, 3, 4, 8)), 4), perm=(0, 3, 1, 2))
    found = checked(b.graph(b.dense(b.reshape(y, 1, 8, 16), 5)))
    assert count(found) == 1
    assert found.origin.warnings == (
        "1 transpose is left, 512 bytes that are moved at each inference, before reshape (it joins axes that do not "
        "stand side by side)",
    )


def test_an_output_of_numbers_keeps_its_order() -> None:
    b = Net("features")
    found = checked(b.graph(b.flat(b.conv(b.input("x", (1, 3, 4, 8)), 4))))
    assert found.tensors[found.outputs[0]].type.shape == (1, 128)
    (warning,) = found.origin.warnings
    assert "before reshape (it is an output, whose elements keep their order)" in warning


def test_two_orders_of_one_input_are_reported() -> None:
    b = Net("product")
    x = b.conv(b.input("x", (1, 3, 4, 4)), 4)
    y = b.node("add", x, b.node("transpose", x, perm=(0, 2, 1, 3)), activation="none")
    found = checked(b.graph(b.conv(y, 2)))
    assert count(found) == 1
    assert "before add (its inputs have their axes in different orders)" in found.origin.warnings[0]


def test_an_operator_that_does_not_answer_is_named() -> None:
    b = Net("norm")
    x = b.conv(b.input("x", (1, 3, 4, 5)), 4)
    found = checked(b.graph(b.conv(b.node("softmax", x, beta=1.0), 4)))
    assert count(found) == 2
    assert "before softmax (softmax is not defined for axes in the order [0, 2, 3, 1])" in found.origin.warnings[0]


def test_shared_weights_stay_as_they_are_for_other_readers() -> None:
    b = Net("tied")
    x = b.input("x", (1, 2, 3, 3))
    w = b.weights(4, 18)
    conv = b.node("dense", b.flat(b.relu(b.conv(x, 2))), w, None, keep_dims=False, **PLAIN)
    row = b.node("dense", b.input("row", (1, 18)), w, None, keep_dims=False, **PLAIN)
    found = checked(b.graph(conv, row))
    assert found.tensors[w.name].data is not None and f"{w.name}/permuted" in found.tensors


def test_weights_that_one_node_reads_keep_their_name() -> None:
    b = Net("plain")
    graph = b.graph(*plain(b))
    assert {n for n, t in checked(graph).tensors.items() if t.data is not None} == {
        n for n, t in graph.tensors.items() if t.data is not None
    }


def test_one_tensor_as_two_outputs() -> None:
    b = Net("twice")
    y = b.conv(b.input("x", (1, 3, 4, 5)), 4)
    found = checked(b.graph(y, b.node("transpose", y, perm=LAST), b.reshape(y, 1, 4, 20)))
    assert count(found) == 0


def test_an_input_that_is_an_output() -> None:
    b = Net("through")
    x = b.input("x", (1, 3, 4, 5))
    checked(b.graph(x, b.conv(x, 2)))
    checked(b.graph(b.node("transpose", x, perm=LAST), b.conv(x, 2)))


def test_a_second_time_changes_nothing() -> None:
    b = Net("residual")
    once = lay_out(b.graph(*residual(b)))[0]
    twice = lay_out(once)[0]
    assert str(twice) == str(once)
    assert dict(twice.origin.layouts) == dict(once.origin.layouts)


def test_integers_too() -> None:
    """Quantization goes with the tensors, its axis with theirs."""
    q = Quant((0.5,), (3,))
    x = Tensor("x", Type((1, 3, 4, 5), "int8", q))
    graph = single("transpose", [x], [Type((1, 4, 5, 3), "int8", q)], {"perm": LAST})
    assert lay_out(graph)[0].nodes[0].op == "reshape"  # of its input, which is an image now, a copy
    changed = single("transpose", [x], [Type((1, 4, 5, 3), "int8", Quant((1.0,), (0,)))], {"perm": LAST})
    assert [n.op for n in lay_out(changed)[0].nodes] == ["transpose"]  # not the same numbers: it stays


MOVES = ("transpose", "reshape", "unary", "binary", "constant", "reduce", "concat", "split", "dense")


def random_net(seed: int) -> Graph:
    """Ten random nodes over tensors of up to five axes, some of size 1."""
    b, rng = Net(f"random{seed}"), np.random.default_rng(seed)
    shape = tuple(int(d) for d in rng.choice([1, 2, 3, 4, 6], int(rng.integers(3, 5))))
    pool = [b.input("a", shape), b.input("b", shape)]
    for _ in range(10):
        pool.append(grown(b, rng, pool))
    outputs = dict.fromkeys(t.name for t in (*pool[-3:], pool[int(rng.integers(len(pool)))]))
    return b.graph(*(b.tensors[n] for n in outputs))


def grown(b: Net, rng: np.random.Generator, pool: list[Tensor]) -> Tensor:
    x = pool[int(rng.integers(max(0, len(pool) - 3), len(pool)))]
    shape, rank, kind = x.type.shape, len(x.type.shape), str(rng.choice(MOVES))
    axis = int(rng.integers(rank)) if rank else 0
    if kind == "transpose":
        return b.node("transpose", x, perm=tuple(int(a) for a in rng.permutation(rank)))
    if kind == "reshape":
        return b.reshape(x, *refactored(rng, shape))
    if kind == "binary":
        return b.node("add", x, next(t for t in reversed(pool) if t.type.shape == shape), activation="none")
    if kind == "constant":
        part = tuple(d if rng.random() < 0.6 else 1 for d in shape)[int(rng.integers(rank + 1)) :]
        return b.node("mul", x, b.weights(*part), activation="none")
    if kind == "reduce" and rank > 1:
        return b.node("reducemax", x, axes=(axis,), keep_dims=bool(rng.integers(2)))
    if kind == "concat" and rank:
        return b.node("concat", x, b.relu(x), axis=axis)
    if kind == "split" and rank and shape[axis] > 1:
        return b.split("split", x, axis=axis, sizes=(1, shape[axis] - 1))[1]
    if kind == "dense" and rank > 1:
        return b.dense(x, 3)
    return b.relu(x)


def refactored(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Another shape of as many elements: neighbours joined, axes parted, axes of 1 put in."""
    dims = list(shape)
    for _ in range(3):
        k = int(rng.integers(len(dims))) if dims else 0
        kind = int(rng.integers(3))
        if kind == 0 and len(dims) > 1 and k:
            dims[k - 1 : k + 1] = [dims[k - 1] * dims[k]]
        elif kind == 1 and len(dims) < 5 and dims and dims[k] % 2 == 0:
            dims[k : k + 1] = [2, dims[k] // 2] if rng.integers(2) else [dims[k] // 2, 2]
        elif len(dims) < 5:
            dims.insert(k, 1)
    return tuple(dims)


@pytest.mark.parametrize("block", range(4))
def test_random_graphs_compute_the_same(block: int) -> None:
    for seed in range(block * 60, block * 60 + 60):
        graph = random_net(seed)
        found = checked(graph)
        left = count(found) + count(found, "gather")
        assert left <= 2 * count(graph) or left <= 3, f"seed {seed}"
        assert bool(left) == bool(found.origin.warnings)


def test_shapes_of_one_dimension_are_not_in_the_way() -> None:
    """Between convolutions over one axis no reshape is left: activations work on images of one row."""
    b = Net("tcn")
    x = b.conv1d(b.input("x", (1, 3, 8)), 4)
    y = b.node("pad", b.relu(x), before=(0, 0, 2), after=(0, 0, 0), value=0.0)
    found = checked(b.graph(b.dense(b.flat(b.conv1d(y, 4)), 2)))
    assert [n.op for n in found.nodes] == ["reshape", "conv", "relu", "pad", "conv", "reshape", "dense"]

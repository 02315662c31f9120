"""Each rewrite does what its head says, leaves alone what it must, and never changes an output bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lapel.ir import Graph, Quant, Tensor, Type
from lapel.ops import evaluate, verify
from lapel.planning.rewrites import REWRITES, rewrite
from nets import Net, Q


def assert_same_outputs(before: Graph, after: Graph) -> None:
    rng = np.random.default_rng(9)
    for _ in range(5):
        x = rng.integers(-128, 128, before.tensors["x"].type.shape, np.int8)
        a, b = evaluate(before, {"x": x}), evaluate(after, {"x": x})
        for p, q in zip(before.outputs, after.outputs, strict=True):
            assert (a[p] == b[q]).all()


def apply(graph: Graph) -> Graph:
    verify(graph)
    for step in REWRITES:
        graph_after, _ = step(graph)
        verify(graph_after)
        assert_same_outputs(graph, graph_after)
        graph = graph_after
    return graph


def test_relu_becomes_the_clamp_of_its_producer() -> None:
    net = Net("relu", (1, 6))
    after = apply(net.graph(net.relu(net.dense("x", 5), "relu6")))
    assert [n.op for n in after.nodes] == ["dense"]
    assert after.nodes[0].attrs["activation"] == "relu6"


@pytest.mark.parametrize("why", ["other quantization", "second reader", "fused already"])
def test_relu_that_must_stay(why: str) -> None:
    net = Net("relu", (1, 6))
    d = net.dense("x", 5, "relu_n1_to_1" if why == "fused already" else "none")
    if why == "other quantization":
        r = net.node("relu", (d,), (1, 5), Quant((0.07,), (9,)), activation="relu")
    else:
        r = net.relu(d)
    outputs = (r, d) if why == "second reader" else (r,)
    assert [n.op for n in apply(net.graph(*outputs)).nodes] == ["dense", "relu"]


def pad_net(paddings: tuple[tuple[int, int], ...], value: int = Q.zero[0]) -> tuple[Net, str]:
    net = Net("pad", (1, 5, 4, 2))
    shape = tuple(d + a + b for d, (a, b) in zip((1, 5, 4, 2), paddings, strict=True))
    before, after = zip(*paddings, strict=True)
    return net, net.node("pad", ("x",), shape, before=before, after=after, value=value)


def test_padding_becomes_the_convolutions_own() -> None:
    net, p = pad_net(((0, 0), (1, 2), (0, 3), (0, 0)))
    after = apply(net.graph(net.conv(p, 3, (0, 1, 1, 0))))
    assert [n.op for n in after.nodes] == ["conv"]
    assert after.nodes[0].attrs["pad"] == (1, 3, 1, 3)


@pytest.mark.parametrize("why", ["channels", "other value", "second reader"])
def test_padding_that_must_stay(why: str) -> None:
    sides = ((0, 0), (1, 1), (1, 1), (0, 1 if why == "channels" else 0))
    net, p = pad_net(sides, 7 if why == "other value" else Q.zero[0])
    c = net.conv(p, 3)
    after = apply(net.graph(*((c, p) if why == "second reader" else (c,))))
    assert [n.op for n in after.nodes] == ["pad", "conv"]


def test_constants_fold_and_dead_nodes_go() -> None:
    net = Net("fold", (1, 4))
    c = net.constant(np.array([[1, 2, 3, 4]], np.int8), Q)
    doubled = net.add(c, c)
    net.dense("x", 9)
    after = apply(net.graph(net.add("x", doubled)))
    assert [n.op for n in after.nodes] == ["add"]
    assert after.tensors[doubled].data is not None


def test_a_huge_constant_is_not_folded() -> None:
    net = Net("huge", (1, 4))
    row = net.constant(np.zeros((1, 4000), np.int8), Q)
    column = net.constant(np.zeros((4000, 1), np.int8), Q)
    product = net.node("add", (row, column), (4000, 4000), activation="none")
    graph, notes = rewrite(net.graph(net.add("x", "x"), product))
    assert graph.tensors[product].data is None and not notes


def test_constant_output_is_loaded() -> None:
    net = Net("out", (1, 4))
    c = net.constant(np.array([[1, 2, 3, 4]], np.int8), Q)
    after = apply(net.graph(net.add("x", c), c))
    assert [n.op for n in after.nodes] == ["add", "load"]


def test_notes_say_what_was_done() -> None:
    net = Net("relu", (1, 6))
    _, notes = rewrite(net.graph(net.relu(net.dense("x", 5))))
    assert [n.subject for n in notes] == ["activation folding"]
    assert "n1 is now the clamp of n0" in notes[0].text


def dilated(kind: str) -> Graph:
    """A convolution of 3x3 between a split and a join of blocks; `kind`: what is different, if anything."""
    net = Net("dilated", (1, 9, 8, 2) if kind != "one row" else (1, 9, 2))
    block = (2, 3) if kind != "one row" else (2,)
    before, after = ((2, 3), (3, 4)) if kind != "one row" else ((2,), (3,))
    shape = (6, 7, 5, 2) if kind != "one row" else (2, 7, 2)
    s = net.node("spacetobatch", ("x",), shape, block=block, before=before, after=after)
    if kind == "one row":
        image = net.reshape(s, (2, 1, 7, 2))
        t = net.reshape(net.conv(image, 4, (1, 1, 0, 0)), (2, 5, 4))
        return net.graph(net.node("batchtospace", (t,), (1, 8, 4), block=(2,), before=(1,), after=(1,)))
    t = net.conv(s, 4, (1, 0, 0, 2) if kind == "padded" else (0, 0, 0, 0))
    _, h, w, _ = net.tensors[t].type.shape
    crop = {"cropped": (1, 2), "cropped far": (0, 4)}.get(kind, (0, 0))
    if kind == "strided":
        node = net.nodes[-1]
        net.nodes[-1] = replace(node, attrs={**node.attrs, "stride": (2, 1)})
        h = (h + 1) // 2
        net.tensors[t] = Tensor(t, Type((6, h, w, 4), "int8", Q))
    if kind == "other blocks":
        return net.graph(
            net.node("batchtospace", (t,), (1, 2 * 3 * h, w, 4), block=(6, 1), before=(0, 0), after=(0, 0))
        )
    y = net.node("batchtospace", (t,), (1, 2 * h - crop[0], 3 * w - crop[1], 4), block=block, before=crop, after=(0, 0))
    return net.graph(*((y, s) if kind == "second reader" else (y,)))


@pytest.mark.parametrize("kind", ["plain", "padded", "cropped", "one row"])
def test_batches_of_blocks_become_a_dilation(kind: str) -> None:
    after = apply(dilated(kind))
    assert [n.op for n in after.nodes if n.op != "reshape"] == ["conv"]
    conv = next(n for n in after.nodes if n.op == "conv")
    assert conv.attrs["dilation"] == ((1, 2) if kind == "one row" else (2, 3))


@pytest.mark.parametrize("kind", ["strided", "second reader", "other blocks", "cropped far"])
def test_batches_of_blocks_that_say_more_stay(kind: str) -> None:
    assert [n.op for n in apply(dilated(kind)).nodes] == ["spacetobatch", "conv", "batchtospace"]

"""Layers of channels-first frameworks against PyTorch, as they are made and after the rewrites."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lapel.building import GraphBuilder
from lapel.frontends import _layers as layers
from lapel.frontends import _moves as moves
from lapel.frontends.rewrites import simplified
from lapel.ir import Graph, Tensor
from lapel.ops import evaluate

DRAWN = np.random.default_rng(11)
Make = Callable[[GraphBuilder, Tensor], Tensor]


def drawn(*shape: int) -> np.ndarray:
    return DRAWN.normal(size=shape).astype(np.float32)


def both(shape: tuple[int, ...], make: Make, want: Callable[[torch.Tensor], torch.Tensor]) -> Graph:
    """The rewritten graph of a layer, of which both forms were compared with PyTorch."""
    b = GraphBuilder("layer")
    graph = b.graph(make(b, b.input("x", shape)))
    x = drawn(*shape)
    expected = want(torch.tensor(x)).numpy()
    for g in (graph, simplified(graph)):
        perms = [g.origin.layouts.get(n, range(len(g.tensors[n].type.shape))) for n in ("x", g.outputs[0])]
        y = evaluate(g, {"x": np.ascontiguousarray(x.transpose(perms[0]))})[g.outputs[0]]
        y = y.transpose(np.argsort(perms[1]))
        assert y.shape == expected.shape
        assert np.abs(y - expected).max() < 1e-4
    return simplified(graph)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("groups,channels,outputs", [(1, 6, 8), (2, 6, 8), (6, 6, 12), (1, 1, 3)])
def test_convolutions(groups: int, channels: int, outputs: int, bias: bool) -> None:
    w, line = drawn(outputs, channels // groups, 3, 5), drawn(outputs, channels // groups, 3)
    c = drawn(outputs) if bias else None

    def make(b: GraphBuilder, x: Tensor, w: np.ndarray, *window: Any) -> Tensor:
        return layers.convolution(b, x, b.constant("w", w), b.constant("c", c) if bias else None, *window, groups)

    t = torch.tensor(c) if bias else None
    both(
        (2, channels, 9, 11),
        lambda b, x: make(b, x, w, (2, 1), (1, 2), ((1, 2), (0, 3))),
        lambda x: F.conv2d(F.pad(x, (0, 3, 1, 2)), torch.tensor(w), t, (2, 1), 0, (1, 2), groups),
    )
    both(
        (2, channels, 9),
        lambda b, x: make(b, x, line, (2,), (1,), ((1, 1),)),
        lambda x: F.conv1d(x, torch.tensor(line), t, 2, 1, 1, groups),
    )


@pytest.mark.parametrize("groups", [1, 2])
def test_transposed_convolutions(groups: int) -> None:
    w, c, line = drawn(6, 8 // groups, 3, 4), drawn(8), drawn(6, 4, 3)
    both(
        (2, 6, 5, 7),
        lambda b, x: layers.transposed_convolution(
            b, x, b.constant("w", w), b.constant("c", c), (2, 3), (1, 1), ((1, 1), (0, 0)), (1, 0), groups
        ),
        lambda x: F.conv_transpose2d(x, torch.tensor(w), torch.tensor(c), (2, 3), (1, 0), (1, 0), groups),
    )
    both(
        (2, 6, 5),
        lambda b, x: layers.transposed_convolution(
            b, x, b.constant("w", line), None, (2,), (2,), ((1, 1),), (0,), 1, "dilated"
        ),
        lambda x: F.conv_transpose1d(x, torch.tensor(line), None, 2, 1, 0, 1, 2),
    )


@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize("counted", [False, True])
def test_poolings(ceil: bool, counted: bool) -> None:
    window: Any = ((3, 3), (2, 2), (1, 1), ((1, 1), (1, 1)), ceil)
    both(
        (2, 6, 9, 12),
        lambda b, x: layers.pool(b, x, "mean", *window, counted),
        lambda x: F.avg_pool2d(x, 3, 2, 1, ceil, counted),
    )
    both((2, 6, 9, 12), lambda b, x: layers.pool(b, x, "max", *window), lambda x: F.max_pool2d(x, 3, 2, 1, 1, ceil))
    line: Any = ((2,), (2,), (1,), ((0, 0),), ceil)
    both((2, 6, 9), lambda b, x: layers.pool(b, x, "max", *line), lambda x: F.max_pool1d(x, 2, ceil_mode=ceil))


s8, t8, s6, m = drawn(8), drawn(8), drawn(6), drawn(4, 5)
LAYERS: dict[str, tuple[tuple[int, ...], Make, Callable[[torch.Tensor], torch.Tensor]]] = {
    "global mean": (
        (2, 6, 9, 5),
        lambda b, x: layers.global_pool(b, x, "mean"),
        lambda x: x.mean((2, 3), keepdim=True),
    ),
    "global max": ((2, 6, 9), lambda b, x: layers.global_pool(b, x, "max"), lambda x: x.amax(2, keepdim=True)),
    "layer norm": (
        (2, 4, 8),
        lambda b, x: layers.layer_norm(b, x, (-1,), b.constant("s", s8), b.constant("t", t8), 1e-5),
        lambda x: F.layer_norm(x, (8,), torch.tensor(s8), torch.tensor(t8)),
    ),
    "hard sigmoid": ((2, 8), layers.hard_sigmoid, F.hardsigmoid),
    "hard swish": ((2, 8), layers.hard_swish, F.hardswish),
    "softmax": ((2, 8, 3, 4), lambda b, x: layers.softmax(b, x, 1), lambda x: F.softmax(x, 1)),
    "log softmax": ((2, 8), lambda b, x: layers.softmax(b, x, 1, log=True), lambda x: F.log_softmax(x, 1)),
    "clip": ((2, 8), lambda b, x: layers.clip(b, x, 0, 0.5), lambda x: x.clamp(0, 0.5)),
    "clip below": ((2, 8), lambda b, x: layers.clip(b, x, -0.3), lambda x: x.clamp(-0.3)),
    "relu6": ((2, 8), lambda b, x: layers.clip(b, x, 0, 6), F.relu6),
    "shuffle": ((2, 8, 3, 4), lambda b, x: moves.depth_to_space(b, x, 2, True), lambda x: F.pixel_shuffle(x, 2)),
    "unshuffle": ((2, 8, 6, 4), lambda b, x: moves.space_to_depth(b, x, 2, True), lambda x: F.pixel_unshuffle(x, 2)),
    "prelu": (
        (2, 6, 3, 4),
        lambda b, x: layers.prelu(b, x, b.constant("s", s6.reshape(6, 1, 1))),
        lambda x: F.prelu(x, torch.tensor(s6)),
    ),
    "bilinear": (
        (2, 8, 3, 4),
        lambda b, x: moves.resize(b, x, (6, 8), True, False, True),
        lambda x: F.interpolate(x, (6, 8), mode="bilinear"),
    ),
    "product": (
        (2, 8, 3, 4),
        lambda b, x: layers.product(b, x, b.constant("m", m)),
        lambda x: x @ torch.tensor(m),
    ),
    "vectors": ((5,), lambda b, x: layers.product(b, x, x), lambda x: x @ x),
    "flatten": ((2, 8, 3, 4), layers.flatten, lambda x: x.flatten(1)),
    "crop": (
        (2, 8, 3, 4),
        lambda b, x: moves.padded(b, x, (0, 0, -1, 2), (0, 0, 0, -1), "constant", 0.0),
        lambda x: F.pad(x, (2, -1, -1, 0)),
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name: str) -> None:
    both(*LAYERS[name])


@pytest.mark.parametrize(
    "mode,there",
    [("reflect", "reflect"), ("edge", "replicate"), ("wrap", "circular"), ("constant", "constant")],
)
def test_borders(mode: str, there: str) -> None:
    both(
        (2, 8, 3, 4),
        lambda b, x: moves.padded(b, x, (0, 0, 1, 2), (0, 0, 2, 1), mode, 0.0),
        lambda x: F.pad(x, (2, 1, 1, 2), there),
    )


def test_batch_normalization_becomes_weights_before_and_behind() -> None:
    scale, shift, mean, variance = drawn(6), drawn(6), drawn(6), np.abs(drawn(6))
    w = drawn(6, 6, 3, 3)

    def norm(b: GraphBuilder, x: Tensor) -> Tensor:
        # Channels last at once, so that nothing stands between it and the layer.
        factor = scale / np.sqrt(variance + 1e-5)
        x = b.node("mul", x, b.constant("factor", factor))
        return b.node("add", x, b.constant("term", shift - mean * factor))

    def make(b: GraphBuilder, x: Tensor) -> Tensor:
        kernel = b.constant("w", w.transpose(0, 2, 3, 1))
        y = b.node("conv", norm(b, x), kernel, None, stride=(1, 1), dilation=(1, 1), pad=(0, 0, 0, 0))
        return b.node("relu", norm(b, y), activation="relu6")

    def want(x: torch.Tensor) -> torch.Tensor:
        ends = [torch.tensor(v) for v in (mean, variance, scale, shift)]
        y = F.batch_norm(F.conv2d(F.batch_norm(x.permute(0, 3, 1, 2), *ends), torch.tensor(w)), *ends)
        return F.relu6(y).permute(0, 2, 3, 1)

    graph = both((2, 9, 5, 6), make, want)
    assert [n.op for n in graph.nodes] == ["conv"]
    assert graph.nodes[0].attrs["activation"] == "relu6"


def test_terms_before_padding_stay() -> None:
    """Padding is zero behind the sum, so the sum cannot move behind the padding."""
    w, c = drawn(6, 3, 2, 2), drawn(6)

    def make(b: GraphBuilder, x: Tensor) -> Tensor:
        x = b.node("add", b.node("mul", x, b.constant("f", c)), b.constant("c", c))
        kernel = b.constant("w", w.transpose(0, 2, 3, 1))
        return b.node("conv", x, kernel, None, stride=(1, 1), dilation=(1, 1), pad=(1, 0, 0, 0))

    def want(x: torch.Tensor) -> torch.Tensor:
        x = (x * torch.tensor(c) + torch.tensor(c)).permute(0, 3, 1, 2)
        return F.conv2d(F.pad(x, (0, 0, 1, 0)), torch.tensor(w), groups=2).permute(0, 2, 3, 1)

    graph = both((2, 5, 5, 6), make, want)
    assert [n.op for n in graph.nodes] == ["mul", "add", "conv"]


def test_a_result_that_something_else_reads_is_not_scaled() -> None:
    w, c = drawn(4, 6), drawn(4)

    def make(b: GraphBuilder, x: Tensor) -> Tensor:
        y = b.node("dense", x, b.constant("w", w), None, keep_dims=False)
        return b.node("mul", b.node("mul", y, b.constant("c", c)), y)

    def want(x: torch.Tensor) -> torch.Tensor:
        y = x @ torch.tensor(w).T
        return y * torch.tensor(c) * y

    assert [n.op for n in both((3, 6), make, want).nodes] == ["dense", "mul", "mul"]


def test_identities_go_and_ends_keep_their_names() -> None:
    def make(b: GraphBuilder, x: Tensor) -> Tensor:
        x = b.node("reshape", b.node("reshape", x, shape=(6, 4)), shape=(3, 8))
        x = b.node("mul", b.node("transpose", x, perm=(1, 0)), b.constant("one", np.ones(1, np.float32)))
        x = b.node("relu", b.node("transpose", x, perm=(1, 0)), activation="relu")
        return b.node("reshape", x, shape=(3, 8), name="scores")

    graph = both((3, 8), make, F.relu)
    assert [n.op for n in graph.nodes] == ["relu"] and graph.outputs == ("scores",)
    b = GraphBuilder("nothing")
    x = b.input("x", (2, 3))
    graph = simplified(b.graph(b.node("reshape", x, shape=(2, 3), name="y")))
    assert (graph.inputs, graph.outputs) == (("x",), ("y",))

"""Channels: what operators say of them, and networks without some of them, against the same with zeros there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lapel
from floats import TOLERANCE, difference, draw_numbers
from lapel import zoo
from lapel.building import GraphBuilder
from lapel.compression.channels import Channels, find_channels
from lapel.compression.choice import Chooser, Scope
from lapel.compression.cutting import count_macs, count_weights, cut
from lapel.ir import Graph, Instance
from lapel.ir.op import well_formed
from lapel.ops import evaluate_node, registry
from lapel.quantization import dequantized

NETWORKS: dict[str, dict[str, Any]] = {
    "lenet5": {"input": (16, 16, 1)},
    "dscnn": {"input": (12, 12, 1), "channels": 12, "blocks": 2, "kernel": (3, 3)},
    "mobilenet_v1": {"input": (12, 12, 1), "width": 0.12, "blocks": 4},
    "mobilenet_v2": {"input": (12, 12, 1), "width": 0.3, "stages": 3, "last": 32},
    "resnet8": {"input": (12, 12, 1), "channels": 4},
    "conv1d": {"input": (32, 2), "channels": (8, 8)},
    "autoencoder": {"input": (12,), "hidden": 16, "layers": 1, "code": 4},
    "bcresnet": {"input": (12, 12, 1), "stages": 2},
    "fastgrnn": {"input": (6, 3), "hidden": 12},
}
"""fastgrnn: its weights are shared by all steps, and a slice is each step's input."""


def zeroed(graph: Graph, channels: Channels, kept: np.ndarray, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Every tensor of the whole graph, those channels zero wherever they pass, and of that the elements that stay."""
    values = {name: t.data for name, t in graph.tensors.items() if t.data is not None} | given
    found = {}

    def passed(name: str, y: np.ndarray) -> np.ndarray:
        stays = kept[channels.numbers[name, max(0, y.ndim - 1)]]
        found[name] = y[..., stays] if y.ndim else y
        return np.where(stays, y, np.zeros_like(y)) if y.ndim else y

    values |= {name: passed(name, values[name]) for name in graph.inputs}
    for node in graph.nodes:
        made = evaluate_node(graph, node, values)
        values.update((name, passed(name, y)) for name, y in zip(node.outputs, made, strict=True))
    return found


def check_cut(graph: Graph, channels: Channels, kept: np.ndarray, seed: int) -> Graph:
    """The cut graph, whose every tensor is what is left of the whole one's."""
    after, given = cut(graph, channels, kept), draw_numbers(np.random.default_rng(seed), graph)
    want = zeroed(graph, channels, kept, given)
    values = {name: t.data for name, t in after.tensors.items() if t.data is not None}
    values |= {name: want[name] for name in graph.inputs}
    for node in after.nodes:
        made = evaluate_node(after, node, values)
        values.update(zip(node.outputs, made, strict=True))
        for name in node.outputs:
            assert difference(values[name], want[name]) <= TOLERANCE, name
    return after


def drop_some(channels: Channels, rng: np.random.Generator) -> np.ndarray:
    """bool [channels]: without some of those that can go; every tensor keeps one."""
    kept = channels.whole | (rng.random(len(channels.whole)) < 0.5)
    for number in channels.numbers.values():
        if not kept[number].any():
            kept[number[0]] = True
    return kept


@pytest.mark.parametrize("name", sorted(registry()))
def test_what_an_operator_says_of_its_channels(name: str) -> None:
    """Each case of it, as an inner node: what stays is what it was, whichever channels go."""
    for case in registry()[name].cases():
        for seed in range(3):
            graph = dequantized(case.draw(np.random.default_rng(seed)))
            if graph.carries or well_formed(registry()[name], graph.instance(graph.nodes[0])):
                continue  # what stands between numbers and integers has no float form
            channels = find_channels(replace(graph, inputs=(), outputs=()))
            kept = drop_some(channels, np.random.default_rng(seed))
            if not kept.all():
                check_cut(graph, channels, kept, seed)


def test_operators_that_lose_channels() -> None:
    """A question that is no longer answered would leave networks uncut, without an error."""
    found = set()
    for name, op in registry().items():
        for case in op.cases():
            graph = dequantized(case.draw(np.random.default_rng(1)))
            if not find_channels(replace(graph, inputs=(), outputs=())).whole.all():
                found.add(name)
    want = {"add", "avgpool", "bilinear", "concat", "conv", "dense", "depthwise", "div", "gather", "hardswish",
            "maxpool", "mean", "mul", "nearest", "pad", "prelu", "relu", "reshape", "slice", "split", "sub", "tconv",
            "tanh"}  # fmt: skip
    assert want <= found
    assert not found & {"softmax", "argmax", "transpose", "l2norm", "batchmatmul"}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_cut_network_is_the_whole_one_with_zeros(name: str) -> None:
    graph = zoo.make(name, outputs=3, seed=1, **NETWORKS[name])
    channels = find_channels(graph)
    for seed in range(2):
        kept = drop_some(channels, np.random.default_rng(seed))
        after = check_cut(graph, channels, kept, seed)
        assert count_macs(after) < count_macs(graph) and count_weights(after) < count_weights(graph)
        for port in (*graph.inputs, *graph.outputs):
            assert after.tensors[port].type == graph.tensors[port].type


@pytest.mark.parametrize(
    ("model", "layers"), [("mlperf-tiny/ic_float.tflite", 6), ("mlperf-tiny/vww_float.tflite", 14)]
)
def test_imported_networks(shared: Path, model: str, layers: int) -> None:
    graph = lapel.load(shared / "models" / model)
    channels = find_channels(graph)
    assert len(channels.layers) == layers
    check_cut(graph, channels, drop_some(channels, np.random.default_rng(0)), 0)


def branches(seed: int = 0) -> Graph:
    """A concatenation of three, cut into two again, one of them added to what a fourth makes; then flattened."""
    rng, b = np.random.default_rng(seed), GraphBuilder("branches")

    def conv(x: Any, o: int, name: str) -> Any:
        w = b.constant(f"{name}/w", rng.normal(size=(o, 1, 1, x.type.shape[3])).astype(np.float32))
        window = {"stride": (1, 1), "dilation": (1, 1), "pad": (0, 0, 0, 0)}
        return b.node("conv", x, w, name=name, activation="relu", **window)

    x = b.input("x", (1, 3, 2, 2))
    joined = b.node("concat", conv(x, 4, "a"), x, conv(x, 6, "b"), axis=3)
    first, second = b.split("split", joined, axis=3, sizes=(3, 9))
    y = b.node("add", second, conv(first, 9, "c"), activation="none")
    w = b.constant("w", rng.normal(size=(2, 54)).astype(np.float32))
    return b.graph(b.node("dense", b.node("reshape", y, shape=(1, 54)), w, activation="none", keep_dims=False))


def test_branches_are_followed_channel_by_channel() -> None:
    graph = branches()
    channels = find_channels(graph)
    a, b, c = (channels.made(m) for m in channels.makers[:3])
    assert [m.node for m in channels.makers] == ["a", "b", "c", "dense"]
    assert c[0] == a[3] and c[3:].tolist() == b.tolist() and not set(c) & set(a[:3])
    assert channels.whole[c[1:3]].all() and not channels.whole[a].any()  # the sum has the input's two
    assert len(channels.layers) == 1  # what is added ties all of a to b
    for seed in range(4):
        check_cut(graph, channels, drop_some(channels, np.random.default_rng(seed)), seed)
    kept = np.ones(len(channels.whole), bool)
    kept[[a[0], b[2]]] = False
    after = cut(graph, channels, kept)
    sizes = next(after.instance(n) for n in after.nodes if n.op == "split").attrs["sizes"]
    assert sizes == (2, 8) and after.tensors["w"].type.shape == (2, 48)


class Blind:
    """An operator that says nothing of its channels."""

    def together(self, inst: Instance) -> tuple[()]:
        return ()

    def __init__(self, op: Any) -> None:
        self.filters, self.emits = op.filters, op.emits


def test_what_is_not_understood_stays_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = zoo.make("dscnn", outputs=3, seed=1, **NETWORKS["dscnn"])
    assert len(find_channels(graph).layers) == 3
    blind = {**registry(), "depthwise": Blind(registry()["depthwise"])}
    monkeypatch.setattr("lapel.compression.channels.registry", lambda: blind)
    assert len(find_channels(graph).layers) == 1  # between the last depthwise convolution and the scores


def test_a_tensor_of_one_channel_keeps_it() -> None:
    """A slice of one channel out of four: that one stays, however little it matters."""
    rng, b = np.random.default_rng(0), GraphBuilder("slice")
    x = b.input("x", (1, 3))

    def dense(x: Any, outputs: int) -> Any:
        w = b.constant("w", rng.normal(size=(outputs, x.type.shape[1])).astype(np.float32))
        return b.node("dense", x, w, activation="relu", keep_dims=False)

    y = dense(x, 4)
    one = b.node("slice", y, begin=(0, 1), step=(1, 1), count=(1, 1), shape=(1, 1))
    outs = dense(y, 2), dense(one, 2)
    graph = b.graph(*outs)
    channels = find_channels(graph)
    (layer,) = channels.layers
    importance = np.where(channels.whole, np.inf, 1.0)
    importance[layer[1]] = 0.0
    scopes: tuple[Scope, ...] = ("layer", "global")
    for scope in scopes:
        kept = Chooser(graph, channels, importance, 1).within("macs", count_macs(graph) - 8, scope)
        assert kept[layer].sum() == 2 and kept[layer[1]]
        check_cut(graph, channels, kept, 0)

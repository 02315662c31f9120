"""Constant and dead channels: removed where that is exact, left alone elsewhere, and never a bit of difference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

import lapel
from lapel.families.weights import finish
from lapel.ir import Call, Graph, Instance, Node, Quant, Tensor, Type
from lapel.ops import evaluate, verify
from lapel.ops.conv import Conv
from lapel.planning import make_plan
from lapel.planning.rewrites.channels import remove_channels
from lapel.proving.samples import draw
from lapel.targets import load_target
from nets import Q
from planted import NO_PAD, PAD, ZERO, Pad, Planted, W, planted
from planted import check_removal as check


def channels(graph: Graph) -> list[int]:
    """Last dimension of each node's output."""
    return [graph.tensors[n.outputs[0]].type.shape[-1] for n in graph.nodes]


def head(net: Planted, x: str) -> str:
    """A last layer, 1x1, that reads every channel."""
    return net.convolve(x, net.weights(3, 1, 1, net.shape(x)[3]))


def bias_of(graph: Graph, k: int) -> list[int]:
    b = graph.instance(graph.nodes[k]).const(2)
    return [] if b is None else b.tolist()


@pytest.mark.parametrize("axis", [None, 0])
@pytest.mark.parametrize("bias", [None, (4, 5, -6, 7, 0)])
def test_zero_filters_go_into_the_next_bias(axis: int | None, bias: Sequence[int] | None) -> None:
    net = Planted("g", (1, 5, 4, 3))
    a = net.convolve("x", planted(net.weights(5, 3, 3, 3), (0, 2)), bias, PAD, axis)
    w = net.weights(3, 1, 1, 5)
    after = check(net.graph(net.convolve(a, w)))
    assert channels(after) == [3, 3]
    assert after.tensors[a].kept == (1, 3, 4)
    x = evaluate(net.graph(a), {"x": np.zeros((1, 5, 4, 3), np.int8)})[a][0, 0, 0].astype(int)
    moved = w[:, 0, 0, 0] * (x[0] - ZERO) + w[:, 0, 0, 2] * (x[2] - ZERO)
    assert bias_of(after, 1) == ([] if bias is None else moved.tolist())


@pytest.mark.parametrize(("value", "pad", "removed"), [(0, PAD, True), (5, PAD, False), (5, NO_PAD, True)])
def test_a_padded_window_takes_only_the_zero_point(value: int, pad: Pad, removed: bool) -> None:
    """A constant other than the zero point is seen in part at the border, so no bias can stand for it."""
    net = Planted("g", (1, 5, 5, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), (1,)), (1, value, 2, 3))
    after = check(net.graph(net.convolve(a, net.weights(3, 3, 3, 4), (1, 2, 3), pad)))
    assert channels(after) == [3 if removed else 4, 3]


@pytest.mark.parametrize(("kernel", "pad", "left"), [(3, NO_PAD, 3), (3, (0, 1, 0, 1), 4), (2, (0, 1, 0, 1), 3)])
def test_padding_that_no_window_reaches_is_none(kernel: int, pad: Pad, left: int) -> None:
    net = Planted("g", (1, 6, 6, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), (1,)), (1, 9, 2, 3))
    w = net.constant(net.weights(3, kernel, kernel, 4), W)
    out = (6 + pad[1] - kernel) // 2 + 1
    attrs = {"stride": (2, 2), "dilation": (1, 1), "activation": "none", "rounding": "double"}
    y = net.node("conv", (a, w, ""), (1, out, out, 3), pad=pad, **attrs)
    assert channels(check(net.graph(y)))[0] == left


@pytest.mark.parametrize(("value", "left"), [(0, 3), (5, 4)])
def test_a_depthwise_channel_of_a_constant(value: int, left: int) -> None:
    """Padded, it is constant only if it takes in the zero point; else it varies along the border and stays."""
    net = Planted("g", (1, 5, 5, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), (1,)), (1, value, 2, 3))
    d = net.depthwise(a, net.weights(1, 3, 3, 4), (1, 2, 3, 4), PAD)
    assert channels(check(net.graph(head(net, d)))) == [left, left, 3]


@pytest.mark.parametrize("axis", [None, 3])
def test_a_zero_depthwise_filter_kills_the_filter_that_feeds_it(axis: int | None) -> None:
    net = Planted("g", (1, 5, 5, 2))
    a = net.convolve("x", net.weights(4, 1, 1, 2), (1, 2, 3, 4))
    d = net.depthwise(a, planted(net.weights(1, 3, 3, 4), (2, 3), 3), (1, 2, 3, 4), PAD, axis)
    after = check(net.graph(head(net, d)))
    assert channels(after) == [2, 2, 3]
    assert after.tensors[a].kept == after.tensors[d].kept == (0, 1)


def test_a_depthwise_convolution_of_one_channel_loses_filters() -> None:
    net = Planted("g", (1, 5, 5, 1))
    d = net.depthwise("x", planted(net.weights(1, 3, 3, 5), (0, 3), 3), (1, 2, 3, 4, 5), PAD, 3)
    after = check(net.graph(head(net, d)))
    assert channels(after) == [3, 3]
    assert after.tensors["x"].kept is None


def test_a_channel_multiplier_stops_the_removal() -> None:
    net = Planted("g", (1, 5, 5, 2))
    a = net.convolve("x", planted(net.weights(2, 1, 1, 2), (0,)))
    d = net.depthwise(a, planted(net.weights(1, 3, 3, 4), (0, 1), 3))
    assert channels(check(net.graph(head(net, d)))) == [2, 4, 3]


def test_a_grouped_convolution_stops_the_removal() -> None:
    net = Planted("g", (1, 5, 5, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), (0,)))
    g = net.convolve(a, planted(net.weights(4, 1, 1, 2), (1,)))
    assert channels(check(net.graph(head(net, g)))) == [4, 4, 3]


def test_what_nobody_reads_is_removed_back_to_the_input() -> None:
    net = Planted("g", (1, 5, 5, 2))
    a = net.convolve("x", net.weights(4, 3, 3, 2), (1, 2, 3, 4), PAD)
    b = net.convolve(a, planted(net.weights(5, 3, 3, 4), (1,), 3), (1, 2, 3, 4, 5), PAD)
    c = net.convolve(b, planted(net.weights(3, 3, 3, 5), (0, 4), 3), (1, 2, 3), PAD)
    after = check(net.graph(c))
    assert channels(after) == [3, 3, 3]
    assert after.tensors[a].kept == (0, 2, 3) and after.tensors[b].kept == (1, 2, 3)


def test_a_dead_filter_no_longer_reads() -> None:
    """Channel 1 of a is read by filter 0 of b alone, and that by nobody."""
    net = Planted("g", (1, 3, 3, 2))
    a = net.convolve("x", net.weights(3, 1, 1, 2))
    w = planted(net.weights(3, 1, 1, 3), (1,), 3)
    w[0, 0, 0, 1] = 7
    b = net.convolve(a, w)
    after = check(net.graph(net.convolve(b, planted(net.weights(2, 1, 1, 3), (0,), 3))))
    assert channels(after) == [2, 2, 2]


@pytest.mark.parametrize("op", ["avgpool", "maxpool", "mean", "relu", "logistic", "reshape", "pad", "nearest"])
def test_operators_that_keep_channels_apart_are_seen_through(op: str) -> None:
    net = Planted("g", (1, 4, 4, 2))
    a = net.convolve("x", planted(net.weights(6, 1, 1, 2), (0, 4)), (9, 2, 3, 4, 0, 5))
    if op == "mean":
        b = net.reshape(net.mean(a), (1, 1, 1, 6))
    elif op == "relu":
        b = net.relu(a)
    elif op == "logistic":
        b = net.node("logistic", (a,), net.shape(a), Quant((1 / 256,), (-128,)))
    elif op == "reshape":
        b = net.reshape(a, (1, 2, 8, 6))
    elif op == "nearest":
        b = net.node("nearest", (a,), (1, 8, 8, 6), size=(8, 8), align_corners=False, half_pixel=False)
    elif op == "pad":
        b = net.node("pad", (a,), (1, 6, 4, 6), before=(0, 1, 0, 0), after=(0, 1, 0, 0), value=ZERO)
    else:
        b = net.pool(op, a)
    after = check(net.graph(head(net, b)))
    # A pad makes a border of channel 0, whose constant is not the value that it pads with.
    assert set(channels(after)[:-1]) == {5 if op == "pad" else 4}


@pytest.mark.parametrize("op", ["avgpool", "maxpool"])
def test_padding_of_a_pool_does_not_take_part(op: str) -> None:
    net = Planted("g", (1, 4, 4, 2))
    a = net.convolve("x", planted(net.weights(3, 1, 1, 2), (0,)), (-40, 1, 2))
    after = check(net.graph(head(net, net.pool(op, a, 3, PAD))))
    assert channels(after) == [2, 2, 3]


def test_windows_outside_the_image_make_a_border() -> None:
    net = Planted("g", (1, 4, 4, 2))
    a = net.convolve("x", planted(net.weights(3, 1, 1, 2), (0,)), (-40, 1, 2))
    after = check(net.graph(head(net, net.pool("maxpool", a, 2, (2, 2, 2, 2)))))
    assert channels(after) == [3, 3, 3]


@pytest.mark.parametrize("op", ["add", "sub", "mul"])
@pytest.mark.parametrize(("left", "right", "stay"), [((1,), (1, 2), 3), ((0,), (1,), 4), ((3,), (3,), 3)])
def test_an_elementwise_channel_is_constant_if_both_are(
    op: str, left: Sequence[int], right: Sequence[int], stay: int
) -> None:
    net = Planted("g", (1, 4, 4, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), left), (1, 2, 3, 4))
    b = net.convolve("x", planted(net.weights(4, 1, 1, 2), right), (5, 6, 7, 8))
    assert channels(check(net.graph(head(net, net.two(op, a, b))))) == [stay, stay, stay, 3]


def test_constant_operands_are_cut() -> None:
    net = Planted("g", (1, 4, 4, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), (1, 2)), (1, 2, 3, 4))
    b = net.two("add", a, net.constant(np.array([5, 6, 7, 8], np.int8), Q))
    c = net.two("mul", b, net.constant(np.array([[[[9]]]], np.int8), Q))
    after = check(net.graph(head(net, c)))
    assert channels(after) == [2, 2, 2, 3]
    assert after.tensors[net.nodes[1].inputs[1]].data.tolist() == [5, 8]  # type: ignore[union-attr]


def test_an_image_that_is_added_makes_channels_vary() -> None:
    net = Planted("g", (1, 4, 4, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), (1, 2)), (1, 2, 3, 4))
    image = net.constant(net.rng.integers(-9, 9, (1, 4, 4, 4), np.int8), Q)
    d = net.two("sub", a, image)
    after = check(net.graph(net.convolve(d, planted(net.weights(3, 1, 1, 4), (1,), 3))))
    assert channels(after) == [3, 3, 3]
    assert after.tensors[image].type.shape == (1, 4, 4, 3) and after.tensors[image].kept == (0, 2, 3)


@pytest.mark.parametrize("target", ["cortex-m4", "atmega328p"])
def test_cut_constants_are_compared_where_they_are_loaded(target: str) -> None:
    net = Planted("g", (1, 2, 2, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), (1, 2)), (1, 2, 3, 4))
    b = net.two("add", a, net.constant(np.array([5, 6, 7, 8], np.int8), Q))
    result = lapel.diff(net.graph(head(net, b)), target)
    assert result.equal and result.tensors == (4 if target == "atmega328p" else 3)


def test_one_pixel_of_scale_for_each_channel() -> None:
    """Squeeze and excitation: the image and its [1, 1, 1, C] factors lose the same channels."""
    net = Planted("g", (1, 4, 4, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), (3,)), (1, 2, 3, 0))
    s = net.reshape(net.mean(a), (1, 1, 1, 4))
    m = net.two("mul", a, net.convolve(s, planted(net.weights(4, 1, 1, 4), (3,))))
    assert channels(check(net.graph(head(net, m)))) == [3, 3, 3, 3, 3, 3]


@pytest.mark.parametrize("shape", [(1, 48), (1, 1, 1, 48), (3, 16), (48,)])
def test_columns_of_a_dense_layer_go_with_their_channels(shape: tuple[int, ...]) -> None:
    net = Planted("g", (1, 3, 4, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), (2,)), (1, 2, 30, 4))
    f = net.reshape(a, shape)
    after = check(net.graph(net.full(f, net.weights(5, shape[-1]), (1, 2, 3, 4, 5))))
    assert channels(after) == [3, shape[-1] * 3 // 4, 5]


def test_a_dense_layer_whose_rows_are_no_whole_pixels() -> None:
    net = Planted("g", (1, 3, 2, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), (2,)), (1, 2, 3, 4))
    b = net.full(a, planted(net.weights(5, 6), (1, 5), 1), (1, 2, 3, 4, 5))
    assert channels(check(net.graph(b))) == [4, 5]


def test_a_chain_of_dense_layers() -> None:
    net = Planted("g", (1, 6))
    a = net.full("x", planted(net.weights(5, 6), (0,)), (7, 0, 0, 0, 0), 0)
    b = net.full(a, planted(net.weights(4, 5), (3,), 1), None, 0)
    c = net.full(b, planted(net.weights(3, 4), (1,), 1))
    after = check(net.graph(c))
    assert channels(after) == [3, 3, 3]
    assert after.nodes[1].inputs[2] in after.tensors, "a bias was made for the constant"


def test_dense_scales_stay_several() -> None:
    """With one scale a dense layer computes its multiplier otherwise; two filters keep it as it was."""
    net = Planted("g", (1, 6))
    a = net.full("x", planted(net.weights(5, 6), (0, 1, 3, 4)), (7, 1, 2, 3, 4), 0)
    after = check(net.graph(net.full(a, net.weights(3, 5))))
    assert channels(after) == [2, 3]
    one = Planted("g", (1, 6))
    a = one.full("x", planted(one.weights(5, 6), (0, 1, 3, 4)), (7, 1, 2, 3, 4))
    assert channels(check(one.graph(one.full(a, one.weights(3, 5))))) == [1, 3]


def test_an_unflattened_dense_layer() -> None:
    """Channel 1 of the image is outputs 1, 4, 7 and 10 of the layer, and constant only if all have one value."""
    for zero, bias, stay in (((1, 4, 7, 10), 5, 2), ((1, 4, 7), 5, 3), ((1, 4, 7, 10), 6, 3)):
        net = Planted("g", (1, 6))
        biases = [3] * 12
        biases[4] = bias
        biases[1] = biases[7] = biases[10] = 5
        r = net.reshape(net.full("x", planted(net.weights(12, 6), zero), biases), (1, 2, 2, 3))
        assert channels(check(net.graph(head(net, r)))) == [stay * 4, stay, 3]


def test_two_consumers_must_agree() -> None:
    net = Planted("g", (1, 5, 5, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), (1, 2)), (1, 5, 0, 3))
    p = net.convolve(a, net.weights(3, 3, 3, 4), None, PAD)
    q = net.convolve(a, net.weights(3, 1, 1, 4))
    after = check(net.graph(p, q))
    assert channels(after) == [3, 3, 3] and after.tensors[a].kept == (0, 1, 3)


def test_a_channel_that_one_of_two_consumers_ignores() -> None:
    net = Planted("g", (1, 5, 5, 2))
    a = net.convolve("x", net.weights(4, 1, 1, 2))
    p = net.convolve(a, planted(net.weights(3, 1, 1, 4), (0, 1), 3))
    q = net.convolve(a, planted(net.weights(3, 1, 1, 4), (1, 2), 3))
    assert channels(check(net.graph(p, q))) == [3, 3, 3]


def test_a_depthwise_channel_stays_while_another_needs_its_input() -> None:
    net = Planted("g", (1, 5, 5, 2))
    a = net.convolve("x", net.weights(4, 1, 1, 2))
    d = net.depthwise(a, planted(net.weights(1, 3, 3, 4), (2, 3), 3), None, PAD)
    after = check(net.graph(head(net, d), net.convolve(a, planted(net.weights(3, 1, 1, 4), (3,), 3))))
    assert channels(after) == [3, 3, 3, 3]


def test_inputs_and_outputs_of_the_graph_stay() -> None:
    net = Planted("g", (1, 5, 5, 4))
    a = net.convolve("x", planted(planted(net.weights(4, 1, 1, 4), (1,)), (2,), 3))
    d = net.depthwise("x", planted(net.weights(1, 3, 3, 4), (0,), 3))
    assert check(graph := net.graph(a, d)) is graph
    assert check(graph := net.graph(net.relu(a), head(net, a))).outputs == graph.outputs


@pytest.mark.parametrize("op", ["transpose", "pad", "mean", "reshape"])
def test_an_operator_that_is_not_understood_stops_the_removal(op: str) -> None:
    """Among them a pad of channels, a mean over channels, and a tensor with a scale for each channel."""
    net = Planted("g", (1, 5, 4, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), (1,)))
    if op == "transpose":
        t = net.node("transpose", (a,), (1, 4, 5, 4), permutation=(0, 2, 1, 3))
    elif op == "pad":
        t = net.node("pad", (a,), (1, 5, 4, 6), before=(0, 0, 0, 1), after=(0, 0, 0, 1), value=ZERO)
    elif op == "mean":
        t = net.node("mean", (a,), (1, 5, 4), axes=(3,), keep_dims=False, rounding="double")
        t = net.reshape(t, (1, 1, 5, 4))
    else:
        t = net.node("reshape", (a,), (1, 20, 4), Quant((0.1, 0.2, 0.3, 0.4), (0,) * 4, 2), shape=(1, 20, 4))
        t = net.reshape(t, (1, 5, 4, 4))
    unread = range(1, net.shape(t)[3], 2)
    graph = net.graph(net.convolve(t, planted(net.weights(3, 1, 1, net.shape(t)[3]), unread, 3)))
    after, notes = remove_channels(graph)
    assert after is graph and notes == []


def test_one_channel_stays_where_all_are_constant() -> None:
    net = Planted("g", (1, 5, 5, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), range(4)), (1, 2, 3, 4))
    b = net.convolve(a, net.weights(5, 1, 1, 4))
    assert channels(check(net.graph(head(net, b)))) == [1, 1, 3]


def test_one_channel_stays_where_nothing_is_read() -> None:
    net = Planted("g", (1, 5, 5, 2))
    a = net.convolve("x", net.weights(4, 1, 1, 2), (1, 2, 3, 4))
    d = net.depthwise(a, net.weights(1, 3, 3, 4), None, PAD)
    b = net.convolve(d, np.zeros((3, 3, 3, 4), np.int8), (1, 2, 3), PAD)
    assert channels(check(net.graph(b))) == [1, 1, 3]


def test_one_channel_stays_of_constants_that_nothing_reads() -> None:
    net = Planted("g", (1, 4, 4, 2))
    c = net.constant(net.rng.integers(-9, 9, (1, 4, 4, 3), np.int8), Q)
    y = net.convolve(net.add(c, c), np.zeros((2, 1, 1, 3), np.int8), (1, 2))
    assert channels(check(net.graph(net.add("x", y)))) == [1, 2, 2]


def test_the_value_of_a_dense_constant_is_the_layers_own() -> None:
    """Its multiplier is a float32 product; this bias is one of the few that a float64 one would round otherwise."""
    net = Planted("g", (1, 6))
    a = net.full("x", planted(net.weights(2, 6), (1,)), (0, 0))
    y = net.full(a, np.ones((1, 2), np.int8))
    net.tensors[a] = Tensor(a, Type((1, 2), "int8", Quant((50.0,), (0,))))
    net.tensors[y] = Tensor(y, Type((1, 1), "int8", Quant((0.5,), (0,))))
    inst = net.graph(a).instance(net.nodes[0])
    every: np.ndarray = np.arange(9 * 10**6, 10**7, dtype=np.int64)
    both = np.stack([every, every], axis=1)
    differ = finish(inst, both, float32_product=True)[:, 1] != finish(inst, both)[:, 1]
    bias = inst.node.inputs[2]
    net.tensors[bias] = Tensor(bias, Type((2,), "int32"), np.array([0, every[differ][0]], np.int32))
    assert channels(check(net.graph(y))) == [1, 1]


def test_the_only_channel_stays() -> None:
    net = Planted("g", (1, 5, 5, 2))
    a = net.convolve("x", np.zeros((1, 1, 1, 2), np.int8), (5,))
    assert check(graph := net.graph(head(net, a))) is graph


def test_residual_paths_settle() -> None:
    net = Planted("g", (1, 4, 4, 2))
    trunk = net.convolve("x", planted(net.weights(6, 1, 1, 2), (4,)), (1, 2, 3, 4, 0, 6))
    for _ in range(6):
        inner = net.convolve(trunk, planted(net.weights(5, 3, 3, 6), (1,)), None, PAD)
        trunk = net.add(trunk, net.convolve(inner, planted(net.weights(6, 1, 1, 5), (4,))))
    after = check(net.graph(head(net, trunk)))
    assert set(channels(after)[0:-1:3]) == {5} and set(channels(after)[1:-1:3]) == {4}


@pytest.mark.parametrize(("blocks", "removed"), [(3, True), (20, False)])
def test_sweeps_are_bounded(blocks: int, removed: bool) -> None:
    """Each sweep finds out that one more channel of the residual path is read; too many, and all of them stay."""
    net, width = Planted("g", (1, 2, 2, 2)), blocks + 5
    trunk = net.convolve("x", net.weights(width, 1, 1, 2))
    for k in range(blocks):
        first, second = np.zeros((2, 1, 1, width), np.int8), np.zeros((width, 1, 1, 2), np.int8)
        first[1, 0, 0, k + 1] = second[k, 0, 0, 1] = 9
        inner = net.convolve(trunk, first)
        trunk = net.add(trunk, net.convolve(inner, second))
    last = np.zeros((1, 1, 1, width), np.int8)
    last[..., 0] = 1
    after = check(net.graph(net.convolve(trunk, last)))
    assert channels(after)[0] == (blocks + 1 if removed else width)
    assert after.tensors[inner].kept == ((1,) if removed else None)


def test_shared_weights_are_cut_for_each_reader() -> None:
    net = Planted("g", (1, 4, 4, 3))
    w, b = net.parts("x", planted(net.weights(3, 1, 1, 3), (1,)), (4, 5, 6), 0)
    attrs = {"stride": (1, 1), "dilation": (1, 1), "pad": NO_PAD, "activation": "none", "rounding": "double"}
    x = "x"
    for _ in range(3):
        x = net.node("conv", (x, w, b), (1, 4, 4, 3), **attrs)
    after = check(net.graph(x))
    assert channels(after) == [2, 2, 3]
    assert len({n.inputs[1] for n in after.nodes}) == 3


def test_a_new_bias_takes_no_name_that_is_in_use() -> None:
    net = Planted("g", (1, 4, 4, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), (1,)), (1, 5, 2, 3))
    b = net.convolve(a, net.weights(2, 1, 1, 4))
    taken = f"{net.nodes[-1].name}/bias"
    net.tensors[taken] = Tensor(taken, net.tensors["x"].type)
    net.nodes.append(Node("relu", "r", (b,), (taken,), {"activation": "relu"}))
    net.tensors[taken] = Tensor(taken, net.tensors[b].type)
    after = check(net.graph(taken))
    assert after.nodes[1].inputs[2] not in ("", taken)


def test_notes_count_what_was_removed() -> None:
    net = Planted("g", (1, 5, 5, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), (1,)))
    d = net.depthwise(a, net.weights(1, 3, 3, 4))
    graph = net.graph(net.full(net.reshape(head(net, d), (1, 27)), net.weights(2, 27)))
    _, notes = remove_channels(graph)
    assert [(n.subject, n.text) for n in notes] == [
        ("channel removal", "n0 loses 1 of 4 filters"),
        ("channel removal", "n1 loses 1 of 4 channels"),
        ("channel removal", "n2 loses 1 of 4 input channels"),
    ]
    assert "channel removal: n0 loses 1 of 4 filters" in str(make_plan(graph, load_target("host")))


def test_diff_compares_the_channels_that_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Planted("g", (1, 5, 5, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), (0, 2)))
    graph = net.graph(head(net, a))
    result = lapel.diff(graph, "host")
    assert result.equal and result.tensors == 2
    lower = Conv.lower

    def faulty(self: Conv, inst: Instance) -> tuple[Call, ...]:
        (call,) = lower(self, inst)
        bias = np.array(call.params["bias"])
        bias[1] += 1000
        return (type(call)(call.kernel, call.outputs, call.inputs, {**call.params, "bias": bias}),)

    monkeypatch.setattr(Conv, "lower", faulty)
    (wrong,) = lapel.diff(graph, "host").differences
    assert (wrong.tensor, wrong.index, wrong.size) == (a, (0, 0, 0, 1), 50)
    x = draw(graph, 1)["x"][0]
    assert wrong.expected == evaluate(graph, {"x": x})[a][0, 0, 0, 3]


def test_channels_that_are_left_are_those_of_the_import() -> None:
    net = Planted("g", (1, 5, 5, 2))
    a = net.convolve("x", planted(net.weights(4, 1, 1, 2), (0, 2)))
    net.tensors[a] = Tensor(a, net.tensors[a].type, None, (1, 4, 5, 7))
    after, _ = remove_channels(net.graph(head(net, a)))
    assert after.tensors[a].kept == (4, 7)


def test_verify_counts_kept_channels() -> None:
    net = Planted("g", (1, 4))
    t = net.relu("x")
    net.tensors[t] = Tensor(t, net.tensors[t].type, None, (0, 1))
    with pytest.raises(lapel.errors.InvalidGraph, match=r"keeps 2 channels, expected the last dimension of \(1, 4\)"):
        verify(net.graph(t))

"""Streams of drawn networks: every tensor is that of the network over windows, nothing is computed twice."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pytest

from lapel.errors import Mismatch, UnsupportedModel, UsageError
from lapel.ir import Graph
from lapel.ops import evaluate, evaluate_sequence, registry
from lapel.proving.samples import draw as draw_samples
from lapel.proving.samples import each
from lapel.proving.streaming import compare
from lapel.rewrites.streaming import Streamed, stream
from statenets import NETS
from timenets import ENDS, TimeNet, draw, draw_causal, image

DRAWS = 4


def rng_of(*words: object) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(repr(words).encode()))


def proven(made: Streamed, graph: Graph, steps: int = 0) -> int:
    """Values compared, of a random stream that has some windows behind its warm-up."""
    longest = max(made.warmup(y) for y in graph.results)
    count = steps or max(longest, -(-made.window // made.frames)) + 4
    return compare(made, graph, draw_samples(made.graph, count))[1]


@pytest.mark.parametrize("end", ENDS)
def test_every_tensor_is_that_of_the_window(end: str) -> None:
    for k in range(DRAWS):
        drawn = draw(rng_of(end, k), end)
        made = stream(drawn.graph, axis=drawn.axis)
        if k % 2 and 2 * made.frames <= made.window:
            made = stream(drawn.graph, 2 * made.frames, drawn.axis)
        assert proven(made, drawn.graph) > 0, str(drawn.graph)


@pytest.mark.parametrize("end", ENDS)
def test_results_begin_right_behind_the_warm_up(end: str) -> None:
    """The first one of a window is its result; what is said of the warm-up is not one step too long."""
    for k in range(2):
        drawn = draw(rng_of(end, "warm", k), end)
        made = stream(drawn.graph, axis=drawn.axis)
        steps = max(made.warmup(y) for y in drawn.graph.results) + -(-made.window // made.frames)
        samples = draw_samples(made.graph, steps)
        found = list(evaluate_sequence(made.graph, each(samples)))
        (x,) = samples.values()
        sequence = np.concatenate(list(x), axis=1)
        want = evaluate(drawn.graph, {"x": sequence[:, : made.window]})
        for y in drawn.graph.results:
            warm = made.warmup(y)
            pace = made.analysis.paces.get(y)
            if pace is None:
                assert (warm + 1) * made.frames >= made.analysis.back > warm * made.frames
                assert (found[warm][y] == want[y]).all()
                continue
            new, first = made.frames // pace.stride, warm * (made.frames // pace.stride) - pace.lag
            assert 0 <= first < new
            assert (found[warm][y].take(0, pace.axis) == want[y].take(first, pace.axis)).all()


def test_each_layer_does_its_share() -> None:
    """MACs of a step are those of a window by its frames, for each layer whose output has an axis of time."""
    for k in range(DRAWS):
        drawn = draw(rng_of("shares", k), "flattened")
        made = stream(drawn.graph, axis=drawn.axis)
        nodes = {n.name: n for n in made.graph.nodes}
        for node in made.batch.nodes:
            macs = registry()[node.op].macs
            step, window = macs(made.graph.instance(nodes[node.name])), macs(made.batch.instance(node))
            pace = made.analysis.paces.get(node.outputs[0])
            share = 1.0 if pace is None else made.frames / pace.stride / pace.size
            assert step == pytest.approx(window * share)


@pytest.mark.parametrize("end", ["every_frame", "flattened", "averaged"])
def test_causal_networks_are_exact_from_a_reset_on(end: str) -> None:
    for k in range(DRAWS):
        drawn = draw_causal(rng_of(end, "causal", k), end)
        made = stream(drawn.graph, axis=drawn.axis)
        assert made.analysis.causal
        assert proven(made, drawn.graph, made.window // made.frames) > 0
        if end == "every_frame":
            assert made.warmup(drawn.graph.results[0]) == 0


@pytest.mark.parametrize("axis", [1, 2])
def test_images_of_time_and_bands(axis: int) -> None:
    """Kernels over both, padded along the bands alone; time first, or behind the bands."""
    net = TimeNet(np.random.default_rng(0), (1, *((20, 7) if axis == 1 else (7, 20)), 1), axis)
    pad = (0, 0, 1, 1) if axis == 1 else (1, 1, 0, 0)
    window = {"dilation": (1, 1), "pad": pad, "activation": "relu", "rounding": "double"}
    x = net.add("conv", "x", net.constant((3, 3, 3, 1)), "", stride=(2, 2), **window)
    x = net.add("depthwise", x, net.constant((1, 3, 3, 3)), "", stride=(1, 1), **window)
    made = stream(net.graph(*ENDS["averaged"](net, x)), axis=axis)
    assert made.frames == 2 and proven(made, made.batch) > 0
    assert made.graph.tensors["x"].type.shape == ((1, 2, 7, 1) if axis == 1 else (1, 7, 2, 1))


def test_one_ring_for_all_readers() -> None:
    """Layers of unlike extents that read one tensor share a ring buffer as long as the longest needs."""
    net = TimeNet(np.random.default_rng(0), (1, 20, 3))
    x = image(net, 20, 3)
    a, b = net.conv(x, 2, 5), net.conv(x, 2, 3)
    made = stream(net.graph(net.add("add", a, net.crop(b, 2, 16), activation="none")))
    assert len(made.graph.carries) == 1 and made.graph.state_bytes == 4 * 3
    assert proven(made, made.batch) > 0


def test_a_flat_input_is_cut_into_frames() -> None:
    """[1, frames * bands] as microphones' features are often given: a step takes whole frames of it."""
    net = TimeNet(np.random.default_rng(0), (1, 20 * 4))
    x = net.conv(net.reshape("x", (1, 20, 1, 4)), 3, 3, stride=2)
    made = stream(net.graph(*ENDS["flattened"](net, x)))
    assert made.frames == 8 and made.graph.tensors["x"].type.shape == (1, 8)
    assert proven(made, made.batch) > 0


def test_a_fault_is_found() -> None:
    net = TimeNet(np.random.default_rng(0), (1, 12, 3))
    graph = net.graph(*ENDS["flattened"](net, net.conv(image(net, 12, 3), 3, 3)))
    made = stream(graph)
    nodes = tuple(
        replace(n, attrs={**n.attrs, "activation": "none"}) if n.op == "conv" else n for n in made.graph.nodes
    )
    with pytest.raises(Mismatch, match="t3 of the stream differs from that of the network over windows: report"):
        proven(replace(made, graph=replace(made.graph, nodes=nodes)), graph)


def refusal(graph: Graph, frames: int | None = None, axis: int = 1) -> str:
    with pytest.raises((UsageError, UnsupportedModel)) as caught:
        stream(graph, frames, axis)
    return caught.value.message


def test_padding_in_time_is_refused_layer_by_layer() -> None:
    net = TimeNet(np.random.default_rng(0), (1, 12, 3))
    x = net.conv(image(net, 12, 3), 3, 3, before=1, after=1)
    x = net.pool("avgpool", net.depthwise(x, 4, before=3), 2, 2)
    said = refusal(net.graph(*every(net, x)))
    assert "net as a stream: 2 problems:" in said
    assert "conv conv_1: padded in time by 1 before the window and 1 behind it, where a stream has other frames" in said
    assert "depthwise depthwise_2: padded in time by 3 before the window and 0 behind it, where a stream has fr" in said
    assert said.endswith("or run it over whole windows as it is") and "train it with layers that are not padded" in said


def every(net: TimeNet, x: str) -> list[str]:
    return ENDS["every_frame"](net, x)


def test_a_pool_that_is_padded_has_no_value_to_begin_with() -> None:
    net = TimeNet(np.random.default_rng(0), (1, 12, 3))
    said = refusal(net.graph(*every(net, net.pool("maxpool", image(net, 12, 3), 3, 1, before=2))))
    assert "maxpool maxpool_1: padded in time by 2 before the window and 0 behind it, where a stream has other" in said


def test_work_behind_a_whole_window_is_refused() -> None:
    """Channels weighed by what is seen in all of the window: all later frames change at each step."""
    net = TimeNet(np.random.default_rng(0), (1, 12, 3))
    x = image(net, 12, 3)
    gate = net.add("mean", x, axes=(1, 2), keep_dims=True, rounding="double")
    y = net.add("mul", x, gate, activation="none")
    said = refusal(net.graph(*every(net, net.conv(y, 2, 3))))
    assert (
        "conv conv_3; dense dense_4: works on every frame of the window behind what depends on the window as a " in said
    )
    assert "would be computed again at every step" in said
    made = stream(net.graph(net.add("mean", y, axes=(1, 2), keep_dims=False, rounding="double")))
    assert proven(made, made.batch) > 0


def test_what_is_no_window_of_time_is_refused() -> None:
    net = TimeNet(np.random.default_rng(0), (1, 12, 3))
    graph = net.graph(*every(net, net.conv(image(net, 12, 3), 3, 3, stride=2)))
    assert refusal(graph, 3) == (
        "net: steps of 3 frames, expected a multiple of 2, which its strides in time are together"
    )
    assert refusal(graph, 0).startswith("net: steps of 0 frames, expected a multiple of 2")
    assert refusal(graph, 14).startswith("net: steps of 14 frames, expected at most the 12 of its window")
    said = "net: axis 0 of the input [1, 12, 3] is no time, expected one of 1 (12), 2 (3)"
    assert refusal(graph, axis=0) == said and "axis 3 of the input" in refusal(graph, axis=3)
    kept = NETS["ring"](np.random.default_rng(0))
    assert refusal(kept).startswith("ring has state: it takes what is new at each call as it is")
    state = replace(graph.tensors["x"], name="s")
    two = Graph("two", graph.nodes, {**graph.tensors, "s": state}, ("x", "s"), graph.outputs)
    assert refusal(two).startswith("two has 2 inputs, expected one over time")

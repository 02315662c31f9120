"""`streaming`: public networks as streams, over long ones, on a core, in TensorFlow Lite Micro, and refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import lapel
from cores import needs
from lapel.errors import UnsupportedModel, UsageError
from lapel.ir import Graph
from lapel.quantization import dequantized
from oracle import run_tflite_micro_sequence
from timenets import TimeNet, draw_causal, image

SWW = "models/mlperf-tiny/sww_int8.tflite"


def small() -> Graph:
    """12 frames of 3 bands, a convolution of stride 2, a mean over time."""
    net = TimeNet(np.random.default_rng(0), (1, 12, 3), name="small")
    x = net.conv(net.conv(image(net, 12, 3), 4, 3, stride=2), 4, 2)
    return net.graph(net.dense(net.add("mean", x, axes=(1, 2), keep_dims=False, rounding="double"), 3))


def features(frames: int, seed: int = 0) -> np.ndarray:
    """int8 [frames, 40]: louder and quieter bands that change slowly, as features of sounds do."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 12, (frames, 40)).cumsum(axis=0)
    return (np.abs((steps + 128) % 512 - 256) - 128).clip(-128, 127).astype(np.int8)


def test_the_public_streaming_wake_word(shared: Path) -> None:
    """Its layers are not padded: exact for every window, a 30th of each layer's rows at a step."""
    found = lapel.streaming(shared / SWW)
    assert (found.step_frames, found.window_frames, found.warmup_steps, found.lag_frames) == (1, 30, 29, 0)
    assert found.exact == "every window" and found.warnings == () and found.proven_windows == 6
    for layer in found.layers:
        assert layer.step_macs * layer.window_frames_out == layer.window_macs * layer.step_frames_out
    assert (found.step_macs, found.window_macs) == (46_040, 826_368)
    assert found.ring_bytes == found.graph.state_bytes == 80 + 512 + 1152 + 1792
    assert str(found).startswith("<Streaming sww_int8: 1 of 30 frames a step, warm-up 29 steps, 46,040 of 826,368 MACs")


def test_a_long_stream_is_what_windows_say(shared: Path) -> None:
    """Firmware of both networks: 1,000 frames one after the other, and every window of 30 of them."""
    found = lapel.streaming(shared / SWW)
    x = features(1000)[:, None]
    windows = lapel.hosted(shared / SWW)(np.moveaxis(sliding_window_view(x, 30, 0), -1, 1))
    scores = lapel.hosted(found.graph)(x[:, None])
    assert len(windows) == len(scores) - found.warmup_steps
    assert (scores[found.warmup_steps :] == windows).all()
    assert len(np.unique(windows, axis=0)) > 20


def test_the_file_is_a_stream_in_tensorflow_lite_micro(shared: Path) -> None:
    graph = lapel.streaming(shared / SWW, 3).graph
    data = lapel.write_tflite(graph)
    again = lapel.load(data, name="again")
    assert again.state_bytes == graph.state_bytes
    x = features(60, seed=1).reshape(20, 1, 3, 1, 40)
    scores = lapel.predict(again, x, scores=True)
    micro = run_tflite_micro_sequence(data, [[frames] for frames in x])
    assert (np.stack([np.asarray(step[0]) for step in micro]) == lapel.hosted(graph)(x)).all()
    assert scores.shape == (20, 3)


@pytest.mark.parametrize(("model", "layers"), [("mlperf-tiny/kws_int8", 5), ("public/micro_speech_int8", 1)])
def test_networks_that_are_padded_in_time_are_refused(shared: Path, model: str, layers: int) -> None:
    with pytest.raises(UnsupportedModel, match=r"padded in time by 4 before the window and 5 behind it") as caught:
        lapel.streaming(shared / f"models/{model}.tflite")
    assert len(caught.value.problems) == layers
    assert "VALID" in caught.value.message


@pytest.mark.parametrize("model", ["okay_nabu", "vad"])
def test_streams_of_others_run_as_they_are(shared: Path, model: str) -> None:
    """They have their ring buffers: said, and their firmware is TensorFlow Lite Micro's over a sequence."""
    path = shared / f"models/public/{model}.tflite"
    with pytest.raises(UsageError, match=f"{model} has state: it takes what is new at each call as it is"):
        lapel.streaming(path)
    x = features(90).reshape(30, 1, 3, 40)
    micro = run_tflite_micro_sequence(path.read_bytes(), [[frames] for frames in x])
    assert (np.stack([np.asarray(step[0]) for step in micro]) == lapel.hosted(path)(x)).all()


@pytest.mark.parametrize("target", [pytest.param("cortex-m4", marks=needs("cortex-m4"))])
def test_a_call_of_both_is_measured(target: str) -> None:
    found = lapel.streaming(small(), target=target)
    assert (found.target, found.step_frames, found.stride_frames, found.window_frames) == (target, 2, 2, 12)
    assert found.step is not None and found.window is not None
    assert found.step.instructions and found.window.instructions
    assert found.step.instructions < found.window.instructions
    assert found.step.memory.state_bytes == found.ring_bytes > 0 == found.window.memory.state_bytes
    assert found.window_reads == ("mean_3", "dense_4")
    assert lapel.diff(found.graph, target).equal


def test_results_may_be_late_or_early() -> None:
    """Steps of two frames end behind the last one of a window of 15; what no layer reads is not waited for."""
    net = TimeNet(np.random.default_rng(0), (1, 15, 3), name="late")
    x = net.conv(image(net, 15, 3), 4, 3, stride=2)
    late = lapel.streaming(net.graph(net.dense(net.reshape(x, (1, net.tensors[x].type.size)), 2)))
    assert (late.stride_frames, late.lag_frames, late.warmup_steps) == (2, -1, 7)
    net = TimeNet(np.random.default_rng(0), (1, 15, 3), name="early")
    x = net.conv(net.crop(image(net, 15, 3), 0, 10), 4, 3)
    early = lapel.streaming(net.graph(net.dense(net.reshape(x, (1, net.tensors[x].type.size)), 2)))
    assert (early.stride_frames, early.lag_frames, early.warmup_steps) == (1, 5, 9)


def test_a_float_network_stays_one() -> None:
    """It is trained and quantized as it is: its layers are not those of a device."""
    graph = lapel.streaming(dequantized(small())).graph
    assert {n.op for n in graph.nodes} >= {"conv", "dense"} and graph.tensors["x"].type.dtype == "float32"


def test_a_causal_network_says_where_it_is_exact() -> None:
    drawn = draw_causal(np.random.default_rng(3), "flattened")
    found = lapel.streaming(drawn.graph)
    assert found.exact == "from a reset"
    (said,) = found.warnings
    assert "padded before the first frame: results are those of the network from a reset on" in said
    assert "warning: " in repr(found)

"""`hosted`: the firmware in this process says what the reference says, with states, threads and overlapping samples."""

from __future__ import annotations

import importlib
import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import lapel
from lapel.errors import InputError, MissingTool, SimulationError, UsageError
from lapel.ir import Graph
from lapel.planning.streams import streamed_inputs
from lapel.proving.run import reference_outputs
from lapel.proving.samples import draw
from lapel.simulate.library import load_private
from lapel.wish import Wish
from nets import Net
from statenets import NETS

MODELS = ("public/okay_nabu", "public/rnnoise_int8", "public/keyword_scrambled_int8", "public/ecg_autoencoder_float")


def small() -> Graph:
    net = Net("small", (1, 6, 6, 2), seed=5)
    c = net.conv("x", 3)
    return net.graph(net.dense(net.reshape(c, (1, 48)), 10), c)


def counter(seed: int = 1) -> Graph:
    return NETS["counter"](np.random.default_rng(seed))


def as_tuple(outputs: np.ndarray | tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    return outputs if isinstance(outputs, tuple) else (outputs,)


def same(found: np.ndarray | tuple[np.ndarray, ...], want: dict[str, np.ndarray]) -> bool:
    return all((a == b).all() and a.dtype == b.dtype for a, b in zip(as_tuple(found), want.values(), strict=True))


@pytest.mark.parametrize("model", MODELS)
def test_public_models_are_the_reference(shared: Path, model: str) -> None:
    """Twelve consecutive calls, given at once, one by one, and as sequences of four."""
    function = lapel.hosted(shared / f"models/{model}.tflite")
    samples = draw(function.graph, 12)
    want = reference_outputs(function.graph, samples)
    assert same(function(*samples.values()), want)
    other = function.another()
    rows = [as_tuple(other(*(x[k] for x in samples.values()))) for k in range(12)]
    assert same(tuple(np.stack(y) for y in zip(*rows, strict=True)), want)
    if function.graph.carries:
        assert same(function(*samples.values(), reset_every=4), reference_outputs(function.graph, samples, 4))


@pytest.mark.parametrize("net", NETS)
def test_states_are_kept_until_a_reset(net: str) -> None:
    graph = NETS[net](np.random.default_rng(7))
    function = lapel.hosted(graph)
    samples = draw(function.graph, 9)
    want = reference_outputs(graph, samples)
    (x,) = samples.values()
    parts = [as_tuple(function(part)) for part in (x[:4], x[4:5], x[5:])]
    assert same(tuple(np.concatenate(y) for y in zip(*parts, strict=True)), want)
    function.reset()
    assert same(function(x), want)
    assert same(function(x, reset_every=3), reference_outputs(graph, samples, 3))


def test_shapes_of_outputs_follow_the_array() -> None:
    function = lapel.hosted(small())
    x = np.random.default_rng(0).integers(-128, 128, (5, 1, 6, 6, 2), np.int8)
    scores, image = function(x)
    assert scores.shape == (5, 1, 10) and image.shape == (5, 1, 4, 4, 3)
    rows, images = function(x[:, 0])
    assert rows.shape == (5, 10) and (rows == scores[:, 0]).all() and (images == image[:, 0]).all()
    one, _ = function(x[3])
    assert one.shape == (1, 10) and (one == scores[3]).all()
    nothing, _ = function(x[:0])
    assert nothing.shape == (0, 1, 10)


def test_overlapping_samples_are_read_where_they_lie() -> None:
    net = Net("windows", (1, 8))
    function = lapel.hosted(net.graph(net.dense("x", 3)))
    signal = np.random.default_rng(0).integers(-128, 128, 40, np.int8)
    windows = sliding_window_view(signal, 8)[::2]
    assert (function(windows) == function(windows.copy())).all()
    spread = np.repeat(windows, 2, axis=1)[:, ::2]
    assert not spread[0].flags.c_contiguous and (function(spread) == function(windows)).all()
    assert (function(windows[::-1]) == function(windows)[::-1]).all()


def test_floats_are_quantized_as_run_quantizes_them() -> None:
    graph = small()
    x = np.random.default_rng(0).normal(0, 2, (3, 1, 6, 6, 2)).astype(np.float32)
    want = lapel.run(graph, "host", x).outputs
    assert same(lapel.hosted(graph)(x), want)


def test_a_model_that_reads_its_input_in_bands() -> None:
    net = Net("image", (1, 24, 24, 4))
    t = net.conv(net.conv("x", 4, (1, 1, 1, 1)), 4, (1, 1, 1, 1))
    pooled = net.node("maxpool", (t,), (1, 6, 6, 4), kernel=(4, 4), stride=(4, 4), pad=(0,) * 4, activation="none")
    graph = net.graph(net.dense(net.reshape(pooled, (1, 144)), 4))
    assert streamed_inputs(lapel.plan(graph, "host", wish=Wish("ram")).graph)
    samples = draw(graph, 3)
    assert same(lapel.hosted(graph, wish=Wish("ram"))(*samples.values()), reference_outputs(graph, samples))


def test_instances_share_no_state_and_threads_may_call_them() -> None:
    """Each thread has a counter of its own, and all of them one in common, of which each call is one step."""
    function = lapel.hosted(counter())
    x = np.ones((2000, *function.graph.tensors[function.graph.arguments[0]].type.shape), np.int8)
    want = function.another()(x)
    found: list[np.ndarray] = []

    def work() -> None:
        own = function.another()
        for part in np.split(x, 20):
            function(part)
        found.append(own(x))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(found) == 4 and all((y == want).all() for y in found)
    together = function.another()
    together(np.concatenate([x] * 4))
    assert (together(x[0]) == function(x[0])).all()


def test_long_calls_are_parted(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that Ctrl-C is heard: sequences go on over the parts."""
    monkeypatch.setattr(importlib.import_module("lapel.proving.hosted"), "BLOCK_MACS", 1)
    graph = counter()
    samples = draw(graph, 12)
    function = lapel.hosted(graph)
    assert function._block == 1
    assert same(function(*samples.values(), reset_every=3), reference_outputs(graph, samples, 3))


def test_it_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lapel.hosted(counter())

    def refuse(*args: object) -> None:
        raise AssertionError("a compiler was started")

    monkeypatch.setattr("lapel.simulate.library.compile_all", refuse)
    lapel.hosted(counter())
    with pytest.raises(AssertionError, match="a compiler was started"):
        lapel.hosted(counter(2))


def test_without_a_compiler_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingTool, match=r"gcc is not installed.*sudo apt-get install gcc libc6-dev"):
        lapel.hosted(counter())


def test_what_does_not_fit_is_refused() -> None:
    function = lapel.hosted(small())
    x = np.zeros((3, 1, 6, 6, 2), np.int8)
    with pytest.raises(InputError, match=r"small: 2 arrays, expected 1: give one for each of x"):
        function(x, x)
    with pytest.raises(InputError, match=r"input 'x' has shape \[3, 6\], expected \[1, 6, 6, 2\] or \[N, 6, 6, 2\] or"):
        function(np.zeros((3, 6), np.int8))
    with pytest.raises(InputError, match="input 'x' is int16, expected int8 or float: convert it"):
        function(x.astype(np.int16))
    with pytest.raises(UsageError, match="small has no state, so that there is nothing to reset"):
        function(x, reset_every=1)
    with pytest.raises(UsageError, match="counter: sequences of 2 samples, expected a divisor of the 3 samples"):
        lapel.hosted(counter())(draw(counter(), 3)["x"], reset_every=2)
    net = Net("pair", (1, 4))
    other = net.node("relu", ("x",), (1, 4), activation="relu")
    graph = net.graph(net.add("x", other))
    two = Graph("pair", graph.nodes[1:], graph.tensors, ("x", other), graph.outputs)
    with pytest.raises(InputError, match=r"pair: inputs have different numbers of samples: \{'x': 2, 't1': 3\}"):
        lapel.hosted(two)(np.zeros((2, 4), np.int8), np.zeros((3, 4), np.int8))


def test_a_library_that_cannot_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "damaged.so").write_bytes(b"no library")
    with pytest.raises(SimulationError, match=r"damaged\.so cannot be loaded: .*: set TMPDIR to a folder whose files"):
        load_private(tmp_path / "damaged.so")

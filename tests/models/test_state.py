"""Models with state that others trained: sequences with a reset in the middle, equal to TFLite Micro's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lapel
from batch import draw_samples
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.ir import Graph
from lapel.ops import evaluate_sequence
from lapel.records import Run
from oracle import run_tflite_micro_sequence

MODELS = ("okay_nabu", "vad", "mnist_lstm_int8", "keyword_scrambled_int8")
CORES = ("host", "cortex-m0", "cortex-m4", "cortex-m55", "rv32imac")
STEPS, RESET_EVERY = 200, 100
FEW_STEPS, FEW_RESET_EVERY = 40, 20
"""As many as make sure that what is read of a ring buffer has been moved all the way through it."""
MOST_COPIES = 0.05
"""Of all instructions."""
COPIES = ("move", "slide", "place", "fill", "load")


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest, shared: Path) -> tuple[bytes, Graph]:
    path = shared / "models" / "public" / f"{request.param}.tflite"
    return path.read_bytes(), lapel.load(path)


def draw_steps(graph: Graph, count: int) -> list[dict[str, np.ndarray]]:
    samples = draw_samples(graph, np.random.default_rng(4), count)
    return [{name: x[k] for name, x in samples.items()} for k in range(count)]


def test_every_output_of_a_sequence_equals_tflite_micro(model: tuple[bytes, Graph]) -> None:
    data, graph = model
    steps = draw_steps(graph, STEPS)
    theirs = run_tflite_micro_sequence(data, [list(s.values()) for s in steps], RESET_EVERY)
    for k, values in enumerate(evaluate_sequence(graph, steps, RESET_EVERY)):
        for name, want in zip(graph.results, theirs[k], strict=True):
            assert (values[name] == want).all(), f"step {k}"


def check_on_core(data: bytes, graph: Graph, core: str, count: int, reset_every: int) -> Run:
    """Every output is TFLite Micro's."""
    samples = draw_samples(graph, np.random.default_rng(4), count)
    result = lapel.run(graph, core, samples, reset_every=reset_every)
    theirs = run_tflite_micro_sequence(data, [list(s.values()) for s in draw_steps(graph, count)], reset_every)
    for k, name in enumerate(graph.results):
        assert (result.outputs[name] == np.stack([outputs[k] for outputs in theirs])).all()
    assert result.bit_exact
    return result


@pytest.mark.parametrize("core", CORES)
def test_every_output_is_the_same_on_the_core(model: tuple[bytes, Graph], core: str) -> None:
    result = check_on_core(*model, core, FEW_STEPS, FEW_RESET_EVERY)
    assert "other" not in (result.cycle_model.by_class if result.cycle_model else {}), "the timing table has no row"


@pytest.mark.long
@pytest.mark.parametrize("core", CORES)
def test_every_output_of_200_steps_is_the_same_on_the_core(model: tuple[bytes, Graph], core: str) -> None:
    check_on_core(*model, core, STEPS, RESET_EVERY)


def test_a_recurrent_network_on_the_avr(shared: Path) -> None:
    """28 steps a call, where the second call goes on. Of the others neither state nor weights have room there."""
    path = shared / "models" / "public" / "mnist_lstm_int8.tflite"
    check_on_core(path.read_bytes(), lapel.load(path), "atmega328p", 4, 2)


@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m4"])
def test_every_tensor_is_the_same_on_the_core(model: tuple[bytes, Graph], core: str) -> None:
    _, graph = model
    found = lapel.diff(graph, core, draw_samples(graph, np.random.default_rng(7), 4), reset_every=2)
    assert found.equal, "\n".join(map(str, found.differences))


def test_a_state_model_is_written_and_read_again(model: tuple[bytes, Graph]) -> None:
    _, graph = model
    again = read_tflite(write_tflite(graph))
    assert (len(again.carries), again.state_bytes) == (len(graph.carries), graph.state_bytes)


@pytest.mark.measured
def test_copies_of_okay_nabu_on_the_cortex_m4(shared: Path) -> None:
    """Six ring buffers of 3,472 bytes are each moved once, in place."""
    result = lapel.run(shared / "models" / "public" / "okay_nabu.tflite", "cortex-m4")
    copying = [layer for layer in result.layers if layer.kernel.split("+")[0].startswith(COPIES)]
    moved = [layer for layer in copying if layer.op == "assign"]
    assert [layer.kernel for layer in moved] == ["slide_dsp"] * 6
    assert result.instructions is not None
    assert sum(layer.instructions or 0 for layer in copying) <= MOST_COPIES * result.instructions
    assert result.memory.state_bytes == 3472

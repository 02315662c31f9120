"""TFLite Micro's audio preprocessor: frames of speech and of anything, one after the other, and before its model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lapel
from lapel.audio.feeding import feed
from lapel.audio.files import read_sound
from lapel.frontends.tflite import write_tflite
from lapel.ir import Graph
from lapel.ops import evaluate_sequence
from oracle import run_tflite_micro, run_tflite_micro_sequence

CORES = ("host", "cortex-m0", "cortex-m4", "cortex-m55", "rv32imac")
WINDOW, HOP, FRAMES, FEATURES = 480, 320, 49, 40
RESET_EVERY = 12


@pytest.fixture
def data(shared: Path) -> bytes:
    return (shared / "models/public/audio_preprocessor_int8.tflite").read_bytes()


@pytest.fixture
def graph(shared: Path) -> Graph:
    return lapel.load(shared / "models/public/audio_preprocessor_int8.tflite")


def frames_of(path: Path, count: int) -> np.ndarray:
    """int16 [count, 1, 480], the clip between silence."""
    samples = read_sound(path).samples
    padded = np.zeros(WINDOW + (count - 1) * HOP, np.int16)
    used = samples[: len(padded)]
    first = (len(padded) - len(used)) // 2
    padded[first : first + len(used)] = used
    return np.stack([padded[k * HOP : k * HOP + WINDOW] for k in range(count)])[:, None]


def odd_frames(rng: np.random.Generator) -> np.ndarray:
    """Silence, constants at the ends of the range, noise of any loudness: a multiple of the reset's calls."""
    noise = [rng.normal(size=WINDOW) * 10.0**k for k in np.linspace(-1, 5, 2 * RESET_EVERY - 4)]
    edges = [np.full(WINDOW, v) for v in (0, -(2**15), 2**15 - 1)] + [np.tile([2**15 - 1, -(2**15)], WINDOW // 2)]
    return np.clip(np.round([*edges, *noise]), -(2**15), 2**15 - 1).astype(np.int16)[:, None]


def test_features_equal_tflite_micro(shared: Path, data: bytes, graph: Graph) -> None:
    """The file, and what is written of its graph."""
    clip = frames_of(shared / "data/spoken-digits/3_george_1.wav", 2 * RESET_EVERY)
    frames = np.concatenate([clip, odd_frames(np.random.default_rng(0))])
    assert graph.states == ("spectralsubtraction_11/noise",)
    ours = evaluate_sequence(graph, [{graph.arguments[0]: x} for x in frames], RESET_EVERY)
    found = np.stack([values[graph.results[0]] for values in ours])
    assert found[: len(clip)].std() > 20
    for file in (data, write_tflite(graph)):
        theirs = run_tflite_micro_sequence(file, [[x] for x in frames], RESET_EVERY)
        assert (found == np.stack([y[0] for y in theirs])).all()


@pytest.mark.parametrize("core", CORES)
def test_features_are_the_same_on_the_core(shared: Path, graph: Graph, core: str) -> None:
    clip = frames_of(shared / "data/spoken-digits/3_george_1.wav", RESET_EVERY)
    frames = np.concatenate([clip, odd_frames(np.random.default_rng(1))])
    assert lapel.run(graph, core, {graph.arguments[0]: frames}, reset_every=RESET_EVERY).bit_exact


def test_features_do_not_fit_the_avr(graph: Graph) -> None:
    with pytest.raises(lapel.errors.DoesNotFit, match="bytes of RAM for its tensors"):
        lapel.run(graph, "atmega328p")


def test_speech_through_both_models_equals_tflite_micro(shared: Path, data: bytes, graph: Graph) -> None:
    """Features of a second, and what the model makes of them, at every frame from the first full window on."""
    path = shared / "models/public/micro_speech_int8.tflite"
    clip = frames_of(shared / "data/spoken-digits/9_jackson_1.wav", FRAMES + 3)
    features = np.stack([y[0] for y in run_tflite_micro_sequence(data, [[x] for x in clip])]).reshape(-1, FEATURES)
    both = feed(graph, lapel.load(path))
    steps = [{both.arguments[0]: x} for x in clip]
    found = [values[both.results[0]] for values in evaluate_sequence(both, steps)]
    for k in range(FRAMES, len(clip) + 1):
        window = features[k - FRAMES : k].reshape(1, -1)
        assert (found[k - 1] == run_tflite_micro(path.read_bytes(), [window])[0]).all()
    result = lapel.run(both, "cortex-m4", {both.arguments[0]: clip})
    assert result.bit_exact and (result.outputs[both.results[0]] == np.stack(found)).all()

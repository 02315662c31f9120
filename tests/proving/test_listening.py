"""`lapel.listen`: what is heard, counted and drawn, by firmware on an emulated core and on this computer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

import lapel
from cores import needs
from hearing import listening_net, noise, two_words
from lapel.audio import picture
from lapel.audio.detector import detect, make_detector
from lapel.audio.listener import Listener
from lapel.audio.stages import front_tensors
from lapel.errors import InputError, MissingTool, UsageError
from lapel.proving.ears import Ears, take
from lapel.records import Listening

STEP = 160
SAMPLES = noise(STEP * 70 + 50)


@pytest.fixture(scope="module")
def ears() -> Ears:
    """With the layer's output for features, so that there are two stages."""
    found = take(listening_net(STEP, 2), two_words())
    return replace(found, features=next(n for n in found.graph.tensors if n.startswith("tanh")))


@pytest.fixture(scope="module")
def heard(ears: Ears) -> Listening:
    return lapel.listen(SAMPLES, ears, "nucleo-l4r5zi", target_s=0.5)


@needs("nucleo-l4r5zi")
def test_it_hears_what_the_reference_hears(ears: Ears, heard: Listening) -> None:
    listener = Listener(ears.graph, ears.detector)
    events = listener.listen(SAMPLES)
    assert heard.steps == 70 and heard.samples_left == 50 and heard.target_steps == 50 and not heard.whole_on_target
    assert heard.bit_exact and np.array_equal(heard.scores, listener.scores)
    assert events and [(e.step, e.score) for e in heard.events] == [(e.step, e.score) for e in events]
    assert [e.word for e in heard.events] == [ears.detector.words[e.word] for e in events]
    assert heard.events[0].end_s == (events[0].step + 1) * 0.01
    assert "70 steps" not in repr(heard) and "0.70 s" in repr(heard) and "bit exact" in repr(heard)


@needs("nucleo-l4r5zi")
def test_a_step_is_accounted_for_stage_by_stage(heard: Listening) -> None:
    board = lapel.load_target("nucleo-l4r5zi")
    assert [s.name for s in heard.stages] == ["front end", "network", "detector"]
    assert heard.instructions and abs(sum(s.instructions or 0 for s in heard.stages) - heard.instructions) <= 10
    assert heard.most_instructions is not None and heard.most_instructions >= heard.instructions
    assert heard.cycle_model is not None and heard.modelled_steps == 8 and heard.cycles is None
    cycles = heard.cycle_model.inference.cycles
    assert abs(sum(s.modelled.cycles for s in heard.stages if s.modelled) - cycles) <= 10
    assert heard.time_us == cycles * 1e6 / 120e6 and heard.duty == pytest.approx(heard.time_us / 10_000)
    assert heard.computing_uw == pytest.approx(cycles * board.pj_per_cycle / 1e6 / 0.01)
    front, network = (s.layers for s in heard.stages[:2])
    assert [x.op for x in front] == ["quantize", "dense", "tanh"] and len(network) >= 4
    assert heard.memory.static_ram_bytes >= 4 + 2 + 2 + 1 + 2 * 2 + 2 * 3


@needs("nucleo-l4r5zi")
def test_its_energy_is_that_of_any_inference(ears: Ears, heard: Listening, tmp_path: Path) -> None:
    sleep = lapel.load_target("nucleo-l4r5zi").constant("sleep_uw")
    assert sleep is not None and heard.duty is not None and heard.computing_uw is not None
    assert heard.sleeping_uw == pytest.approx(sleep.figure.value * (1 - heard.duty))
    assert heard.power_uw == heard.computing_uw + heard.sleeping_uw
    found = lapel.energy(heard, period_ms=heard.step_ms)
    assert found.parts[0].name == "computing" and found.parts[0].power_uw.value == pytest.approx(heard.computing_uw)
    (tmp_path / "heard.json").write_text(json.dumps(heard.to_json()))
    assert lapel.energy(tmp_path / "heard.json", period_ms=heard.step_ms).power_uw == found.power_uw


def test_record_is_read_again(ears: Ears) -> None:
    found = lapel.listen(SAMPLES, ears, "host")
    assert found.instructions is None and found.duty is None and found.power_uw is None and found.whole_on_target
    assert all(s.instructions is None and s.modelled is None for s in found.stages)
    text = json.dumps(found.to_json(), allow_nan=False)
    read = Listening.from_json(json.loads(text))
    assert json.dumps(read.to_json()) == text and read.events == found.events


def test_cycles_are_counted_where_they_are_known(ears: Ears) -> None:
    found = lapel.listen(SAMPLES, ears, "arduino-uno", target_s=0.05)
    assert found.target_steps == 5 and found.cycles and found.cycle_model is None
    assert found.time_us == found.cycles / 16 and sum(s.cycles or 0 for s in found.stages) == pytest.approx(
        found.cycles, abs=10
    )


test_cycles_are_counted_where_they_are_known = needs("arduino-uno")(test_cycles_are_counted_where_they_are_known)


def test_a_difference_is_found(ears: Ears, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(self: Listener, samples: np.ndarray) -> tuple:
        found = right(self, samples)
        self.scores[0] = self.scores[0] ^ np.uint8(1)
        return found[1:]

    right: Callable[[Listener, np.ndarray], tuple] = Listener.listen
    monkeypatch.setattr(Listener, "listen", wrong)
    found = lapel.listen(SAMPLES, ears, "host")
    assert found.mismatches == 2 and not found.bit_exact and "2 mismatches" in repr(found)


def test_recordings_are_brought_to_the_rate(ears: Ears, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.stack([SAMPLES, SAMPLES], 1), 16000)
    found = lapel.listen(tmp_path / "a.wav", ears, "host")
    assert found.warnings[0] == "2 channels were averaged to one"
    assert found.events == lapel.listen(SAMPLES, ears, "host").events
    soundfile.write(tmp_path / "b.flac", SAMPLES, 8000)
    assert lapel.listen(tmp_path / "b.flac", ears, "host").steps == 2 * len(SAMPLES) // STEP


def test_a_recording_that_ends_within_the_warm_up_is_told(ears: Ears) -> None:
    slow = replace(ears, detector=replace(ears.detector, warmup_steps=30, smoothing=2, threshold_sums=(400, 400)))
    (said,) = lapel.listen(SAMPLES[: 31 * STEP], slow, "host").warnings
    assert said.startswith("the recording is 0.31 s long, and 0.30 s of warm-up do not count: give one of 0.32 s")
    assert lapel.listen(SAMPLES[: 32 * STEP], slow, "host").warnings == ()


def test_what_cannot_be_heard_is_refused(ears: Ears, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", SAMPLES[: STEP - 1], 16000)
    with pytest.raises(InputError, match=r"a.wav has 159 samples at 16000 Hz.*expected at least 160"):
        lapel.listen(tmp_path / "a.wav", ears, "host")
    with pytest.raises(InputError, match=r"samples are float64 \[3\], expected int16"):
        lapel.listen(np.zeros(3), ears, "host")
    with pytest.raises(UsageError, match="0 seconds are to run on the target, expected more than 0"):
        lapel.listen(SAMPLES, ears, "host", target_s=0)


def test_detectors_of_words_and_numbers() -> None:
    graph = listening_net(STEP, 2)
    named = take(graph, words=("yes",), threshold=0.5, smoothing=4, refractory_s=0.015, warmup_s=0).detector
    assert named.words == ("yes",) and named.threshold_sums == (510,)
    assert named.refractory_steps == 2 and named.warmup_steps == 0
    assert take(graph).detector.words == ("ears 0", "ears 1")
    assert take(replace(graph, origin=lapel.ir.Origin(classes=("a", "b")))).detector.words == ("a", "b")
    assert take(listening_net(STEP, 1)).detector.words == ("ears",)
    for numbers, words in (
        ({"threshold": 0.0}, "threshold is 0.0, expected a mean score above 0, at most 1"),
        ({"warmup_s": -1.0}, "warm-up is -1.0 s, expected 0 or more"),
        ({"refractory_s": float("inf")}, "refractory time is inf s, expected 0 or more"),
        ({"smoothing": 0}, "smoothing is 0, expected 1 to 255"),
    ):
        with pytest.raises(UsageError, match=words):
            make_detector(("a",), 0.01, **numbers)  # type: ignore[arg-type]


def test_front_end_is_what_features_depend_on(ears: Ears) -> None:
    found = front_tensors(ears.graph, ears.features)
    assert "samples" in found and "s" not in found and len(found) < len(ears.graph.tensors)
    whole = front_tensors(ears.graph, ears.graph.results[0])
    assert "s" in whole and front_tensors(ears.graph, "nothing") == frozenset()


def test_pictures_show_all_of_it(ears: Ears) -> None:
    found = lapel.listen(SAMPLES, ears, "host")
    found = replace(found, features=np.arange(70 * 8, dtype=np.int64).reshape(70, 8).astype(np.int8))
    svg = picture.picture(Path("a.svg"), found, SAMPLES)
    assert svg == picture.picture(Path("a.svg"), found, SAMPLES) and svg.startswith(b"<?xml")
    text = svg.decode()
    for words in ("samples", "features", "scores", "yes", "seconds", "ears on host"):
        assert words in text
    assert text.count(f"{found.events[0].word} {found.events[0].end_s:.2f} s") == 1
    bare = picture.picture(Path("a.svg"), replace(found, features=np.zeros((0, 0), np.int8)), SAMPLES).decode()
    assert "features" not in bare
    page = picture.picture(Path("a.html"), found, SAMPLES).decode()
    assert page.startswith("<!DOCTYPE html>") and page.count("<td>") == 3 * len(found.events) + 3 * len(found.stages)


def test_pictures_of_long_recordings_are_no_larger(ears: Ears) -> None:
    found = lapel.listen(SAMPLES, ears, "host")
    long = np.tile(SAMPLES, 100)
    most = replace(found, scores=np.tile(found.scores, (100, 1)), events=())
    assert len(picture.picture(Path("a.svg"), most, long)) < 600_000


def test_pictures_that_cannot_be_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"a.png ends in '.png', expected .svg or .html for a picture"):
        picture.check_picture(Path("a.png"))
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(MissingTool, match=r'pictures need it: pip install "lapel\[plot\]"'):
        picture.check_picture(Path("a.svg"))


def test_all_scores_are_those_of_the_detector(ears: Ears) -> None:
    found = lapel.listen(SAMPLES, ears, "host", target_s=0.2)
    assert len(detect(ears.detector, found.scores)) == len(found.events)

"""The public wake word "okay nabu" behind the micro front end, on synthesized speech: scores of TFLite Micro."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pymicro_features import MicroFrontend

import lapel
from cores import needs, needs_program
from lapel.audio import frontend
from lapel.audio.files import Sound, read_sound
from lapel.cli import main
from lapel.errors import FormatError, InputError, UnsupportedModel, UsageError
from lapel.proving.ears import take
from lapel.records import Detector, WakeWord
from lapel.records.frontend import FrontEnd
from lapel.records.plain import to_plain
from lapel.records.wakeword import WakeWordOptions
from oracle import run_tflite_micro_sequence

TEXT = "okay nabu. [[_:]] what is the weather? okay nabu!"
MICRO = frontend.make("micro")
SHORT = ["--target-seconds", "0.2"]
PER_VALUE = 0.0390625
"""What pymicro-features multiplies logarithms by."""


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """22,050 Hz as espeak-ng writes them."""
    needs_program("espeak-ng")
    path = tmp_path_factory.mktemp("speech") / "nabu.wav"
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "150", "-w", path, TEXT], check=True)
    return read_sound(path)


def oracle(model: bytes, samples: np.ndarray) -> np.ndarray:
    """uint8 [steps]: what TensorFlow Lite Micro says to the features of pymicro-features.

    These begin where a whole window is there; a stream has zeros before its first sample.
    """
    micro, rows = MicroFrontend(), []
    heard = np.concatenate([np.zeros(MICRO.window_samples - MICRO.hop_samples, np.int16), samples])
    for k in range(0, len(heard) - MICRO.hop_samples + 1, MICRO.hop_samples):
        found = micro.process_samples(heard[k : k + MICRO.hop_samples].tobytes()).features
        rows += [found] if found else []
    values = np.round(np.array(rows) / PER_VALUE).astype(np.int64)
    features = np.clip((values * 256 + 333) // 666 - 128, -128, 127).astype(np.int8)
    steps = features[: len(features) // 3 * 3].reshape(-1, 1, 3, 40)
    return np.array([y[0].item() for y in run_tflite_micro_sequence(model, [[x] for x in steps])], np.uint8)


@needs("nucleo-l4r5zi")
def test_scores_are_those_of_tflite_micro(shared: Path, speech: Sound) -> None:
    path = shared / "models/public/okay_nabu.tflite"
    wanted = oracle(path.read_bytes(), speech.samples)
    found = lapel.listen(speech, path, "nucleo-l4r5zi", front="micro", target_s=0.6)
    assert found.steps == len(wanted) == len(speech.samples) // 480 and found.target_steps == 20
    assert np.array_equal(found.scores[:, 0], wanted) and found.bit_exact
    assert wanted.max() == 255 and wanted.min() == 0
    assert [s.name for s in found.stages] == ["front end", "network", "detector"]
    assert found.features.shape == (len(speech.samples) // 160, 40)
    assert "rfft" in [x.op for x in found.stages[0].layers] and "conv" in [x.op for x in found.stages[1].layers]
    assert not {x.op for x in found.stages[1].layers} & {"rfft", "frames", "narrow"}


def test_it_is_heard_twice(shared: Path, speech: Sound, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import soundfile

    stereo = np.stack([speech.samples, speech.samples], axis=1)
    soundfile.write(tmp_path / "nabu.flac", stereo, 16000)
    model = str(shared / "models/public/okay_nabu.tflite")
    assert (
        main(["listen", str(tmp_path / "nabu.flac"), "--model", model, "--front", "micro", "-t", "host", *SHORT]) == 0
    )
    said = capsys.readouterr().out
    assert sum(line.startswith("okay_nabu  ") for line in said.splitlines()) == 2
    assert "warning: 2 channels were averaged to one" in said


def test_models_and_front_ends_that_do_not_fit_are_refused(shared: Path) -> None:
    path = shared / "models/public/okay_nabu.tflite"
    with pytest.raises(InputError, match=r"okay_nabu: takes .* expected .* as front end lfbe makes them"):
        take(path, front=frontend.make("lfbe", peak=32768))
    narrow: FrontEnd = frontend.make("micro", bands=32)
    with pytest.raises(InputError, match=r"okay_nabu: takes .*32.* as front end micro makes them"):
        take(path, front=narrow)
    with pytest.raises(UsageError, match="expected samples as int16 to listen: put a front end before it"):
        take(path)
    with pytest.raises(UnsupportedModel, match="kws_int8 as a stream: 5 problems"):
        take(shared / "models/mlperf-tiny/kws_int8.tflite", front=frontend.make("mfcc", peak=32768))


def test_networks_over_windows_become_streams(shared: Path, speech: Sound) -> None:
    front = frontend.make("lfbe", peak=32768, bands=40, scale=0.00370104)
    ears = take(ears_model(shared), front=front, words=("marvin",), warmup_s=0)
    assert ears.settling_steps >= 29 and ears.detector.warmup_steps == ears.settling_steps and ears.warnings == ()
    found = lapel.listen(speech.samples[:32000], ears, "host", target_s=0.1)
    assert found.step_samples == 320 and found.bit_exact and found.scores.shape == (100, 3)
    hasty = take(ears_model(shared), replace(ears.detector, warmup_steps=3), front=front)
    assert hasty.warnings == (
        f"the detector's warm-up is 3 steps, and scores are the network's after {ears.settling_steps}: the first "
        "detections may be none",
    )


def ears_model(shared: Path) -> Path:
    return shared / "models/mlperf-tiny/sww_int8.tflite"


@pytest.fixture
def wakeword(shared: Path, tmp_path: Path) -> Path:
    """A record as training writes it, beside its model."""
    content = (shared / "models/public/okay_nabu.tflite").read_bytes()
    (tmp_path / "nabu.tflite").write_bytes(content)
    record = WakeWord(
        lapel=lapel.__version__,
        name="nabu",
        model="nabu.tflite",
        model_sha256=hashlib.sha256(content).hexdigest(),
        front=MICRO,
        detector=Detector(("okay nabu",), (0,), 5, (1200,), 30, 30),
        frames=3,
        steps_frames=3,
        options=WakeWordOptions(),
    )
    (tmp_path / "nabu.json").write_text(json.dumps(record.to_json()))
    return tmp_path / "nabu.json"


def test_wake_words_bring_all_that_they_need(wakeword: Path) -> None:
    ears = take(wakeword)
    assert ears.graph.name == "nabu" and ears.detector.threshold_sums == (1200,) and ears.rate_hz == 16000
    assert ears.graph.tensors[ears.graph.arguments[0]].type.shape == (480,)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"record": "run"}, FormatError, 'found the record "run", expected .wakeword.'),
        ({"model": "none.tflite"}, InputError, "its model .*none.tflite cannot be read"),
        ({"model_sha256": "0" * 64}, InputError, r"nabu.tflite is not the model of .*nabu.json"),
        ({"front": {**to_plain(MICRO), "bands": 32}}, InputError, "as front end micro makes them"),
        ({"detector": {}}, FormatError, "detector: has no 'words'"),
    ],
)
def test_wake_words_that_do_not_fit_are_refused(
    wakeword: Path, change: dict[str, object], error: type[Exception], words: str
) -> None:
    wakeword.write_text(json.dumps({**json.loads(wakeword.read_text()), **change}))
    with pytest.raises(error, match=words):
        take(wakeword)


def test_wake_words_take_no_other_detector(wakeword: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="is a wake word, which has its own front end and detector: give no others"):
        take(wakeword, threshold=0.5)
    assert main(["build", str(wakeword), "-t", "host", "--threshold", "0.5"]) == 2
    assert "is a wake word, which has its front end, words and detector: give no others" in capsys.readouterr().err

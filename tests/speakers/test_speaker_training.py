"""A training from folders to a verifier, on sounds that stand for people, and a user who enrols: in seconds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import people
import pytest

import lapel
from cores import needs
from lapel import speakers
from lapel.audio import frontend
from lapel.cli import main
from lapel.errors import InputError, UsageError
from lapel.proving.verifier import Verification, read_verifier
from lapel.records import Detector, Verified, Verifier, WakeWord, WakeWordOptions
from lapel.speakers.enrolment import verify
from lapel.speakers.judging import BANDS, DEVICE, FLOATS, LINEAR

pytest.importorskip("torch")
pytest.importorskip("sklearn")

RECIPE = f"""
[speakers.known]
path = "known"
group = '{people.GROUP}'

[clips.unknown]
path = "unknown"

[validation.others]
path = "others"
group = '{people.GROUP}'
text = '{people.TEXT}'

[test.strangers]
path = "strangers"
group = '{people.GROUP}'
text = '{people.TEXT}'

[options]
words = ["up"]
voices = 0
judged_voices = 0
frames = 30
copies = 4
clip_copies = 3
draws = 2
resamples = 40
epochs = 10
epochs_quantized = 1
batch = 32
learning_rate = 0.01
network = {{ embedding = 16 }}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With recordings and a recipe."""
    top = tmp_path_factory.mktemp("people")
    people.write(top / "known", range(10), 4)
    people.write(top / "unknown", range(20, 26), 1)
    people.write(top / "others", range(30, 34), 5)
    people.write(top / "strangers", range(40, 45), 5)
    (top / "speakers.toml").write_text(RECIPE)
    return top


@pytest.fixture(scope="module")
def trained(folder: Path, home: None) -> Path:
    """The folder that the command line writes."""
    out = folder / "out"
    assert main(["train", "speaker", str(folder / "speakers.toml"), "-o", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def voice(trained: Path) -> Verification:
    return read_verifier(trained / "verifier.json")


def waves(who: int, takes: range) -> dict[str, np.ndarray]:
    return {f"{who}-{k}": people.utterance(who, "up", k) for k in takes}


def test_strangers_are_told_apart(trained: Path) -> None:
    record = Verifier.read(trained / "verifier.json", ignored=("written",))
    assert (record.checks, record.frames, record.embedding, record.utterances) == ("speaker", 30, 16, 3)
    assert {f.method for f in record.test} == {DEVICE, FLOATS, LINEAR, BANDS}
    found = next(f for f in record.test if f.material == "strangers" and f.refused is not None)
    assert (found.speakers, found.genuine, found.impostors) == (5, 5 * 2 * 2 * 2, 5 * 2 * 2 * 20)
    assert found.equal_error.low <= found.equal_error.value <= found.equal_error.high
    assert found.equal_error.value < 0.35, record.test
    assert any("strangers: 5 speakers, whose rate of equal errors is between" in w for w in record.warnings)
    assert Verifier.from_json(json.loads(json.dumps(record.to_json()))) == record


def test_steps_that_are_finished_are_kept(folder: Path, trained: Path) -> None:
    assert sorted(p.name.split("-")[0] for p in (trained / "work").iterdir()) == ["floats", "integers", "windows"]
    before = (trained / "verifier.json").read_bytes()
    assert main(["train", "speaker", str(folder / "speakers.toml"), "-o", str(trained)]) == 0
    a, b = (json.loads(x) for x in (before, (trained / "verifier.json").read_bytes()))
    assert {k: v for k, v in a.items() if k not in ("seconds", "written")} == {
        k: v for k, v in b.items() if k not in ("seconds", "written")
    }


@pytest.mark.parametrize("target", ["host", pytest.param("cortex-m4", marks=needs("cortex-m4"))])
def test_a_user_enrols_and_is_verified_on_a_target(voice: Verification, target: str) -> None:
    found = verify(voice, waves(40, range(3)), {**waves(40, range(3, 5)), **waves(41, range(2))}, target)
    assert found.firmware is not None and found.firmware.bit_exact and found.firmware.samples == 7
    scores = found.firmware.outputs["score"].reshape(-1)
    assert [u.score for u in (*found.enrolled, *found.compared)] == scores.tolist()
    assert min(u.score for u in found.compared[:2]) > max(u.score for u in found.compared[2:])
    again = Verified.from_json(json.loads(json.dumps(found.to_json())))
    assert (again.accepted, again.template) == (found.accepted, found.template)


def test_the_template_is_that_of_the_enrolling_graph(voice: Verification) -> None:
    found = verify(voice, waves(42, range(3)), {})
    assert voice.enrol is not None and len(found.template) == 16 and max(map(abs, found.template)) == 127
    assert "0 of 0 accepted" in repr(found)
    rows = np.random.default_rng(0).integers(-128, 128, (4, 3, 16)).astype(np.int8)
    assert lapel.run(voice.enrol, "host", rows).bit_exact


def test_an_enrolment_of_two_people_is_told(voice: Verification) -> None:
    mixed, own = {**waves(40, range(2)), **waves(44, range(1))}, waves(40, range(3))
    lowest = [min(verify(voice, w, {}).enrolled, key=lambda u: u.score) for w in (mixed, own)]
    assert lowest[0].name == "44-0" and lowest[0].score < lowest[1].score
    strict = replace(voice, record=replace(voice.record, agreement=sum(u.score for u in lowest) // 2))
    (warning,) = verify(strict, mixed, {}).warnings
    assert warning.startswith("44-0: not like the other utterances of the enrolment")
    assert not verify(strict, own, {}).warnings


QUIET = np.zeros(16000, np.int16)


@pytest.mark.parametrize(
    ("wave", "message"),
    [
        (QUIET, "bad: is silent, expected somebody who speaks"),
        (np.zeros(1600, np.int16), r"bad: 0\.10 s long, expected 0\.2 s or more"),
        (people.utterance(1, "up", 0).astype(np.float32), r"bad: samples are float32 \[14400\], expected int16"),
        (
            np.concatenate([QUIET, np.tile(np.array([9000, -9000], np.int16), 400), QUIET]),
            r"bad: 0\.0\d s of it are loud, expected 0\.2 s or more of speech",
        ),
    ],
)
def test_recordings_of_no_use_are_told(voice: Verification, wave: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        verify(voice, waves(40, range(3)), {"bad": wave})


def test_two_utterances_are_too_few(voice: Verification) -> None:
    with pytest.raises(UsageError, match="2 utterances to enrol, expected 3, of which verifier 'speaker_up' makes"):
        verify(voice, waves(40, range(2)), {})


def test_an_utterance_beyond_the_window_is_told(voice: Verification) -> None:
    long = {"long": people.utterance(40, "up", 7, seconds=2.5)}
    (warning,) = verify(voice, waves(40, range(3)), long).warnings
    assert "long: 2." in warning and "of which the last 0.6 s are looked at" in warning


def test_the_command_line_enrols_and_verifies(folder: Path, trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = [str(folder / "strangers" / f"up_person40_{k}.wav") for k in range(4)]
    other = str(folder / "strangers" / "up_person41_0.wav")
    given = ["verify", "-m", str(trained / "verifier.json"), *(a for p in own[:3] for a in ("-e", p))]
    capsys.readouterr()
    assert main([*given, own[3], other, "-t", "host"]) == 0
    said = capsys.readouterr().out
    assert said.count("enrolled") == 3 and "equal to the bit" in said and "accepted from a similarity of" in said
    assert main([*given, own[3], "--json"]) == 0
    assert Verified.from_json(json.loads(capsys.readouterr().out)).firmware is None
    assert main([*given[:-2], own[3]]) == 2
    assert main(["verify", "-m", str(trained / "verifier.json"), *["-e", own[0]] * 3, own[3]]) == 2
    assert "a recording is given twice to enrol" in capsys.readouterr().err
    assert main(["verify", own[0]]) == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("frames = 30", "frame = 30", r"option 'frame' is unknown: did you mean 'frames'\?"),
        ("frames = 30", "frames = 2000", "frames is 2000, expected at most 1000"),
        ('words = ["up"]', "words = []", "words are none, expected what is verified"),
        ('words = ["up"]', "words = 3", "words is 3, expected a list of texts"),
        ("embedding = 16", "outputs = 16", "network has outputs, which windows and speakers say"),
        ("[validation.others]", "[judges.others]", "'judges' is unknown"),
        ('path = "unknown"', 'folder = "unknown"', r"\[clips.unknown\]: 'folder' is unknown"),
        ('path = "unknown"', "", r"\[clips.unknown\] has no path, expected a folder of recordings"),
        ('path = "unknown"', "path = 3", r"path is 3, expected text in quotes"),
        (people.TEXT, "up", r"text 'up' has no \(group\), expected one round what is said"),
        (people.TEXT, "(up", r"text '\(up' is no regular expression"),
        ("judged_voices = 0", "judged_voices = 1", "judged_voices is 1, expected two or more"),
    ],
)
def test_recipes_that_are_wrong(folder: Path, tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "speakers.toml"
    path.write_text((folder / "speakers.toml").read_text().replace(old, new))
    with pytest.raises(UsageError, match=message):
        speakers.read_request(path)


def changed(folder: Path, old: str, new: str) -> speakers.Request:
    path = folder / "changed.toml"
    path.write_text((folder / "speakers.toml").read_text().replace(old, new))
    return speakers.read_request(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('path = "strangers"', 'path = "known"', "is given twice, expected one use of each folder"),
        ('path = "strangers"', 'path = "none"', "none is no folder, expected one of recordings"),
        (people.TEXT, "(left)_", r"text '\(left\)_' finds nothing in 'down_person"),
        ("draws = 2", "utterances = 9", "others: 4 speakers of 40 utterances, expected two or more"),
    ],
)
def test_material_that_is_wrong(folder: Path, old: str, new: str, message: str) -> None:
    request = changed(folder, old, new)
    with pytest.raises(InputError, match=message):
        speakers.train_speakers(request)


def test_nothing_to_learn_or_to_judge_by_is_told(folder: Path) -> None:
    options: dict[str, Any] = {"voices": 0, "judged_voices": 4}
    with pytest.raises(UsageError, match="voices is 0 and no recordings are given"):
        speakers.Request(speakers.make_options(options))
    with pytest.raises(UsageError, match=r"judged_voices is 0, and \[validation.NAME\] or \[test.NAME\] is missing"):
        speakers.Request(speakers.make_options({"voices": 2, "judged_voices": 0}))


def word(folder: Path, hop_ms: float) -> Path:
    """The record of a word with such a front end."""
    front = frontend.make("micro", hop_ms=hop_ms)
    detector = Detector(("up",), (0,), 1, (200,), 50, 30)
    record = WakeWord("1", "up", "up.tflite", "0" * 64, front, detector, 40, 2, WakeWordOptions())
    path = folder / f"word{hop_ms:g}.json"
    path.write_text(json.dumps(record.to_json()))
    return path


def test_the_front_end_and_the_words_are_those_of_a_word(folder: Path) -> None:
    word(folder, 10.0)
    (folder / "worded.toml").write_text(f'[word]\nrecord = "word10.json"\n{RECIPE}'.replace('words = ["up"]', ""))
    request = speakers.read_request(folder / "worded.toml")
    assert request.options.words == ("up",) and request.make_front().hop_ms == 10.0
    (folder / "worded.toml").write_text(f"[word]\nrecord = 3\n{RECIPE}")
    with pytest.raises(UsageError, match=r"\[word\]: record is 3, expected text in quotes"):
        speakers.read_request(folder / "worded.toml")


def test_a_word_with_another_front_end_is_refused(
    folder: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = [str(folder / "strangers" / f"up_person40_{k}.wav") for k in range(4)]
    given = ["verify", "-m", str(trained / "verifier.json"), *(a for p in own[:3] for a in ("-e", p)), own[3]]
    assert main([*given, "-w", str(word(folder, 20.0))]) == 0
    assert main([*given, "-w", str(word(folder, 10.0))]) == InputError.exit_code
    assert "another front end than the word: its hop_ms 20.0, the word's is 10.0" in capsys.readouterr().err

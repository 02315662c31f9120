"""A training from folders to a detector, on sounds that stand for words: all of it, in seconds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sounds

import lapel
from lapel import wakewords
from lapel.audio.detector import detect
from lapel.cli import main
from lapel.errors import FormatError, InputError, UsageError
from lapel.proving.wakeword import read_wakeword
from lapel.records import WakeWord
from lapel.wakewords.features import Features
from lapel.wakewords.judging import Scorer
from lapel.wakewords.network import stepwise

pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")

HOUR = 1 / 3600
SMALL: dict[str, Any] = {
    "windows": 120,
    "sentences": 6,
    "hours_train": 240 * HOUR,
    "hours_mined": 60 * HOUR,
    "hours_val": 240 * HOUR,
    "hours_test": 240 * HOUR,
    "rounds": 1,
    "epochs": 12,
    "epochs_mined": 1,
    "epochs_quantized": 1,
    "batch": 16,
    "learning_rate": 0.01,
    "network": {"channels": 8, "kernels": [3, 5], "last": 3},
}
"""Options of a network that sees a quarter of a second."""


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Recordings of a word and of others."""
    top = tmp_path_factory.mktemp("recordings")
    word = sounds.write(top / "rising", [sounds.word(k) for k in range(15)])
    return word, sounds.write(top / "others", [sounds.other(k) for k in range(12)])


@pytest.fixture(scope="session")
def settings() -> list[str]:
    """The options as a command line has them; a table is one of TOML."""
    network = "{channels = 8, kernels = [3, 5], last = 3}"
    return [f"--set={name}={network if name == 'network' else value}" for name, value in SMALL.items()]


@pytest.fixture(scope="session")
def trained(
    folders: tuple[Path, Path], settings: list[str], tmp_path_factory: pytest.TempPathFactory, home: None
) -> Path:
    """The folder that the command line writes."""
    word, others = folders
    out = tmp_path_factory.mktemp("trained") / "out"
    given = ["--word", "rising", "--positives", str(word), "--negatives", str(others), "-o", str(out)]
    assert main(["train", "wakeword", *given, *settings]) == 0
    return out


def test_a_word_is_heard(trained: Path) -> None:
    record = WakeWord.read(trained / "wakeword.json", ignored=("written",))
    assert record.name == "rising" and record.detector.words == ("rising",) and record.steps_frames == 2
    assert record.front.mode == "micro" and record.test[0].missed.trials >= 2
    assert record.test[0].missed.value < 0.5, record.test
    assert 240 * HOUR <= record.test[0].false_accepts.trials < 600 * HOUR
    assert WakeWord.from_json(json.loads(json.dumps(record.to_json()))) == record
    assert "1 of 1" not in repr(record) and "rising" in repr(record)
    assert any("judged by" in w and "clips" in w for w in record.warnings)
    assert (trained / "wakeword.svg").read_text("utf-8").startswith("<svg")


def test_the_stream_is_the_network_over_windows(trained: Path) -> None:
    """Scores of the chained stream's firmware are those of the shipped model on the front end's frames."""
    record = WakeWord.read(trained / "wakeword.json", ignored=("written",))
    model = lapel.load(trained / record.model)
    stream = lapel.streaming(model)
    scorer = Scorer(record.front, stream.graph)
    wave = np.concatenate([sounds.word(k) for k in range(3)])
    found = scorer(wave)
    features = Features(record.front)(wave)
    windows = np.lib.stride_tricks.sliding_window_view(features, record.frames, axis=0)[:: record.steps_frames]
    x = (windows.transpose(0, 2, 1).astype(np.int16) - 128).astype(np.int8)
    want = lapel.hosted(model)(np.ascontiguousarray(x)).reshape(len(x), -1).view(np.uint8) ^ np.uint8(128)
    first = stream.warmup_steps
    assert np.array_equal(found[first:][: len(want)], want[: len(found) - first])


def test_ears_of_the_folder_hear_the_same(trained: Path, tmp_path: Path) -> None:
    ears = read_wakeword(trained / "wakeword.json")
    record = WakeWord.read(trained / "wakeword.json", ignored=("written",))
    wave = np.concatenate(
        [np.zeros(16000, np.int16), *(sounds.word(40 + k) for k in range(2)), np.zeros(16000, np.int16)]
    )
    scores = Scorer(record.front, lapel.streaming(lapel.load(trained / record.model)).graph)(wave)
    library = lapel.hosted(ears.graph)
    size = ears.graph.tensors[ears.graph.arguments[0]].type.size
    whole = wave[: len(wave) // size * size].reshape(-1, size)
    again = library(whole).reshape(len(whole), -1).view(np.uint8) ^ np.uint8(128)
    assert np.array_equal(scores, again)
    assert detect(record.detector, again) == detect(ears.detector, scores)

    copy = tmp_path / "wakeword.json"
    shutil.copy(trained / "wakeword.json", copy)
    with pytest.raises(InputError, match="keep both in one folder"):
        read_wakeword(copy)
    (tmp_path / record.model).write_bytes((trained / record.model).read_bytes() + b"\0")
    with pytest.raises(InputError, match=r"is not the model of .*: sha256 .*…, expected"):
        read_wakeword(copy)
    copy.write_text("{}")
    with pytest.raises(FormatError, match=r"no record, or of before"):
        read_wakeword(copy)


def test_finished_steps_are_kept(
    trained: Path, folders: tuple[Path, Path], settings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command again makes no windows and trains nothing, and writes the same model."""
    before = (trained / "rising.tflite").read_bytes()
    kept = sorted(p.name for p in (trained / "work").iterdir())
    assert len(kept) == 8, kept
    monkeypatch.setattr("lapel.wakewords.training.with_words", None)
    monkeypatch.setattr("lapel.wakewords.training.without_words", None)
    word, others = folders
    given = ["--word", "rising", "--positives", str(word), "--negatives", str(others), "-o", str(trained)]
    assert main(["train", "wakeword", *given, *settings]) == 0
    assert (trained / "rising.tflite").read_bytes() == before


def test_logits_near_certainty_are_told_apart(trained: Path) -> None:
    """The greatest logit is no probability of 1: the reinterpreted scale leaves the last two scores different."""
    model = lapel.load(trained / "rising.tflite")
    logits = model.tensors["steps"].type
    assert logits.scale * (127 - logits.zero) <= 4.61
    graph = stepwise(model, 41, "again")
    assert graph.tensors[graph.outputs[0]].type.shape[1] == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "no word was given: add --word NAME, or name a recipe"),
        (["--word", "a", "--word", "a"], "expected each of them once"),
        (["--word", "a", "--positives", "x", "--positives", "y"], "1 words and 2 folders of positives"),
        (["--word", "../a"], "is no name, expected letters"),
        (["--word", "xkcd"], "spells it letter by letter"),
        (["--word", "a", "--set", "epochs"], "expected OPTION=VALUE"),
        (["--word", "a", "--set", "epoch=3"], "did you mean 'epochs'"),
        (["--word", "a", "--set", "epochs=0"], "epochs is 0, expected a whole number from 1 on"),
        (["--word", "a", "--set", "shares=[0.5, 0.5]"], "expected three shares above 0"),
        (["--word", "a", "--set", "augment={nois = 1}"], "did you mean 'noise'"),
        (["--word", "a", "--set", "network={seed = 1}"], "network has seed, which the words"),
        (["--word", "a", "--set", "front=mcro"], "mode 'mcro' is unknown"),
        (["--word", "hello", "--positives", "none"], "none is no folder"),
    ],
)
def test_what_is_refused(given: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "wakeword", *given, "-o", str(tmp_path / "out")]) in (2, 3)
    assert message in capsys.readouterr().err


def test_one_folder_for_two_things(folders: tuple[Path, Path]) -> None:
    request = wakewords.make_request(["rising"], [folders[0]], [folders[0]], None, SMALL)
    with pytest.raises(InputError, match="is given for rising and for the negatives"):
        wakewords.train_wakewords(request)


def test_recipes(tmp_path: Path, folders: tuple[Path, Path]) -> None:
    path = tmp_path / "words.toml"
    path.write_text(
        f'[words.rising]\npositives = "{folders[0]}"\n[words.said]\n[negatives.x]\npath = "n"\n[options]\nepochs = 3\n'
    )
    found = wakewords.read_request(path, {"seed": 4})
    assert list(found.words) == ["rising", "said"] and found.words["said"] is None and found.name == "rising_said"
    assert found.options.epochs == 3 and found.options.seed == 4 and found.negatives[0].path == tmp_path / "n"
    for text, message in (
        ("[word.a]\n", "did you mean 'words'"),
        ("[words.a]\npositive = 'x'\n", "did you mean 'positives'"),
        ("[words.a]\npositives = 3\n", "expected text in quotes"),
        ("[words]\na = 3\n", r"expected a table \[words.a\]"),
        ("[words.a]\n[negatives.b]\n", "has no path, expected a folder"),
        ("[words.a]\n[options]\nepohcs = 1\n", "did you mean 'epochs'"),
        ("[options]\n", "no word was given"),
    ):
        path.write_text(text)
        with pytest.raises(UsageError, match=message):
            wakewords.read_request(path)


def test_several_words_at_once(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """One network for two words, the second of which is said by espeak-ng alone: a score and a threshold for each."""
    small = {**SMALL, "windows": 16, "epochs": 1, "rounds": 0, "hours_train": 60 * HOUR, "synthesized": 0}
    small |= {"hours_val": 120 * HOUR, "hours_test": 120 * HOUR}
    request = wakewords.Request(
        {"rising": wakewords.Source(folders[0]), "hello": None}, (), wakewords.make_options(small)
    )
    made = wakewords.train_wakewords(request)
    assert made.record.detector.words == ("rising", "hello") and len(made.record.detector.threshold_sums) == 2
    assert made.graph.tensors[made.graph.outputs[0]].type.shape == (1, 2)
    assert any("no negatives were given" in w for w in made.record.warnings)
    assert any("hello: trained and judged by synthesized speech alone" in w for w in made.record.warnings)

"""Recipes of cascades: what they mean, and each mistake in its own words, before anything is computed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lapel.cascades.build import build_cascade, usual_gate
from lapel.cascades.costs import check_power
from lapel.cascades.recipe import read_recipe
from lapel.errors import InputError, UsageError
from lapel.records import (
    CASCADE_FILE,
    Cascade,
    CascadeBuild,
    CascadePoint,
    CascadeStage,
    CascadeTuning,
    Detector,
    Memory,
    Modelled,
)
from lapel.targets import load_target

WHOLE = """
target = "nucleo-u385rg-q"
words = "w/wakeword.json"
[positives.yes]
path = "clips"
group = "_(.*)_"
"""


def recipe(folder: Path, text: str) -> Path:
    path = folder / "r.toml"
    path.write_text(text)
    return path


def test_a_recipe_and_its_defaults(tmp_path: Path) -> None:
    text = (
        WHOLE + '[negatives.a]\npath = "a"\n[tuning]\nratio = [16]\nverifier_strictness = [-0.5]\n[gate]\nleast = 9\n'
    )
    found = read_recipe(recipe(tmp_path, text))
    assert found.words == tmp_path / "w/wakeword.json" and found.verifier is None and found.name is None
    assert found.positives["yes"].path == tmp_path / "clips" and found.positives["yes"].group == "_(.*)_"
    assert found.tuning.ratio == (16,) and found.tuning.extra_misses == 0.01 and found.scenes.sound == 0.05
    assert found.gate == {"least": 9} and [s.path for s in found.negatives] == [tmp_path / "a"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("targt = 1", r"r.toml: 'targt' is unknown: did you mean 'target'\?"),
        ('words = "w"', "r.toml has no target, expected a board, `lapel boards` lists them"),
        ('target = "a"', "r.toml has no words, expected the wakeword.json of a training"),
        ('target = 3\nwords = "w"', "r.toml: target is 3, expected text in quotes"),
        ('target = "a"\nwords = "w"', r"r.toml: nothing to tune on: give recordings of a word as \[positives.WORD\]"),
        (
            WHOLE + "[negatives.a]\npath = './clips'",
            r"clips is given as \[positives.yes\] and as negatives, expected one use of a folder",
        ),
        (WHOLE + "[scenes]\nside = 'train'", r"\[scenes\]: side is .*train.*, expected one of val, test"),
        (WHOLE + "[scenes]\nsound = 2", r"\[scenes\]: sound is 2, expected a number from 0.005 to 1"),
        (WHOLE + "[tuning]\nratios = [1]", r"\[tuning\]: 'ratios' is unknown: did you mean 'ratio'\?"),
        (WHOLE + "[tuning]\nratio = 3", r"\[tuning\]: ratio is 3, expected a list of whole numbers from 0 to 65535"),
        (WHOLE + "[tuning]\nratio = []", r"\[tuning\]: ratio is \[\], expected a list that is not empty"),
        (WHOLE + "[gate]\nratio = 3", r"\[gate\]: 'ratio' is unknown"),
        (WHOLE + "[gate]\nleast = -3", r"\[gate\]: least is -3, expected a whole number from 0 on"),
        (WHOLE + "[negatives]\na = 3", r"negatives.a is 3, expected a table \[negatives.a\]"),
        (WHOLE + "[negatives.a]\ngroup = 'x'", r"\[negatives.a\] has no path, expected a folder of recordings"),
    ],
)
def test_mistakes_in_recipes(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_recipe(recipe(tmp_path, text))


def test_files_and_boards_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"r\.toml is no TOML"):
        read_recipe(recipe(tmp_path, "="))
    with pytest.raises(UsageError, match="cortex-m4 is a core without a clock, expected a board"):
        build_cascade(read_recipe(recipe(tmp_path, WHOLE.replace("nucleo-u385rg-q", "cortex-m4"))))


def test_a_board_whose_power_nobody_knows(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"how much energy a cycle takes \(pj_per_cycle\) is not known, so that nothing"
    ):
        check_power(load_target("arduino-nano33ble"))


@pytest.mark.parametrize(("step", "hop", "stride"), [(320, 320, 10), (160, 160, 5), (480, 160, 5), (640, 320, 10)])
def test_the_usual_gate_looks_at_32_samples_of_a_row(step: int, hop: int, stride: int) -> None:
    found = usual_gate(step)
    assert (found.hop_samples, found.stride) == (hop, stride) and found.hop_samples // found.stride == 32


def test_the_record_of_a_cascade_is_read_again(tmp_path: Path) -> None:
    gate = CascadeStage("gate", 9, 875, 889, None, Modelled(962, 718, 1251), None, 588, 168, 8, 52)
    words = CascadeStage("words", 3, 89000, 90000, None, None, 66000, 27000, 6016, 2240, 400)
    point = CascadePoint(Cascade(), 0, (200,), (), 0.1, 0.5, 0.08, 3.0, 2e5, 85.0, 5)
    tuning = CascadeTuning("some audio", 60.0, 4, point, (point, replace(point, missed=0.2)), 12, 1, "the least power")
    made = CascadeBuild(
        "1", "ears", "nucleo-u385rg-q", "cortex-m33", 16000, 640, "words.tflite", "0" * 64, None, Cascade(),
        Detector(("yes",), (0,), 1, (200,), 25, 0), None, 9, 2000, 91000, 540000, (gate, words),
        Memory(6024, 6000, 6000, 7700, 400, 11000, 17000, 2248), 7680, tuning, ("a.c",), ("so it is",),
    )  # fmt: skip
    path = tmp_path / CASCADE_FILE
    path.write_text(json.dumps(made.to_json()))
    assert CascadeBuild.read(path) == made == CascadeBuild.of_folder(tmp_path)
    assert CascadeBuild.from_json(made.to_json()).tuning == tuning and tuning.point.missed == 0.2
    assert (
        repr(made)
        == "<CascadeBuild 'ears' on nucleo-u385rg-q: 28,000 bytes of flash, 14,124 of RAM, warning: so it is>"
    )

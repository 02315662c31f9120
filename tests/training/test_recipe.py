"""Recipes, and `lapel train`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import lapel
from lapel.cli import main
from lapel.data import Dataset
from lapel.errors import InputError, LapelError, UsageError
from lapel.records import TrainingRecord
from lapel.training.loop import Loop
from lapel.training.recipe import read_recipe, train_recipe

RECIPE = """
[data]
path = "bars.npz"
[split]
shares = [0.6, 0.2, 0.2]
[network]
name = "mlp"
hidden = [12]
[training]
epochs = 2
threads = 1
[training.augment]
shift = [1, 0]
"""


@pytest.fixture
def folder(bars: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    np.savez(tmp_path / "bars.npz", x=bars.x, y=bars.y)
    (tmp_path / "bars.toml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_recipe_is_what_the_api_does(folder: Path) -> None:
    trained = train_recipe(read_recipe("bars.toml"))
    record = trained.record
    assert (record.train_samples, record.val_samples, record.test_samples) == (144, 48, 48)
    assert record.options.augment == {"shift": (1, 0)} and record.learned == 64 * 12 + 12 + 12 * 3 + 3
    assert trained.graph.digest() == train_recipe(read_recipe("bars.toml")).graph.digest()


def test_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "bars.toml"]) == 0
    said = capsys.readouterr().out
    assert "mlp: 819 numbers learned, train / val / test: 144 / 48 / 48 samples" in said
    assert "written: build/bars/mlp.tflite build/bars/training.json" in said
    record = TrainingRecord.read("build/bars/training.json", ignored=("written",))
    assert record.network == "mlp" and record.run.ended == "epochs"
    graph = lapel.load("build/bars/mlp.tflite")
    assert graph.tensors[graph.inputs[0]].type.shape == (1, 8, 8, 1)
    assert main(["train", "bars.toml", "--json", "-o", "other"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["sha256"] == record.sha256
    assert main(["train", "bars.toml", "--json", "--fresh"]) == 0
    assert json.loads(capsys.readouterr().out)["sha256"] == record.sha256


@pytest.mark.parametrize(
    ("old", "new", "code"), [("bars.npz", "none.npz", 3), ("epochs = 2", "epochs = 2\nloss = 'mse'", 2)]
)
def test_a_wrong_recipe_leaves_nothing_behind(folder: Path, old: str, new: str, code: int) -> None:
    (folder / "bars.toml").write_text(RECIPE.replace(old, new))
    before = sorted(folder.iterdir())
    assert main(["train", "bars.toml"]) == code
    assert sorted(folder.iterdir()) == before


def test_fresh_removes_checkpoints_of_the_recipe_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bars.toml").write_text(f"{RECIPE}[quantize]\nepochs = 1\nthreads = 1\n")
    assert main(["train", "bars.toml"]) == 0
    own = folder / "build/bars/checkpoint_best.pt"
    own.write_bytes(b"of the user")
    changed = RECIPE.replace("epochs = 2", "epochs = 3") + "[quantize]\nepochs = 2\nthreads = 1\n"
    (folder / "bars.toml").write_text(changed)
    assert main(["train", "bars.toml"]) == 3
    said = capsys.readouterr().err
    assert "is the checkpoint of another training" in said and "as lapel train --fresh does" in said
    assert main(["train", "bars.toml", "--fresh"]) == 0
    assert own.read_bytes() == b"of the user"
    (folder / "bars.toml").write_text(changed.replace("bars.npz", "none.npz"))
    assert main(["train", "bars.toml", "--fresh"]) == 3
    names = {"checkpoint.pt", "checkpoint_quantized.pt", "checkpoint_best.pt"}
    assert {p.name for p in folder.glob("build/bars/*.pt")} == names


def test_fresh_refuses_what_lapel_did_not_write(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = folder / "build/bars/checkpoint.pt"
    place.parent.mkdir(parents=True)
    for content in (b"of the user", {"state_dict": {}}):
        if isinstance(content, dict):
            torch.save(content, place)
        else:
            place.write_bytes(content)
        before = place.read_bytes()
        for more in ([], ["--fresh"]):
            assert main(["train", "bars.toml", *more]) == 3
            assert "checkpoint.pt is no checkpoint" in capsys.readouterr().err
            assert place.read_bytes() == before


def test_the_command_is_loud_about_what_learned_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bars.toml").write_text(RECIPE.replace("epochs = 2", "epochs = 1\nlearning_rate = 0.0"))
    assert main(["train", "bars.toml"]) == 0
    assert "warning: seed 0: accuracy " in capsys.readouterr().out
    (said,) = TrainingRecord.read("build/bars/training.json", ignored=("written",)).warnings
    assert "no better than always saying 0 (33.33 %)" in said


def test_a_trained_model_is_trained_on(folder: Path) -> None:
    assert main(["train", "bars.toml"]) == 0
    head, network = RECIPE.split("[network]")
    rest = network.split("[training]")[1]
    (folder / "more.toml").write_text(f'{head}[network]\nmodel = "build/bars/mlp.tflite"\n[training]{rest}')
    first = TrainingRecord.read("build/bars/training.json", ignored=("written",))
    more = train_recipe(read_recipe("more.toml")).record
    assert more.run.epochs[0].loss < first.run.epochs[0].loss


def test_a_diverged_training_is_written_and_is_an_error(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    epochs = Loop._epoch
    monkeypatch.setattr(Loop, "_epoch", lambda loop, k, *rest: None if k else epochs(loop, k, *rest))
    assert main(["train", "bars.toml"]) == 15
    captured = capsys.readouterr()
    assert "seed 0: the loss became no finite number; what was kept is the best epoch before" in captured.err
    assert "written: build/bars/mlp.tflite" in captured.out


def test_a_recipe_that_quantizes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bars.toml").write_text(f"{RECIPE}[quantize]\nweight_bits = 4\nepochs = 1\nthreads = 1\n")
    assert main(["train", "bars.toml"]) == 0
    assert "mlp_int4.tflite build/bars/quantized.json build/bars/training.json" in capsys.readouterr().out
    record = TrainingRecord.read("build/bars/quantized.json")
    assert record.options.weight_bits == 4 and record.options.quantize
    graph = lapel.load("build/bars/mlp_int4.tflite")
    assert all(t.type.dtype in ("int8", "int32") for t in graph.tensors.values())
    assert record.sha256 != TrainingRecord.read("build/bars/training.json", ignored=("written",)).sha256
    (folder / "bars.toml").write_text(f"{RECIPE}[quantize]\nweightbits = 4\n")
    with pytest.raises(UsageError, match=r"\[quantize\]: 'weightbits' is unknown: did you mean 'weight_bits'"):
        read_recipe("bars.toml")


@pytest.mark.parametrize(
    ("old", "new", "kind", "said"),
    [
        ("[network]", "[netwerk]", UsageError, "bars.toml: 'netwerk' is unknown: did you mean 'network'"),
        ("epochs", "epoch", UsageError, r"\[training\]: 'epoch' is unknown: did you mean 'epochs'"),
        ("hidden", "hiden", UsageError, r"\[network\]: 'hiden' is unknown: did you mean 'hidden'"),
        ("shares", "share", UsageError, r"\[split\]: 'share' is unknown: did you mean 'shares'"),
        ('"mlp"', '"mpl"', UsageError, "there is no network 'mpl': did you mean 'mlp'"),
        ('path = "bars.npz"', "", UsageError, r"\[data\] has no path, expected one"),
        ('path = "bars.npz"', "path = 3", UsageError, r"bars.toml \[data\]: path is 3, expected text in quotes"),
        ('path = "bars.npz"', 'path = "bars.npz"\nxx = "a"', UsageError, "option 'xx' is unknown: did you mean 'x'"),
        ("bars.npz", "foo.npz", InputError, "foo.npz does not exist"),
        ("epochs = 2", "epochs = two", InputError, "bars.toml is no TOML"),
        ('name = "mlp"', "", UsageError, "expected either name, of the zoo, or model"),
        ("shift", "shft", UsageError, "augmentation 'shft' is unknown"),
    ],
)
def test_wrong_recipes(folder: Path, old: str, new: str, kind: type[LapelError], said: str) -> None:
    assert old in RECIPE
    (folder / "bars.toml").write_text(RECIPE.replace(old, new))
    with pytest.raises(kind, match=said):
        train_recipe(read_recipe("bars.toml"))


def test_no_recipe(folder: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml cannot be read: No such file"):
        read_recipe("none.toml")
    with pytest.raises(InputError, match=r"bars\.npz is not UTF-8 text \(byte \d+\), expected a recipe in TOML"):
        read_recipe("bars.npz")

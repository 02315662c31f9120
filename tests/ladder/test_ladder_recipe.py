"""Recipes of ladders, and all that is wrong with them, which is said before anything is computed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lapel
from bars import make_bars
from lapel import zoo
from lapel.data import Splits
from lapel.errors import InputError, LapelError, UnknownTarget, UsageError
from lapel.ir import Graph
from lapel.ladder import read_recipe
from lapel.ladder.session import Session, Wanted
from lapel.ladder.variants import variants

RECIPE = """
target = "host"
seed = 3
[data]
path = "bars.npz"
[network]
name = "mlp"
hidden = [12]
[training]
epochs = 1
[[step]]
method = "prune"
density = 0.5
epochs = 1
[[step]]
name = "again"
method = "prune"
density = 0.25
epochs = 1
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    bars = make_bars()
    np.savez(tmp_path / "bars.npz", x=bars.x, y=bars.y)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_a_recipe_says(folder: Path) -> None:
    (folder / "bars.toml").write_text(RECIPE)
    read = read_recipe("bars.toml")
    assert (read.target.name, read.seed, read.samples, read.threads) == ("host", 3, 200, None)
    assert [(s.name, s.method, s.options.density) for s in read.steps] == [
        ("prune", "prune", 0.5),
        ("again", "prune", 0.25),
    ]
    assert read.training is not None and (read.training.epochs, read.training.seed) == (1, 3)
    assert read.steps[0].settings()["epochs"] == 1 and read.steps[0].settings()["scope"] == "layer"
    assert read.splits().train.x.shape[1:] == (8, 8, 1)


@pytest.mark.parametrize(
    ("old", "new", "kind", "said"),
    [
        ('target = "host"', "", UsageError, "bars.toml has no target, expected target = …"),
        ('"host"', '"hast"', UnknownTarget, "hast"),
        ("seed", "sed", UsageError, "bars.toml: 'sed' is unknown: did you mean 'seed'?"),
        ("seed = 3", "seed = -1", UsageError, "bars.toml: seed is -1, expected a whole number from 0 on"),
        ("seed = 3", "samples = 0", UsageError, "bars.toml: samples is 0, expected a whole number from 1 on"),
        ("seed = 3", 'optimize = "size"', UsageError, "optimize is 'size', expected one of latency"),
        ('"prune"', '"prun"', UsageError, "bars.toml step 1: there is no method 'prun': did you mean 'prune'?"),
        ('method = "prune"\ndensity = 0.5', "density = 0.5", UsageError, "step 1 has no method, expected one of"),
        ("density = 0.5", "densty = 0.5", UsageError, r"step 1 \(prune\): option 'densty' is unknown: did you"),
        ("density = 0.5", "density = 5", UsageError, r"step 1 \(prune\): density is 5, expected"),
        ('name = "again"\n', "", UsageError, "two steps are called 'prune': give one a name of its own"),
        ('"again"', '"a/b"', UsageError, "step 2: name is 'a/b', expected letters, digits, - and _"),
        ("[training]\nepochs = 1", "", UsageError, r"bars.toml has no \[training\], expected one"),
        ("[training]\nepochs", "[training]\nepoch", UsageError, r"\[training\]: 'epoch' is unknown: did you mean"),
        ("[training]", "[training]\nquantize = true", UsageError, "quantize is set, expected a step for that"),
        ('"again"\nmethod = "prune"\ndensity = 0.25\nepochs = 1', '"x"\nmethod = "code"', UsageError,
         "step 'x' takes integer networks, and what 'prune' makes computes on floats: put a step with method = 'quant"),
        ("density = 0.25", "density = 0.25\nlabel_smoothing = 1.0", UsageError, "a number from 0 to 0.999"),
        ("[network]", "[netwrk]", UsageError, "'netwrk' is unknown: did you mean 'network'"),
        ('"mlp"', '"mpl"', UsageError, "there is no network 'mpl': did you mean 'mlp'"),
        ("[[step]]", "[step]", InputError, "bars.toml is no TOML"),
    ],
)  # fmt: skip
def test_wrong_recipes(folder: Path, old: str, new: str, kind: type[LapelError], said: str) -> None:
    assert old in RECIPE
    (folder / "bars.toml").write_text(RECIPE.replace(old, new, 1))
    with pytest.raises(kind, match=said):
        read_recipe("bars.toml")


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (None, "there are no steps, expected tables"),
        ([], "there are no steps"),
        (["prune"], "recipe step 1 is 'prune', expected a table with a method"),
    ],
)
def test_no_steps(parts: Splits, trained: Graph, steps: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_recipe({"data": parts, "network": trained, "target": "host", "step": steps})


def begun(parts: Any, network: Any, *steps: dict[str, Any], **more: Any) -> Session:
    recipe = read_recipe({"data": parts, "network": network, "target": "host", "step": list(steps), **more})
    return Session.begun(recipe, None, Wanted(), lambda at: None)


def test_data_that_does_not_fit(parts: Splits, trained: Graph) -> None:
    prune = {"method": "prune", "density": 0.5}
    few = replace(parts.train, x=parts.train.x[:, :7])
    with pytest.raises(InputError, match=r"samples are \[7, 8, 1\], expected \[8, 8, 1\] for mlp"):
        begun(Splits(few, None, few), trained, prune)
    with pytest.raises(InputError, match=r"mlp has 4 outputs, the data has 3 \(classification\): give a network that"):
        begun(parts, zoo.make("mlp", input=(8, 8, 1), outputs=4), prune)
    with pytest.raises(InputError, match="the data has no test samples, expected some to measure by"):
        begun(Splits(parts.train, parts.val, None), trained, prune)
    name = next(n for n, t in trained.tensors.items() if t.data is not None)
    bad = np.full_like(trained.tensors[name].data, np.nan)
    tensors = {**trained.tensors, name: replace(trained.tensors[name], data=bad)}
    with pytest.raises(InputError, match=f"recipe: '{name}' of mlp has NaN or infinite values, expected finite"):
        begun(parts, replace(trained, tensors=tensors), prune)


def test_a_network_that_is_integer_already(parts: Splits, trained: Graph) -> None:
    made = lapel.quantize(trained, parts.train.numbers()[:50]).graph
    said = "step 'prune' takes float networks, and the network that the recipe begins with computes on integers: begin"
    with pytest.raises(UsageError, match=said):
        begun(parts, made, {"method": "prune", "density": 0.5})
    with pytest.raises(UsageError, match=r"recipe has \[training\], and mlp is quantized already: leave it out"):
        begun(parts, made, {"method": "code"}, training={"epochs": 1})


def test_variants(parts: Splits, trained: Graph) -> None:
    steps = [{"method": "prune", "density": 0.5}, {"method": "prune", "name": "more", "density": 0.2, "epochs": 1}]
    recipe = read_recipe({"data": parts, "network": trained, "target": "host", "step": steps})
    made = variants(recipe, ["prune", "more"], {"prune.density": [0.3, 0.4], "more.epochs": [2]}, "float")
    assert [v.label for v in made] == [
        "without prune", "without more", "prune.density=0.3 more.epochs=2", "prune.density=0.4 more.epochs=2",
    ]  # fmt: skip
    assert [s.name for s in made[0].steps] == ["more"] and made[3].steps[0].options.density == 0.4
    for without, sweep, said in (
        (["pruen"], {}, "recipe without: step 'pruen' is unknown: did you mean 'prune'"),
        ([], {"prune": [1]}, r"recipe sweep of prune: expected STEP.OPTION, such as prune\.epochs"),
        ([], {"prune.densty": [0.1]}, "option 'densty' is unknown: did you mean 'density'"),
        ([], {"prune.density": [7]}, "density is 7, expected"),
        ([], {"prune.density": []}, "sweep of prune.density is .., expected a list of values"),
        (
            [],
            {"prune.density": [0.1] * 20, "more.epochs": [1] * 20},
            "the sweep has 400 combinations, expected at most",
        ),
    ):
        with pytest.raises(UsageError, match=said):
            variants(recipe, without, sweep, "float")
    shared = read_recipe({"data": parts, "network": trained, "target": "host", "step": [
        steps[0], {"method": "share"}, {"method": "code"}]})  # fmt: skip
    (left,) = variants(shared, ["share"], {}, "float")
    assert [(s.name, s.method) for s in left.steps] == [("prune",) * 2, ("quantize",) * 2, ("code",) * 2]
    single = read_recipe({"data": parts, "network": trained, "target": "host", "step": steps[:1]})
    with pytest.raises(UsageError, match="'prune' is the only step, and without it there is no ladder"):
        variants(single, ["prune"], {}, "float")


@pytest.mark.parametrize(
    ("augment", "said"),
    [
        ("{ shif = 1 }", r"augmentation 'shif' is unknown: did you mean 'shift'\?"),
        ("{ shift = -1 }", "shift"),
    ],
)
def test_augmentations_are_checked_first(folder: Path, augment: str, said: str) -> None:
    (folder / "bars.toml").write_text(f"{RECIPE}augment = {augment}\n")
    with pytest.raises(UsageError, match=f"bars.toml step 'again': .*{said}"):
        lapel.compress("bars.toml", folder / "out")
    assert not (folder / "out").exists()

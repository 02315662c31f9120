"""Comparisons from end to end: what is trained, held out, run on the chip, kept and said."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier

import lapel
from bars import make_bars
from cores import needs
from lapel.contest import candidate as kinds
from lapel.contest.candidate import labels, list_candidates, rows
from lapel.contest.parts import Asked, parts
from lapel.data import split
from lapel.errors import UsageError
from lapel.files import LEDGER
from lapel.records import Comparison

UNO = "arduino-uno"


@needs("atmega328p")
def test_a_comparison(blossoms: Path, tmp_path: Path) -> None:
    found = lapel.compare(blossoms, UNO, tmp_path / "out", label="kind", group="bed", candidates=["linear", "tree"])
    assert json.loads((tmp_path / "out" / "comparison.json").read_text())["record"] == "comparison"
    read = Comparison.read(tmp_path / "out" / "comparison.json", ignored=(LEDGER,))
    assert read == replace(found, seconds=None) and read.finished and found.seconds
    assert (found.train_samples, found.test_samples, found.chip_samples) == (105, 45, 45)
    assert [c.name for c in found.contenders] == ["linear", "tree 8", "tree 32", "tree 128"]
    assert found.classes == ("iris", "rose", "tulip") and found.shape == (4,) and found.baseline.accuracy == 15 / 45
    for c in found.ran:
        assert c.chip is not None and c.fits and c.build and len(c.best.shares) == 5
        assert (tmp_path / "out" / c.build / "lapel.json").is_file()
        assert c.chip.samples == 45 and c.chip.cycles_are == "counted"
        assert sum(p.bytes for p in c.chip.parts) == c.chip.memory.flash_bytes
        assert c.chip.time_us == c.chip.cycles / 16 and c.chip.mean_cycles <= c.chip.cycles  # type: ignore[operator]
    assert (tmp_path / "out" / "comparison.svg").read_text().count("tree 8") >= 3  # a panel each
    assert found.neighbours is not None and found.neighbours.data_bytes == 105 * (4 * 4 + 1) and found.neighbours.fits


@needs("atmega328p")
def test_what_is_said_of_a_tree_is_what_scikit_learn_says(blossoms: Path) -> None:
    found = lapel.compare(blossoms, UNO, label="kind", candidates=["tree"], folds=3)
    data = parts(blossoms, Asked("kind", folds=3))
    tree = DecisionTreeClassifier(max_leaf_nodes=8, min_samples_leaf=1, random_state=0)
    shares = cross_val_score(tree, rows(data.train), labels(data.train), cv=list(data.folds))
    first = found.contenders[0]
    assert first.tried[0].parameters == {"max_leaf_nodes": 8, "min_samples_leaf": 1}
    assert np.allclose(first.tried[0].shares, shares)
    assert math.isclose(first.tried[0].error, np.std(shares, ddof=1) * math.sqrt(1 / 3 + 1 / 2))
    assert first.best.mean == max(t.mean for t in first.tried)
    tree.set_params(**first.best.parameters).fit(rows(data.train), labels(data.train))
    assert first.chip is not None and first.chip.score.accuracy == tree.score(rows(data.test), labels(data.test))
    assert first.build is None


@pytest.mark.long
@needs("atmega328p")
def test_an_interrupted_comparison_goes_on(blossoms: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fits: list[str] = []
    ask: dict[str, Any] = {"label": "kind", "candidates": ["linear", "tree"], "folds": 2}
    plain = kinds.sklearn_graph

    def fit(estimator: Any, data: Any, name: str) -> Any:
        fits.append(name)
        if name == "tree_32" and fits.count("tree_32") == 3:
            raise KeyboardInterrupt
        return plain(estimator, data, name)

    for name in ("tree", "linear"):
        monkeypatch.setattr(f"lapel.contest.candidates.{name}.sklearn_graph", fit)
    with pytest.raises(KeyboardInterrupt):
        lapel.compare(blossoms, UNO, tmp_path, **ask)
    kept = Comparison.read(tmp_path / "comparison.json", ignored=(LEDGER,))
    assert [c.name for c in kept.contenders] == ["linear", "tree 8"] and not kept.finished
    before = len(fits)
    found = lapel.compare(blossoms, UNO, tmp_path, **ask)
    assert set(fits[before:]) == {"tree_32", "tree_128"} and found.contenders[:2] == kept.contenders
    before = len(fits)
    again = lapel.compare(blossoms, UNO, tmp_path, **ask)
    assert len(fits) == before and replace(again, seconds=found.seconds) == found
    # Folds are those of another target, too: the last training alone is done again, and the firmware.
    other = lapel.compare(blossoms, "atmega328p", tmp_path, **ask)
    assert fits[before:] == ["linear", "tree_8", "tree_32", "tree_128"]
    assert [c.tried for c in other.contenders] == [c.tried for c in found.contenders] and not other.earlier
    before = len(fits)
    one = lapel.compare(blossoms, "atmega328p", tmp_path, **{**ask, "candidates": ["linear"]})
    assert len(fits) == before and one.contenders == (replace(other.contenders[0], on_front=True),)
    assert [c.name for c in one.earlier] == ["tree 8", "tree 32", "tree 128"]
    assert lapel.compare(blossoms, "atmega328p", tmp_path, **ask).contenders == other.contenders
    assert len(fits) == before


@needs("attiny85")
def test_what_does_not_fit_says_by_how_much(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    x = rng.integers(0, 9, (60, 200)) + 4 * y[:, None]
    np.savez(tmp_path / "wide.npz", x=x.astype(np.uint8), y=y)
    found = lapel.compare(tmp_path / "wide.npz", "digispark", candidates=["mlp"], folds=2)
    small, large = found.contenders[0], found.contenders[2]
    assert small.fits and small.chip is not None and found.enough == small.name
    assert large.fits is False and large.chip is None and not large.on_front
    weights = 200 * 64 + 64 * 32
    assert large.over is not None and large.over["flash"] >= weights - found.flash_bytes  # type: ignore[operator]
    assert large.arena_bytes and large.arena_bytes >= 200
    assert "does not fit digispark: it needs" in large.unmeasured


@needs("cortex-m4")
def test_a_core_with_a_model_says_what_the_slowest_sample_takes(blossoms: Path) -> None:
    board = lapel.load_target("nucleo-l4r5zi")
    found = lapel.compare(blossoms, board, label="kind", candidates=["tree"], folds=2, samples=12)
    chip = found.contenders[0].chip
    assert chip is not None and chip.samples == found.chip_samples == 12 and chip.cycles_are == "modelled"
    assert chip.cycles and chip.instructions and chip.mean_instructions
    assert chip.mean_cycles is None and chip.mean_instructions < chip.instructions
    assert chip.energy_uj == chip.cycles * board.pj_per_cycle / 1e6  # type: ignore[operator]


@needs("atmega328p")
def test_a_regression(numbers: Path) -> None:
    found = lapel.compare(numbers, UNO, candidates=["linear", "tree", "svm"], folds=3)
    assert found.task == "regression" and found.left_out[0].name == "svm"
    assert "it learns classification, and this is a regression" in found.left_out[0].why
    tree = found.contenders[-1]
    assert tree.best.mean > 0.9 and found.contenders[0].best.mean < 0.9 and tree.chip is not None
    assert tree.chip.score.r2 is not None and tree.chip.score.r2 > 0.8 and found.baseline.r2 is not None
    assert "a tree is enough" in found.answer and "R² 0.8" in found.answer


@needs("atmega328p")
def test_images_have_a_convolutional_network(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = list_candidates()["cnn"].sizes
    few = replace(sizes(split(make_bars()).train)[1], settings=({"channels": (8,), "valid": (16,), "epochs": 40},))
    first = replace(list_candidates()["cnn"], sizes=lambda data: (few,))
    monkeypatch.setitem(list_candidates(), "cnn", first)
    found = lapel.compare(split(make_bars()), UNO, candidates=["cnn"], folds=2, samples=12)
    (network,) = found.contenders
    assert network.best.mean > 0.8 and network.chip is not None and network.chip.score.accuracy > 0.8  # type: ignore[operator]
    assert found.train_samples == 204, "validation samples are in the folds"


@pytest.mark.parametrize("name", sorted(set(list_candidates()) - {"cnn"}))
def test_every_candidate_learns(name: str, blossoms: Path) -> None:
    candidate, data = list_candidates()[name], parts(blossoms, Asked("kind", folds=2))
    train = replace(data.train, x=data.train.x.copy())
    sizes = candidate.sizes(train)
    assert len({s.name for s in sizes}) == len(sizes) and all(s.settings for s in sizes)
    graph = candidate.fit(sizes[0].settings[0], train, 0, "m")
    said = lapel.predict(graph, candidate.given(data.test), warn=lambda text: None)
    assert (said == labels(data.test)).mean() > 0.6 and candidate.what and candidate.package


@pytest.mark.parametrize("name", sorted(n for n, c in list_candidates().items() if "regression" in c.tasks))
def test_every_candidate_of_numbers_learns_them(name: str, numbers: Path) -> None:
    candidate, data = list_candidates()[name], parts(numbers, Asked(folds=2))
    size = candidate.sizes(data.train)[-1]
    graph = candidate.fit(size.settings[-1], data.train, 0, "m")
    said = np.asarray(lapel.predict(graph, candidate.given(data.test), warn=lambda text: None))
    assert 1 - np.var(said - labels(data.test)) / np.var(labels(data.test)) > 0.6


def test_what_is_not_installed_is_left_out_by_name(blossoms: Path) -> None:
    absent = replace(list_candidates()["tree"], imports=("sklearn", "no_such_module"), package="no-such")
    data = parts(blossoms, Asked("kind")).train
    assert absent.unfit(data) == 'no_such_module is not installed: pip install "no-such"'
    assert list_candidates()["tree"].unfit(data) == ""


def test_what_is_asked_is_checked(blossoms: Path) -> None:
    for given, said in (
        ({"candidates": ["treee"]}, "candidate 'treee' is unknown: did you mean 'tree'"),
        ({"folds": 1}, "folds is 1, expected a whole number from 2 on"),
        ({"test": 1.5}, "test is 1.5, expected the share"),
        ({"seed": -1}, "seed is -1"),
        ({"samples": 0}, "samples is 0"),
    ):
        with pytest.raises(UsageError, match=said):
            lapel.compare(blossoms, UNO, **given)  # type: ignore[arg-type]

"""The ladder: what a step makes, what is measured of it, and that what was interrupted goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lapel
from cores import needs
from lapel.data import Splits
from lapel.errors import InputError, OutputError
from lapel.files import LEDGER
from lapel.frontends.tflite import write_tflite
from lapel.ir import Graph
from lapel.ladder.climb import Climb
from lapel.ladder.figures import Found
from lapel.ladder.folder import MANIFEST, PICTURE
from lapel.records import CompressionRecord, Rung
from lapel.training import Progress
from lapel.training.loop import Loop

PRUNE = {"method": "prune", "density": 0.5, "epochs": 2, "batch": 32}
MORE = {"method": "prune", "name": "more", "density": 0.25, "epochs": 2, "batch": 32}


def recipe(parts: Splits, network: Any, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"data": parts, "network": network, "target": "host", "samples": 5, "step": steps or (PRUNE, MORE), **more}


def test_a_ladder(parts: Splits, trained: Graph, tmp_path: Path) -> None:
    assert parts.test is not None
    found = lapel.compress(recipe(parts, trained), tmp_path)
    first, prune, more = found.rungs
    assert [(r.step, r.method, r.kind) for r in found.rungs] == [
        ("load", "load", "float"), ("prune", "prune", "float"), ("more", "prune", "float"),
    ]  # fmt: skip
    assert found.float_bytes == 4 * (64 * 24 + 24 + 24 * 12 + 12 + 12 * 3 + 3)
    assert first.sha256 == trained.digest() and prune.options["density"] == 0.5
    assert "930 of 1,860 weights are left" in prune.notes[0]
    for rung, samples in zip(found.rungs, (5, 5, len(parts.test)), strict=True):
        assert rung.firmware is not None and rung.reference is not None and rung.float_score is not None
        assert rung.firmware.core.samples == samples and rung.reference.samples == samples
        assert rung.float_score.samples == len(parts.test)
        assert sum(p.bytes for p in rung.firmware.parts) == rung.firmware.memory.flash_bytes
        assert rung.firmware.weight_bytes >= found.float_bytes
        assert {p.layer for p in rung.firmware.parts} == {"", "dense_0", "dense_1", "dense_2"}
        graph = lapel.load(tmp_path / (rung.file or ""))
        assert graph.digest() == rung.sha256
    assert (
        more.best == more.reference
        and first.best == first.float_score
        and "saves nothing on host: flash +0" in prune.no_gain
    )
    assert all(f is not None and 0.9 < f <= 1 for f in found.factors)
    read = CompressionRecord.read(tmp_path / MANIFEST, ignored=(LEDGER,))
    assert read.rungs == found.rungs and read.factors == found.factors
    score = lapel.run(lapel.load(tmp_path / (more.file or "")), "host", parts.test.numbers(), labels=parts.test.y)
    assert more.reference is not None and score.accuracy == more.reference.score.accuracy


def test_tables_and_lists_of_options_are_recorded(parts: Splits, tmp_path: Path) -> None:
    step = {
        "method": "prune_channels",
        "keep": {"dense_0": 0.5},
        "epochs": 1,
        "batch": 32,
        "augment": {"shift": [1, 0]},
    }
    training = {"epochs": 1, "batch": 32, "augment": {"shift": [1, 0], "noise": 0.1}}
    lapel.compress(recipe(parts, {"name": "mlp", "hidden": [8]}, step, training=training), tmp_path)
    train, narrow = CompressionRecord.read(tmp_path / MANIFEST, ignored=(LEDGER,)).rungs
    assert train.options["augment"] == {"shift": (1, 0), "noise": 0.1}
    assert narrow.options["augment"] == {"shift": (1, 0)} and narrow.options["keep"] == {"dense_0": 0.5}
    assert narrow.notes[0] == "channels: dense_0 4 of 8"


def test_the_same_seed_gives_the_same_bytes(parts: Splits, trained: Graph, tmp_path: Path) -> None:
    for name in "ab":
        lapel.compress(recipe(parts, trained, seed=4), tmp_path / name)
    names = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert [n.endswith(".pt") for n in names] == [False] * len(names)
    assert names == sorted(p.name for p in (tmp_path / "b").iterdir())
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    other = lapel.compress(recipe(parts, trained, seed=5))
    assert other.rungs[-1].sha256 != CompressionRecord.read(tmp_path / "a" / MANIFEST, (LEDGER,)).rungs[-1].sha256


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what is not about figures, none are measured."""
    monkeypatch.setattr("lapel.ladder.climb.measure", lambda *given: Found(None, None, None, "not asked for"))


class Stopped(Exception):
    pass


def stop_at(count: int) -> Callable[[str | Progress], None]:
    """Stop in the training of the second step, after so many epochs."""
    stage = [""]

    def tell(at: str | Progress) -> None:
        if isinstance(at, str):
            stage[0] = at
        elif stage[0].startswith("step 2") and at.epoch > count:
            raise Stopped

    return tell


def test_an_interrupted_run_goes_on(
    parts: Splits, trained: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unmeasured: None
) -> None:
    lapel.compress(recipe(parts, trained), tmp_path / "whole")
    with pytest.raises(Stopped):
        lapel.compress(recipe(parts, trained), tmp_path / "parts", progress=stop_at(1))
    assert sorted(p.suffix for p in (tmp_path / "parts").iterdir()) == [".json", ".pt", ".tflite", ".tflite"]
    epochs: list[tuple[int, int]] = []
    epoch = Loop._epoch
    monkeypatch.setattr(Loop, "_epoch", lambda s, n, *rest: epochs.append((s.seed, n)) or epoch(s, n, *rest))
    lapel.compress(recipe(parts, trained), tmp_path / "parts")
    assert epochs == [(0, 1)]  # the second step's second epoch is all that is trained
    for path in (tmp_path / "whole").iterdir():
        assert path.read_bytes() == (tmp_path / "parts" / path.name).read_bytes(), path.name
    assert not list((tmp_path / "parts").glob("*.pt"))


def test_what_is_finished_is_taken_as_it_is(
    parts: Splits, trained: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unmeasured: None
) -> None:
    made: list[str] = []
    applied = Climb._applied
    monkeypatch.setattr(Climb, "_applied", lambda s, step, key: made.append(step.name) or applied(s, step, key))
    first = lapel.compress(recipe(parts, trained), tmp_path)
    assert lapel.compress(recipe(parts, trained), tmp_path).rungs == first.rungs and made == ["prune", "more"]
    lapel.compress(recipe(parts, trained, PRUNE, {**MORE, "density": 0.2}), tmp_path)
    assert made == ["prune", "more", "more"]
    found = lapel.compress(recipe(parts, trained), tmp_path, without=["prune"], sweep={"more.density": [0.2, 0.25]})
    # The recipe's own, and that without the first step; one has been made above.
    assert made[3:] == ["more", "more"] and found.rungs == first.rungs
    assert found.variants[2].rungs[-1].file == first.rungs[-1].file
    lapel.compress(recipe(parts, trained), tmp_path, fresh=True)
    assert made[5:] == ["prune", "more"]
    (tmp_path / (first.rungs[1].file or "")).write_bytes(write_tflite(trained))
    with pytest.raises(OutputError, match=r"1_prune\.tflite was changed since lapel wrote it"):
        lapel.compress(recipe(parts, trained), tmp_path)


def test_a_run_that_ends_early_keeps_what_others_finished(
    parts: Splits, trained: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unmeasured: None
) -> None:
    sweep = {"more.density": [0.2]}
    lapel.compress(recipe(parts, trained), tmp_path, sweep=sweep)
    whole = CompressionRecord.read(tmp_path / MANIFEST, (LEDGER,))
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        patch.setattr(Climb, "run", stopped_after_one)
        lapel.compress(recipe(parts, trained), tmp_path, sweep=sweep)
    kept = CompressionRecord.read(tmp_path / MANIFEST, (LEDGER,))
    assert (kept.rungs, kept.variants) == (whole.rungs, whole.variants)
    # Figures of another target are none of this one's.
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        patch.setattr(Climb, "run", stopped_after_one)
        lapel.compress({**recipe(parts, trained), "target": "cortex-m4"}, tmp_path, sweep=sweep)
    moved = CompressionRecord.read(tmp_path / MANIFEST, (LEDGER,))
    assert [r.unmeasured for r in moved.rungs] == ["not asked for", *["the run has not come to it yet"] * 2]
    monkeypatch.setattr(Climb, "_applied", None)  # nothing is made again
    found = lapel.compress(recipe(parts, trained), tmp_path, sweep=sweep)
    assert (found.rungs, found.variants) == (whole.rungs, whole.variants)


def stopped_after_one(climb: Climb) -> None:
    climb.network(0)
    raise Stopped


def test_a_users_file_is_not_replaced(parts: Splits, trained: Graph, tmp_path: Path) -> None:
    (tmp_path / "1_prune.tflite").write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"1_prune\.tflite is there, and nothing says that lapel wrote it"):
        lapel.compress(recipe(parts, trained), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["1_prune.tflite"]


def test_checkpoints_that_others_wrote_stay(parts: Splits, trained: Graph, tmp_path: Path, unmeasured: None) -> None:
    mine = tmp_path / "checkpoint_best.pt"
    mine.write_bytes(b"mine")
    with pytest.raises(Stopped):
        lapel.compress(recipe(parts, trained), tmp_path, progress=stop_at(1))
    (old,) = set(tmp_path.glob("*.pt")) - {mine}
    lapel.compress(recipe(parts, trained, PRUNE), tmp_path, fresh=True)
    assert mine.read_bytes() == b"mine" and not old.exists()
    old.write_bytes(b"mine, too")
    with pytest.raises(InputError, match="is no checkpoint"):
        lapel.compress(recipe(parts, trained, PRUNE), tmp_path, fresh=True)
    assert old.read_bytes() == b"mine, too"


@pytest.mark.parametrize("target", [pytest.param("arduino-uno", marks=needs("arduino-uno"))])
def test_what_does_not_fit_says_so(target: str, parts: Splits, trained: Graph) -> None:
    """The float network has more constants than the board has flash; the integer one of fewer has not."""
    big = lapel.zoo.make("mlp", input=(8, 8, 1), outputs=3, hidden=(128,))
    found = lapel.compress(recipe(parts, big, PRUNE, target=target))
    assert found.rungs[0].firmware is None and "mlp" in found.rungs[0].unmeasured
    assert found.rungs[0].float_score is not None and found.factors == (None, None)


def test_codes_of_an_integer_network(parts: Splits, trained: Graph) -> None:
    made = lapel.quantize(trained, parts.train.numbers()[:50]).graph
    found = lapel.compress(recipe(parts, made, {"method": "code"}))
    assert [r.kind for r in found.rungs] == ["integer", "integer"]
    assert [(r.wish.optimize, r.wish.uncoded) for r in found.rungs] == [("latency", True), ("flash", False)]
    assert found.rungs[0].sha256 == found.rungs[1].sha256 and found.rungs[0].float_score is None


def test_a_step_that_does_not_pay_is_told(parts: Splits, trained: Graph) -> None:
    found = lapel.compress(recipe(parts, trained), without=["more"])
    (said,) = found.variants[0].warnings
    assert said.startswith("'more' does not pay on host: without it the ladder ends with flash ")
    assert ("without more", said) in list(found.all_warnings())


def test_the_picture(parts: Splits, trained: Graph, tmp_path: Path) -> None:
    found = lapel.compress(recipe(parts, trained, PRUNE), tmp_path)
    drawn = (tmp_path / PICTURE).read_text("utf-8")
    assert found.picture == PICTURE and drawn.count(">1 prune<") == 1 and "accuracy on the test set" in drawn
    assert PICTURE in json.loads((tmp_path / MANIFEST).read_bytes())[LEDGER]


def test_without_matplotlib(parts: Splits, trained: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    found = lapel.compress(recipe(parts, trained, PRUNE), tmp_path)
    assert found.picture is None and not (tmp_path / PICTURE).exists()


def test_diverged(parts: Splits, trained: Graph, monkeypatch: pytest.MonkeyPatch, unmeasured: None) -> None:
    """What a method warns of stands in the result."""
    epoch = Loop._epoch
    monkeypatch.setattr(Loop, "_epoch", lambda s, n, *rest: None if n else epoch(s, n, *rest))
    found = lapel.compress(recipe(parts, trained, {**PRUNE, "ramp": 0.1}))
    assert any("diverged" in said for where, said in found.all_warnings() if where == "prune")


def test_a_rung_knows_its_best_figure(parts: Splits, trained: Graph) -> None:
    rung: Rung = lapel.compress(recipe(parts, trained, PRUNE)).rungs[-1]
    assert rung.firmware is not None and rung.best == rung.firmware.core
    assert np.isclose(rung.best.score.accuracy or 0, rung.reference.score.accuracy or 1)  # type: ignore[union-attr]

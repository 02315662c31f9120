"""The search: each layer alone, trials, the Pareto front, budgets that are met and those that are not."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import lapel
from lapel.data import Splits
from lapel.errors import UsageError
from lapel.files import LEDGER
from lapel.ir import Graph
from lapel.ladder import read_recipe
from lapel.ladder.figures import Found
from lapel.ladder.folder import MANIFEST
from lapel.ladder.front import concluded
from lapel.ladder.search import Searcher
from lapel.records import Budgets, CompressionRecord, Search, Trial

PRUNE = {"method": "prune", "density": 0.5, "epochs": 0}
SPACE = {"prune": {"density": {"low": 0.05, "high": 0.6, "layers": True}}}


def recipe(parts: Splits, network: Graph, **more: Any) -> dict[str, Any]:
    return {"data": parts, "network": network, "target": "host", "step": [PRUNE], "search": SPACE, **more}


@pytest.fixture
def estimated(monkeypatch: pytest.MonkeyPatch) -> list[Graph]:
    """A target on which a weight that is not zero takes a byte; the graphs that were asked for. Nothing is built."""
    asked: list[Graph] = []

    def estimate(graph: Graph, *given: Any, **more: Any) -> Any:
        asked.append(graph)
        size = sum(int(np.count_nonzero(t.data)) for t in graph.tensors.values() if t.data is not None)
        return SimpleNamespace(flash_bytes=size, arena_bytes=100, time=3 * size, unit="counted cycles", unmeasured=())

    monkeypatch.setattr("lapel.ladder.search.estimate", estimate)
    monkeypatch.setattr("lapel.ladder.climb.measure", lambda *given: Found(None, None, None, "not asked for"))
    return asked


def test_a_search(
    parts: Splits, trained: Graph, tmp_path: Path, estimated: list[Graph], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = lapel.compress(recipe(parts, trained), tmp_path, search=8, budgets=Budgets(flash_bytes=1000))
    search = found.search
    assert search is not None and len(search.trials) == 8 and len(estimated) == 8 and search.met
    layers = ["dense_0", "dense_1", "dense_2"]
    assert [s.layer for s in search.sensitivities] == [name for name in layers for _ in range(4)]
    assert {s.value for s in search.sensitivities} >= {0.05, 0.6}
    assert search.trials[0].values == {f"prune.density[{name}]": 0.5 for name in layers}
    assert search.chosen is not None and (search.trials[search.chosen].flash_bytes or 0) <= 1000
    within = [t for t in search.trials if (t.flash_bytes or 0) <= 1000]
    assert search.trials[search.chosen].share == max(t.share or 0 for t in within)
    (variant,) = found.variants
    assert variant.label == f"found by search, trial {search.chosen + 1}"
    assert variant.rungs[-1].options["density"] == {
        name: search.trials[search.chosen].values[f"prune.density[{name}]"] for name in layers
    }
    assert CompressionRecord.read(tmp_path / MANIFEST, (LEDGER,)).search == search
    # Again, and with more trials: what was tried is known.
    assert lapel.compress(recipe(parts, trained), tmp_path, search=8, budgets=search.budgets).search == search
    assert len(estimated) == 8
    more = lapel.compress(recipe(parts, trained), tmp_path, search=9, budgets=search.budgets).search
    assert more is not None and more.trials[:8] == search.trials and len(estimated) == 9
    # Interrupted before it comes to them, it knows them all the same.
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Searcher, "run", interrupted)
        lapel.compress(recipe(parts, trained), tmp_path, search=9, budgets=search.budgets)
    kept = CompressionRecord.read(tmp_path / MANIFEST, (LEDGER,)).search
    assert kept is not None and kept.trials == more.trials and kept.chosen is None
    again = lapel.compress(recipe(parts, trained), tmp_path, search=9, budgets=search.budgets).search
    assert again == more and len(estimated) == 9


def interrupted(searcher: Searcher) -> Search:
    raise KeyboardInterrupt


def test_budgets_that_cannot_be_met(parts: Splits, trained: Graph, estimated: list[Graph]) -> None:
    found = lapel.compress(recipe(parts, trained), search=5, budgets=Budgets(flash_bytes=10)).search
    assert found is not None and not found.met and found.chosen is not None
    least = min(t.flash_bytes or 0 for t in found.trials)
    assert found.limits[0].startswith(f"the nearest is trial {found.chosen + 1}, ")
    assert found.limits[1] == f"{least:,} bytes of flash, 10 are allowed; the least of any trial is {least:,}"


def trial(number: int, share: float, flash: int, arena: int = 10, time: int = 10) -> Trial:
    return Trial(number, str(number), {}, share, flash, arena, time)


def concluded_of(trials: list[Trial], budgets: Budgets) -> Search:
    return concluded(Search(budgets, 10, (), tuple(trials)))


def test_the_front_and_the_choice() -> None:
    trials = [
        trial(0, 0.9, 100),
        trial(1, 0.95, 200),
        trial(2, 0.9, 150),
        trial(3, 0.9, 150, time=5),
        trial(4, 0.9, 100),
    ]
    found = concluded_of([*trials, Trial(5, "", {}, failed="no")], Budgets())
    assert found.front == (0, 1, 3) and found.chosen == 1 and found.met
    assert concluded_of(trials, Budgets(flash_bytes=150)).chosen == 0
    assert concluded_of(trials, Budgets(cycles=7)).chosen == 3
    both = concluded_of(trials, Budgets(flash_bytes=120, accuracy=0.95))
    assert (both.chosen, both.met) == (0, False)
    said = "accuracy is 90.00 %, 95.00 % are asked for; the best of any trial is 95.00 %"
    assert both.limits == ("the nearest is trial 1, 90.00 %, 100 bytes of flash, 10 of arena, 10 of time", said)
    none = concluded_of([Trial(0, "", {}, failed="it would be empty")], Budgets())
    assert none.chosen is None and none.limits == ("it would be empty",)


def test_a_setting_that_makes_no_network(parts: Splits, trained: Graph, estimated: list[Graph]) -> None:
    space = {"prune": {"density": {"choices": [1e-9, 0.5]}}}
    found = lapel.compress(recipe(parts, trained, search=space), search=3).search
    assert found is not None and any("would leave a layer empty" in t.failed for t in found.trials)
    assert found.chosen is not None and not found.trials[found.chosen].failed


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({"prun": {}}, r"recipe \[search\]: step 'prun' is unknown: did you mean 'prune'"),
        ({"prune": {}}, r"recipe \[search.prune\] is {}, expected options with low and high"),
        ({"prune": {"density": 0.5}}, r"\[search.prune\] density is 0.5, expected { low = …, high = … } or"),
        ({"prune": {"density": {"lo": 0.5}}}, r"\[search.prune\] density: 'lo' is unknown: did you mean 'low'"),
        ({"prune": {"density": {"low": 0.5, "high": 0.1}}}, "density: expected low below high, or choices"),
        ({"prune": {"density": {"low": 0.1}}}, "density: expected low below high, or choices"),
        ({"prune": {"density": {"low": 0.1, "high": 3}}}, r"density \(prune\): density is 3, expected"),
        ({"prune": {"densty": {"low": 0.1, "high": 0.3}}}, "option 'densty' is unknown: did you mean 'density'"),
        ({"prune": {"steps": {"low": 1, "high": 3, "layers": True}}}, "steps is .*, expected a whole number"),
    ],
)
def test_wrong_spaces(parts: Splits, trained: Graph, space: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_recipe(recipe(parts, trained, search=space))


def test_wrong_searches(parts: Splits, trained: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Searcher, "run", lambda self: pytest.fail("it began"))
    right = recipe(parts, trained)
    for given, more, said in (
        (right, {"budgets": Budgets(cycles=5)}, "budgets were given without a search, expected both"),
        (right, {"search": 0}, "a search of 0 trials, expected at least 1"),
        (right, {"search": 1, "budgets": Budgets(cycles=0)}, "the budget of cycles is 0, expected at least 1"),
        (right, {"search": 1, "budgets": Budgets(accuracy=97)}, "the least accuracy is 97, expected a share"),
        ({**right, "search": {}}, {"search": 1}, r"recipe has no \[search.STEP\], expected what a search"),
    ):
        with pytest.raises(UsageError, match=said):
            lapel.compress(given, **more)

"""Pruning: what is kept, that it stays so, that a training resumes with its masks, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lapel import compression
from lapel.compression.densities import kept
from lapel.data import Splits
from lapel.errors import UsageError
from lapel.ir import Graph
from lapel.training.progress import Progress

OPTIONS: dict[str, Any] = {"epochs": 4, "batch": 32, "learning_rate": 0.01}


def densities(graph: Graph) -> dict[str, float]:
    weights = {n.name: graph.tensors[n.inputs[1]].data for n in graph.nodes if n.op == "dense"}
    return {name: float(np.count_nonzero(w) / w.size) for name, w in weights.items() if w is not None}


def names(graph: Graph) -> list[str]:
    return list(densities(graph))


def test_training_makes_up_for_what_is_taken_away(trained: Graph, parts: Splits) -> None:
    options = {**OPTIONS, "epochs": 16}
    made = compression.prune(trained, parts, density=0.2, **options)
    assert all(d == pytest.approx(0.2, abs=0.02) for d in densities(made.graph).values())
    assert made.record is not None and made.record.run.val is not None
    assert (made.record.run.val.accuracy or 0) > 0.85 and made.record.run.best_epoch >= 10
    assert "372 of 1,860 weights are left, 20.00%" in made.notes[0] and "trained for 16 epochs" in made.notes[1]
    assert not made.warnings


def test_densities_by_layer_and_zeros_that_stay(trained: Graph, parts: Splits) -> None:
    first, second, last = names(trained)
    made = compression.prune(trained, parts, density={first: 0.2, "*": 0.5}, **OPTIONS).graph
    found = densities(made)
    assert found[first] == pytest.approx(0.2, abs=0.01) and found[second] == pytest.approx(0.5, abs=0.01)
    again = compression.prune(made, parts, density={last: 0.3}, **OPTIONS).graph
    assert densities(again) == {**found, last: pytest.approx(0.3, abs=0.02)}
    before, after = _weights(made, first), _weights(again, first)
    assert np.array_equal(before != 0, after != 0) and not np.array_equal(before, after)


def _weight_name(graph: Graph, layer: str) -> str:
    return next(n.inputs[1] for n in graph.nodes if n.name == layer)


def _weights(graph: Graph, layer: str) -> np.ndarray:
    data = graph.tensors[_weight_name(graph, layer)].data
    assert data is not None
    return data


def test_a_global_budget_and_no_training(trained: Graph, parts: Splits) -> None:
    made = compression.prune(trained, parts, density=0.2, scope="global", score="lamp", epochs=0)
    found = densities(made.graph)
    size = sum(_weights(trained, n).size for n in found)
    assert sum(np.count_nonzero(_weights(made.graph, n)) for n in found) == round(0.2 * size)
    assert len(set(found.values())) == 3 and found[names(trained)[-1]] > found[names(trained)[0]]
    assert made.warnings == ("nothing was trained after pruning: accuracy is lost",) and made.record is None


def test_scores() -> None:
    w = np.array([[0.5, -3.0], [1.0, 0.0]], np.float32)
    assert kept([w], 0.5, "magnitude")[0].tolist() == [[False, True], [True, False]]
    # In the second layer every weight is the largest of those that are no smaller: 1/1, 1/2.
    a, b = kept([10 * w, np.array([1e-3, 1e-3], np.float32)], 0.5, "lamp")
    assert a.tolist() == [[False, True], [False, False]] and b.tolist() == [True, True]
    assert not kept([w], 1.0, "magnitude")[0][1, 1]


@pytest.mark.parametrize("regrow", [0.0, 0.5])
def test_a_resumed_pruning_is_bit_for_bit_the_same(
    trained: Graph, parts: Splits, tmp_path: Path, regrow: float
) -> None:
    options = {**OPTIONS, "density": 0.15, "scope": "global", "steps": 7, "regrow": regrow, "ramp": 0.8}
    whole = compression.prune(trained, parts, **options)

    class Interrupted(Exception):
        pass

    def interrupt(at: Progress) -> None:
        if (at.epoch, at.step) == (3, 2):
            raise Interrupted

    place = tmp_path / "prune.pt"
    with pytest.raises(Interrupted):
        compression.prune(trained, parts, checkpoint=place, progress=interrupt, **options)
    rest = compression.prune(trained, parts, checkpoint=place, **options)
    assert rest.graph.digest() == whole.graph.digest()
    assert rest.record is not None and whole.record is not None
    assert replace(rest.record, seconds=None) == replace(whole.record, seconds=None)


def test_weights_come_back_and_the_budget_holds(trained: Graph, parts: Splits) -> None:
    plain = compression.prune(trained, parts, density=0.1, **OPTIONS).graph
    again = compression.prune(trained, parts, density=0.1, regrow=0.5, **OPTIONS).graph
    first, *_ = names(trained)
    assert densities(plain) == densities(again)
    small = np.abs(_weights(trained, first)) < np.quantile(np.abs(_weights(trained, first)), 0.5)
    assert np.count_nonzero(_weights(again, first)[small]) > np.count_nonzero(_weights(plain, first)[small])


@pytest.mark.parametrize(
    ("density", "more", "message"),
    [
        ({"dense_9": 0.5}, {}, "density: no layer is called 'dense_9': did you mean"),
        (0.001, {}, "would leave a layer empty: give at least"),
        (0.5, {"epochs": 1, "batch": 200}, "the training has 1 batches, of which the share ramp = 0.6"),
    ],
)
def test_what_is_refused(trained: Graph, parts: Splits, density: Any, more: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        compression.prune(trained, parts, density=density, **{**OPTIONS, **more})


def test_a_layer_that_would_be_empty_is_named(trained: Graph, parts: Splits) -> None:
    first, *_ = names(trained)
    tensors = dict(trained.tensors)
    name = _weight_name(trained, first)
    tensors[name] = replace(tensors[name], data=_weights(trained, first) * np.float32(1e-9))
    with pytest.raises(UsageError, match=f"none of the weights of {first} is among the 2.00% that are kept"):
        compression.prune(replace(trained, tensors=tensors), parts, density=0.02, scope="global", epochs=0)

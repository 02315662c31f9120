"""Shared weights: exact k-means, few values on the firmware's integers, zeros beside them, training that resumes."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lapel
from lapel import compression
from lapel.compression.codebooks import code_book, nearest
from lapel.data import Splits
from lapel.errors import UsageError
from lapel.ir import Graph
from lapel.training.progress import Progress

OPTIONS: dict[str, Any] = {"epochs": 4, "batch": 32, "learning_rate": 0.003}


@pytest.fixture(scope="module")
def sparse(trained: Graph, parts: Splits) -> Graph:
    return compression.prune(trained, parts, density=0.4, epochs=6, batch=32, learning_rate=0.01).graph


def weights(graph: Graph) -> list[np.ndarray]:
    found = [graph.tensors[n.inputs[1]].data for n in graph.nodes if len(n.inputs) > 2]
    return [w for w in found if w is not None]


def test_k_means_is_exact() -> None:
    rng = np.random.default_rng(2)
    x = np.rint(rng.normal(0, 40, 14))
    x = x[x != 0]
    for count in (2, 3, 4):
        book = code_book(x, count, "kmeans")
        found = ((x - book[nearest(book, x)]) ** 2).sum()
        ordered = np.sort(x)
        best = min(
            sum(((part - part.mean()) ** 2).sum() for part in np.split(ordered, cut))
            for cut in combinations(range(1, len(ordered)), count - 1)
        )
        assert found == pytest.approx(best)
    assert code_book(x, 3, "linear").tolist() == [x.min(), (x.min() + x.max()) / 2, x.max()]
    assert code_book(np.array([1.0, 1.0, -2.0]), 8, "kmeans").tolist() == [-2, 1]


@pytest.mark.parametrize(("assignment", "learn"), [("fixed", True), ("epochs", True), ("steps", False)])
def test_few_values_and_zeros_beside_them(sparse: Graph, parts: Splits, assignment: str, learn: bool) -> None:
    first, options = sparse.nodes[0].name, {**OPTIONS, "bias_bits": 8, "learn_ranges": learn}
    made = compression.share(sparse, parts, values={first: 4, "*": 8}, assignment=assignment, **options)
    for w, before, count in zip(weights(made.graph), weights(sparse), (4, 8, 8), strict=True):
        assert w.dtype == np.int8 and len(np.unique(w[before != 0])) <= count and not w[before == 0].any()
    assert made.record is not None and made.record.run.val is not None and (made.record.run.val.accuracy or 0) > 0.8
    assert f"shared values: {first} 4 for" in made.notes[0] and not made.warnings
    assert parts.test is not None
    run = lapel.run(made.graph, "host", parts.test.numbers(), labels=parts.test.y)
    assert run.bit_exact and made.record.run.test is not None and run.accuracy == made.record.run.test.accuracy


def test_values_that_were_trained_do_better(sparse: Graph, parts: Splits) -> None:
    options: dict[str, Any] = {"values": 2, "start": "linear"}
    rough = compression.share(sparse, parts, epochs=0, **options)
    assert rough.warnings == ("the shared values were not trained: accuracy is lost",)
    assert parts.test is not None
    run = lapel.run(rough.graph, "host", parts.train.numbers(), labels=parts.train.y)
    tuned = compression.share(sparse, parts, **{**OPTIONS, "epochs": 12}, **options)
    assert tuned.record is not None and run.accuracy is not None
    assert (tuned.record.run.train.accuracy or 0) > run.accuracy


def test_groups_of_channels_have_books_of_their_own(sparse: Graph, parts: Splits) -> None:
    made = compression.share(sparse, parts, values=2, groups=3, epochs=0).graph
    first, second = weights(made)[:2]
    assert all(len(np.unique(part[part != 0])) <= 2 for part in np.split(first, 3))
    assert len(np.unique(first[first != 0])) > 2 and second.shape[0] % 3 == 0
    with pytest.raises(UsageError, match="groups is 13, and dense_1 has 12 channels: give fewer groups"):
        compression.share(sparse, parts, groups=13, epochs=0)


def test_an_integer_graph_shares_what_it_stands_for(sparse: Graph, parts: Splits) -> None:
    integers = compression.quantize(sparse, parts, granularity="tensor").graph
    made = compression.share(integers, parts, values=8, epochs=0).graph
    for w, before in zip(weights(made), weights(integers), strict=True):
        assert len(np.unique(w[w != 0])) <= 8 and not w[before == 0].any()
        assert np.corrcoef(w.reshape(-1), before.reshape(-1))[0, 1] > 0.95


def test_a_resumed_training_is_bit_for_bit_the_same(sparse: Graph, parts: Splits, tmp_path: Path) -> None:
    options = {**OPTIONS, "values": 4, "assignment": "epochs", "soft": 0.5, "teacher": sparse}
    whole = compression.share(sparse, parts, **options)

    class Interrupted(Exception):
        pass

    def interrupt(at: Progress) -> None:
        if (at.epoch, at.step) == (3, 2):
            raise Interrupted

    place = tmp_path / "share.pt"
    with pytest.raises(Interrupted):
        compression.share(sparse, parts, checkpoint=place, progress=interrupt, **options)
    rest = compression.share(sparse, parts, checkpoint=place, **options)
    assert rest.graph.digest() == whole.graph.digest() and rest.record is not None and whole.record is not None
    assert replace(rest.record, seconds=None) == replace(whole.record, seconds=None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"values": 1}, "values is 1, expected a whole number from 2 to 256 or a table of whole numbers from 2 to 256"),
        ({"values": {"dens_0": 4}}, "values: no layer is called 'dens_0': did you mean 'dense_.'"),
        ({"start": "random"}, "start is 'random', expected one of kmeans, linear"),
    ],
)
def test_what_is_refused(sparse: Graph, parts: Splits, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        compression.share(sparse, parts, **options)

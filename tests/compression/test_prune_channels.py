"""Channels pruned: which ones go, how many, that a training makes up for it, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lapel
from floats import difference
from lapel import compression, zoo
from lapel.compression.channels import find_channels
from lapel.compression.choice import count_channels
from lapel.compression.cutting import count_macs, count_weights
from lapel.compression.importance import CRITERIA
from lapel.data import Splits
from lapel.errors import InputError, TrainingError, UsageError
from lapel.ir import Graph
from lapel.ops import evaluate

OPTIONS: dict[str, Any] = {"batch": 32, "learning_rate": 0.01, "threads": 1}


@pytest.fixture(scope="module")
def network(parts: Splits) -> Graph:
    """A depthwise separable network of 16 channels that has learned the bars."""
    start = zoo.make("dscnn", input=(8, 8, 1), outputs=3, channels=16, blocks=2, kernel=(3, 3), stride=(1, 1))
    made = lapel.train(start, parts, epochs=6, normalize=True, **OPTIONS)
    assert made.record.run.val is not None and (made.record.run.val.accuracy or 0) > 0.9
    return made.graph


def widths(graph: Graph) -> dict[str, int]:
    return {n.name: graph.tensors[n.outputs[0]].type.shape[-1] for n in graph.nodes if n.name != "mean"}


def half(graph: Graph, parts: Splits, **options: Any) -> compression.Compressed:
    return compression.prune_channels(graph, parts, **{**OPTIONS, "epochs": 0, **options})


def test_half_of_the_channels_and_a_training(network: Graph, parts: Splits) -> None:
    made = half(network, parts, epochs=4)
    assert set(widths(made.graph).values()) == {8, 3}
    assert made.record is not None and made.record.run.val is not None
    assert (made.record.run.val.accuracy or 0) > 0.9 and not made.warnings
    assert made.notes[0] == "channels: conv 8 of 16, pointwise 8 of 16, pointwise_1 8 of 16"
    assert "of 60,464 MACs are left, 36.5%, 411 of 1,075 weights are left, 38.2%" in made.notes[1]
    assert "trained for 4 epochs" in made.notes[2]


def test_the_firmware_does_less(network: Graph, parts: Splits) -> None:
    after, samples = half(network, parts).graph, parts.train.numbers(slice(64))
    runs = []
    for graph in (network, after):
        small = lapel.quantize(graph, samples).graph
        runs.append(lapel.run(small, "cortex-m4", samples[:2]))
    assert all(run.bit_exact for run in runs)
    before, less = (run.instructions for run in runs)
    assert before is not None and less is not None and before >= 1.8 * less
    assert runs[0].memory.flash_bytes > runs[1].memory.flash_bytes


def test_nothing_removed_is_said(network: Graph, parts: Splits) -> None:
    made = half(network, parts, keep={"conv": 0.9})
    assert made.warnings == ("no channel was removed: keep is too near 1 for layers of multiples of 4",)
    assert widths(made.graph) == widths(network)


def test_data_that_does_not_fit(network: Graph, parts: Splits) -> None:
    narrow = replace(parts, train=replace(parts.train, x=parts.train.x[:, :, :4]), val=None, test=None)
    node = {n.name: n for n in network.nodes}
    broken = planted(network, node["conv"].inputs[1], 0, [3], np.inf)
    for method in (compression.prune_channels, compression.low_rank):
        with pytest.raises(InputError, match=r"the data: samples are \[8, 4, 1\], expected \[8, 8, 1\] for dscnn"):
            method(network, narrow, epochs=0)
        with pytest.raises(TrainingError, match=r"dscnn: .* on the data are no finite numbers: train it first"):
            method(broken, parts, epochs=0)


def test_nothing_trained_is_said(network: Graph, parts: Splits) -> None:
    made = half(network, parts)
    assert made.warnings == ("nothing was trained after channels were removed: accuracy is lost",)
    assert made.record is None


@pytest.mark.parametrize("scope", ["layer", "global"])
def test_budgets_are_met_as_nearly_as_the_multiple_allows(network: Graph, parts: Splits, scope: str) -> None:
    for budget, count in (("macs", count_macs), ("weights", count_weights)):
        for multiple, least in ((1, 0.42), (4, 0.2)):
            after = half(network, parts, keep=0.5, budget=budget, scope=scope, multiple=multiple).graph
            assert least * count(network) < count(after) <= 0.5 * count(network)
    channels = find_channels(network)
    after = half(network, parts, keep=0.5, scope=scope, multiple=1).graph
    every = count_channels(network, channels, np.ones(len(channels.whole), bool))
    left = find_channels(after)
    assert count_channels(after, left, np.ones(len(left.whole), bool)) == every // 2


def test_shares_of_single_layers(network: Graph, parts: Splits) -> None:
    found = widths(half(network, parts, keep={"pointwise*": 0.5, "pointwise_1": 0.2}, multiple=1).graph)
    assert found == {"conv": 16, "depthwise": 16, "pointwise": 8, "depthwise_1": 8, "pointwise_1": 4, "scores": 3}


def planted(graph: Graph, name: str, axis: int, at: list[int], factor: float) -> Graph:
    """The graph with smaller weights at some places along an axis."""
    w = graph.tensors[name]
    assert w.data is not None
    data = w.data.copy()
    np.moveaxis(data, axis, 0)[at] *= factor
    return replace(graph, tensors={**graph.tensors, name: replace(w, data=data)})


@pytest.mark.parametrize("criterion", list(CRITERIA))
def test_what_matters_least_goes(network: Graph, parts: Splits, criterion: str) -> None:
    """Norms see filters that are near 0, the gradient those that nobody reads."""
    node, gone = {n.name: n for n in network.nodes}, [1, 5, 6, 11]
    makes, reads = (node[n].inputs[1] for n in ("pointwise", "pointwise_1"))
    taylor = criterion == "taylor"
    graph = planted(network, reads, 3, gone, 0.0) if taylor else planted(network, makes, 0, gone, 1e-3)
    after = half(graph, parts, keep={"pointwise": 0.75}, criterion=criterion).graph
    whole, left = (g.tensors[node["pointwise"].inputs[2]].data for g in (graph, after))
    assert whole is not None and left is not None
    assert np.array_equal(left, np.delete(whole, gone))


def test_rounds_resume_each_from_its_own_checkpoint(network: Graph, parts: Splits, tmp_path: Path) -> None:
    options = {"epochs": 1, "keep": 0.25, "rounds": 2}
    whole = half(network, parts, **options)
    seen = []

    def interrupt(progress: Any) -> None:
        seen.append(progress)
        if len(seen) > 8:
            raise KeyboardInterrupt

    place = tmp_path / "step.pt"
    with pytest.raises(KeyboardInterrupt):
        half(network, parts, checkpoint=place, progress=interrupt, **options)
    again = half(network, parts, checkpoint=place, **options)
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["step-1.pt", "step-2.pt"]
    assert again.graph.digest() == whole.graph.digest() and set(widths(whole.graph).values()) == {4, 3}


def test_what_is_refused(network: Graph, parts: Splits) -> None:
    for options, said in (
        ({"keep": 0.01, "budget": "macs"}, "dscnn: 1.0% of its macs are to be left, and 14.8% are where each layer "
         "keeps 4; with fewer, conv, pointwise, pointwise_1 would be emptied: keep more, or give a smaller multiple"),
        ({"keep": {"conv": 0.01}}, "keep 0.01 of the 16 channels of conv would leave it empty: give at least 0.031"),
        ({"keep": {"cnv": 0.5}}, "keep: no layer is called 'cnv': did you mean 'conv'"),
        ({"keep": {"conv": 0.5, "depthwise": 0.25}}, "keep is 0.5 for conv and 0.25 for depthwise, whose channels are "
         "the same: give both the same"),
        ({"keep": 1.5}, "keep is 1.5, expected a number from 0 to 1 or a table of numbers from 0 to 1"),
        ({"criterion": "l3"}, "criterion is 'l3', expected one of taylor, l1, l2"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=said):
            half(network, parts, **options)
    single = zoo.make("mlp", input=(8, 8, 1), outputs=3, hidden=())
    with pytest.raises(UsageError, match="has no channels that can be removed, expected a layer between two others"):
        half(single, parts)
    integers = lapel.quantize(network, parts.train.numbers(slice(32))).graph
    with pytest.raises(UsageError, match="takes float graphs"):
        half(integers, parts)


def test_batch_normalization_begins_with_what_there_is(network: Graph, parts: Splits) -> None:
    """With a rate of 0 a training changes nothing, but for the means and variances of its batches."""
    still: dict[str, Any] = {"epochs": 1, "learning_rate": 0.0, "batch": len(parts.train)}
    with_it, without = (half(network, parts, normalize=n, **still).graph for n in (True, False))
    assert without.digest() == replace(half(network, parts).graph, origin=without.origin).digest()
    x = {network.inputs[0]: parts.train.numbers(slice(1))}
    ys = [evaluate(graph, x)[network.outputs[0]] for graph in (with_it, without)]
    assert 0 < difference(ys[0], ys[1]) < 0.05

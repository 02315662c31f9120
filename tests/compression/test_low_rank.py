"""Layers made two: nothing is lost of what has a low rank, ranks by energy or budget, layers that are left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import lapel
from floats import difference
from lapel import compression, zoo
from lapel.compression.cutting import count_macs, count_weights
from lapel.data import Splits
from lapel.errors import UsageError
from lapel.ir import Graph
from lapel.ops import evaluate

OPTIONS: dict[str, Any] = {"batch": 32, "learning_rate": 0.01, "threads": 1}
NETWORKS: dict[str, dict[str, Any]] = {
    "lenet_300_100": {},
    "resnet8": {"channels": 8},
    "dscnn": {"channels": 24, "blocks": 2, "kernel": (5, 5), "stride": (2, 1)},
}


def make(name: str) -> Graph:
    return zoo.make(name, input=(8, 8, 1), outputs=3, seed=1, **NETWORKS[name])


def flat(graph: Graph, rank: int) -> Graph:
    """The graph with weights of this rank, and biases."""
    tensors, rng = dict(graph.tensors), np.random.default_rng(0)
    for node in graph.nodes:
        if node.op in ("conv", "dense"):
            w, b = (graph.tensors[name] for name in node.inputs[1:])
            assert w.data is not None and b.data is not None
            u, s, v = np.linalg.svd(w.data.reshape(len(w.data), -1), full_matrices=False)
            low = ((u[:, :rank] * s[:rank]) @ v[:rank]).reshape(w.data.shape).astype(np.float32)
            tensors[w.name] = replace(w, data=low)
            tensors[b.name] = replace(b, data=rng.normal(size=b.data.shape).astype(np.float32))
    return replace(graph, tensors=tensors)


def two(graph: Graph, parts: Splits, **options: Any) -> compression.Compressed:
    return compression.low_rank(graph, parts, **{**OPTIONS, "epochs": 0, **options})


@pytest.mark.parametrize("criterion", ["outputs", "weights"])
@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_is_lost_of_weights_of_a_low_rank(parts: Splits, name: str, criterion: str) -> None:
    graph = flat(make(name), 4)
    made = two(graph, parts, energy=0.99999, criterion=criterion)
    after = made.graph
    assert len(after.nodes) > len(graph.nodes) and "nothing was trained" in made.warnings[0]
    assert count_macs(after) < count_macs(graph) and count_weights(after) < count_weights(graph)
    assert f"{count_macs(after):,} of {count_macs(graph):,} MACs are left" in made.notes[1]
    assert f"{count_weights(after):,} of {count_weights(graph):,} weights are left" in made.notes[1]
    inputs = {graph.inputs[0]: parts.val.numbers(slice(1))} if parts.val else {}
    ys = [evaluate(g, inputs)[g.outputs[0]] for g in (graph, after)]
    assert difference(ys[1], ys[0]) < 0.02
    again = two(after, parts, energy=0.99999, criterion=criterion)
    assert again.graph is after and "no layer became smaller" in again.warnings[0]


def test_ranks_follow_the_energy_and_what_does_not_pay_stays(parts: Splits) -> None:
    graph = make("lenet_300_100")
    made = two(graph, parts, energy={"dense_1": 0.8})
    assert [n.name for n in made.graph.nodes] == ["dense", "dense_1/factor", "dense_1", "scores"]
    found = [len(two(graph, parts, energy=e).graph.nodes) for e in (0.5, 1.0)]
    assert found == [5, 3]
    whole = two(graph, parts, energy=1.0)
    assert "scores (rank 3 of 3, smaller below 3)" in whole.notes[-1] and len(whole.notes) == 1
    sizes = [count_weights(two(graph, parts, energy=e).graph) for e in (0.5, 0.7, 0.9)]
    assert sizes == sorted(sizes) and sizes[0] < sizes[-1]


@pytest.mark.parametrize(("budget", "count"), [("macs", count_macs), ("weights", count_weights)])
def test_a_budget(parts: Splits, budget: str, count: Any) -> None:
    graph = make("resnet8")
    after = two(graph, parts, keep=0.5, budget=budget).graph
    assert 0.4 * count(graph) < count(after) <= 0.5 * count(graph)
    said = r"resnet8: 1.0% of its .* are to be left, and \d+.\d% are with 4 channels between layers: keep more"
    with pytest.raises(UsageError, match=said):
        two(graph, parts, keep=0.01, budget=budget)


def test_what_is_lost_is_learned_again(trained: Graph, parts: Splits) -> None:
    made = two(trained, parts, keep=0.5, epochs=4, multiple=1)
    assert made.record is not None and made.record.run.val is not None
    assert (made.record.run.val.accuracy or 0) > 0.85 and not made.warnings
    integers = lapel.quantize(made.graph, parts.train.numbers(slice(64))).graph
    assert lapel.run(integers, "host", parts.train.numbers(slice(5))).bit_exact


def test_zeros_that_are_lost_are_said(trained: Graph, parts: Splits) -> None:
    pruned = compression.prune(trained, parts, density=0.5, epochs=0).graph
    assert "weights that were 0 are none any more: prune after this" in two(pruned, parts, keep=0.5).warnings[0]


def test_weights_that_steps_share_stay(parts: Splits) -> None:
    graph = zoo.make("fastgrnn", input=(8, 8), outputs=3, hidden=48)
    flattened = replace(parts, train=replace(parts.train, x=parts.train.x[..., 0]), val=None, test=None)
    made = two(graph, flattened, energy=0.5)
    assert not any(n.name.startswith("recurrent") and "/" in n.name for n in made.graph.nodes)
    with pytest.raises(UsageError, match="energy: no layer is called 'recurrent1'"):
        two(graph, flattened, energy={"recurrent1": 0.5})

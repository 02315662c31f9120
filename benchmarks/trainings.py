"""Trainings whose graphs are kept, and how well those do: what the training benchmarks have in common."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from kept import ROOT

import lapel
from lapel import data
from lapel.data import Dataset, Splits, measure
from lapel.ir import Graph
from lapel.ops import evaluate, verify
from lapel.quantization import stored
from lapel.records import TrainingRecord
from lapel.training.trainer import as_splits
from lapel.wish import Quantization

SHARED = Path(os.environ.get("LAPEL_SHARED", ROOT.parent / "shared"))
CALIBRATED = 200
"""Samples that a network is quantized with after training."""
BATCH = 100
"""Samples that the reference computes at a time."""


def mnist_splits() -> Splits:
    """The official split; a tenth of the training samples decides between epochs."""
    found = data.read(SHARED / "data" / "mnist.npz")
    assert isinstance(found, Splits)
    return as_splits(found)


def scores(record: TrainingRecord) -> dict[str, Any]:
    """Of a training: accuracies, epochs, numbers that were learned."""
    run = record.run
    assert run.test is not None and run.val is not None
    return {
        "test": run.test.accuracy,
        "val": run.val.accuracy,
        "epochs": len(run.epochs),
        "learned": record.learned,
    }


def trained(network: Any, splits: Splits, options: dict[str, Any], model: Path) -> dict[str, Any]:
    """Train, and keep the graph as a file."""
    made = lapel.train(network, splits, threads=1, **options)
    model.write_bytes(lapel.write_tflite(made.graph))
    return scores(made.record)


def fine_tuned(model: Path, splits: Splits, options: dict[str, Any]) -> dict[str, Any]:
    """A kept float graph, quantization-aware."""
    return trained(lapel.load(model), splits, options, model.with_stem(f"{model.stem}-int4"))


def after_training(model: Path, splits: Splits, wish: Quantization) -> dict[str, Any]:
    """The accuracy of a kept float graph that is quantized with training samples alone."""
    at = np.random.default_rng(0).permutation(len(splits.train))[:CALIBRATED]
    integers = lapel.quantize(lapel.load(model), splits.train.numbers(at), wish).graph
    assert splits.test is not None
    return {"test": accuracy(integers, splits.test)}


def accuracy(graph: Graph, test: Dataset) -> float | None:
    """By the reference's integers."""
    t, made = graph.tensors[graph.inputs[0]].type, []
    for at in range(0, len(test), BATCH):
        x = stored(t, test.numbers(slice(at, at + BATCH)))
        wide = batched(graph, len(x))
        made.append(evaluate(wide, {graph.inputs[0]: x})[graph.outputs[0]])
    return measure(np.concatenate(made), test).accuracy


def batched(graph: Graph, count: int) -> Graph:
    """The graph of batch 1 for so many samples at a time."""

    def longer(shape: tuple[int, ...]) -> tuple[int, ...]:
        return (count * shape[0], *shape[1:])

    tensors = {
        name: t if t.data is not None else replace(t, type=replace(t.type, shape=longer(t.type.shape)))
        for name, t in graph.tensors.items()
    }
    nodes = [replace(n, attrs={k: longer(v) if k == "shape" else v for k, v in n.attrs.items()}) for n in graph.nodes]
    return verify(replace(graph, nodes=tuple(nodes), tensors=tensors))

"""Labels that a teacher gives: for samples that have none, or whose own are not to be used."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from lapel.data import Dataset, Splits, make_dataset
from lapel.ir import Graph
from lapel.ir.origin import Task, decide
from lapel.training.losses import TASK_LOSSES
from lapel.training.module import GraphModule
from lapel.training.ranges import inputs_of
from lapel.training.trainer import scored

JUDGED = 512
"""Samples of a batch."""


def labelled(x: Any, teacher: Graph) -> Dataset:
    """A dataset of samples (N, ...) without labels: those that the teacher decides for.

    Its task and classes are those of the graph's origin where they are known, else a classification of as many classes
    as it has outputs, or a regression of one. Raises InputError for samples that are none.
    """
    outputs = teacher.tensors[teacher.outputs[0]].type.size
    data = make_dataset(x, np.zeros((len(x), outputs), np.float32), task="regression")
    task: Task = teacher.origin.task
    if task == "unknown":
        task = "classification" if outputs > 1 else "regression"
    classes = teacher.classes or (tuple(range(max(outputs, 2))) if task == "classification" else ())
    return relabelled(replace(data, task=task, classes=classes), teacher)


def relabelled(data: Dataset, teacher: Graph) -> Dataset:
    """The samples with what the teacher decides for in the place of their labels."""
    scores = answers(teacher, data)
    if data.task == "regression":
        return replace(data, y=scores)
    found = decide(scores, 0.0, data.task)
    return replace(data, y=found.astype(np.float32) if data.task == "multilabel" else found)


def relabelled_splits(splits: Splits, teacher: Graph) -> Splits:
    """Those that are learned from and that decide; the test keeps its labels."""
    val = None if splits.val is None else relabelled(splits.val, teacher)
    return Splits(relabelled(splits.train, teacher), val, splits.test)


def answers(teacher: Graph, data: Dataset, score: str = "") -> np.ndarray:
    """float32 (N, outputs): logits of classes and flags, or numbers. score: the tensor that they are."""
    outputs = teacher.tensors[teacher.outputs[0]].type.size
    losses = TASK_LOSSES[data.task]
    score = score or scored(teacher, losses[-1] if outputs == 1 else losses[0])
    module = GraphModule(teacher).eval()
    with torch.no_grad():
        parts = [
            module(inputs_of(teacher, data.numbers(slice(at, at + JUDGED))), (score,))[0].reshape(-1, outputs)
            for at in range(0, len(data), JUDGED)
        ]
    return torch.cat(parts).numpy()

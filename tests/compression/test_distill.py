"""Distillation: the loss, what a student learns of its teacher, with and without labels, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

import lapel
from lapel import compression
from lapel.compression.labels import answers, labelled
from lapel.compression.teaching import softened
from lapel.data import Splits
from lapel.errors import InputError, UsageError
from lapel.ir import Graph

OPTIONS: dict[str, Any] = {"epochs": 12, "batch": 32, "learning_rate": 0.01}
SMALL: dict[str, Any] = {"network": "mlp", "network_options": {"hidden": [6]}}


def test_the_soft_loss_is_the_divergence_at_a_temperature() -> None:
    rng = np.random.default_rng(3)
    s, t = (torch.from_numpy(rng.normal(0, 2, (5, 4))) for _ in range(2))
    p, q = (np.exp(a.numpy() / 3) / np.exp(a.numpy() / 3).sum(1, keepdims=True) for a in (t, s))
    want = 9 * (p * np.log(p / q)).sum(1).mean()
    assert float(softened("cross_entropy", s, t, 3.0)) == pytest.approx(want)
    for kind in ("cross_entropy", "bce", "mse"):
        assert float(softened(kind, t, t, 3.0)) == pytest.approx(0, abs=1e-9)
    assert float(softened("mse", s, t, 3.0)) == pytest.approx(((s - t) ** 2).mean().item())
    a, b = (1 / (1 + np.exp(-x.numpy() / 3)) for x in (t, s))
    want = 9 * (a * np.log(a / b) + (1 - a) * np.log((1 - a) / (1 - b))).mean()
    assert float(softened("bce", s, t, 3.0)) == pytest.approx(want)


def test_a_student_of_the_zoo_agrees_with_its_teacher(trained: Graph, parts: Splits) -> None:
    options = {**OPTIONS, "epochs": 30}
    made = compression.distill(trained, parts, hard=0.0, **SMALL, **options)
    assert "mlp of 411 numbers learned from mlp of 1,899" in made.notes[0]
    assert made.record is not None and made.record.run.val is not None and (made.record.run.val.accuracy or 0) > 0.8
    alone = lapel.train(lapel.zoo.make("mlp", input=(8, 8, 1), outputs=3, hidden=(6,)), parts, **options).graph
    taught, *said = (torch.from_numpy(answers(g, parts.train)) for g in (trained, made.graph, alone))
    near, far = (float(softened("cross_entropy", s, taught, 4.0)) for s in said)
    assert near < 0.85 * far


def test_without_labels_the_teacher_decides(trained: Graph, parts: Splits) -> None:
    wrong = Splits(replace(parts.train, y=(parts.train.y + 1) % 3), replace(parts.val, y=(parts.val.y + 1) % 3))  # type: ignore[type-var]
    made = compression.distill(trained, wrong, labels=False, **SMALL, **OPTIONS)
    again = compression.distill(trained, Splits(parts.train, parts.val), labels=False, **SMALL, **OPTIONS)
    assert made.graph.digest() == again.graph.digest()
    assert made.record is not None and made.record.run.val is not None and (made.record.run.val.accuracy or 0) > 0.7
    data = labelled(parts.train.x, trained)
    assert data.classes == parts.train.classes and data.task == "classification"
    assert (data.y == parts.train.y).mean() > 0.9


def test_a_teacher_that_is_asked_once_says_what_it_does_in_each_batch(trained: Graph, parts: Splits) -> None:
    options = {**OPTIONS, "epochs": 3, "optimizer": "sgd", "learning_rate": 0.1}
    once = compression.distill(trained, parts, **SMALL, **options).graph
    asked = compression.distill(trained, parts, augment={"gain": 0.0}, **SMALL, **options).graph
    np.testing.assert_allclose(answers(once, parts.train), answers(asked, parts.train), rtol=1e-3, atol=1e-4)


def test_a_class_that_is_not_among_the_samples_is_learned_from_the_teacher(trained: Graph, parts: Splits) -> None:
    assert parts.val is not None
    less = Splits(parts.train.take(np.flatnonzero(parts.train.y)), parts.val)
    options = {**OPTIONS, **SMALL, "soft": 1.0}
    made = compression.distill(trained, less, hard=0.0, **options)
    scores = answers(made.graph, parts.train)
    above, unseen = scores[:, 0] - scores[:, 1:].max(axis=1), parts.train.y == 0
    assert np.median(above[unseen]) > np.quantile(above[~unseen], 0.9)
    with pytest.raises(InputError, match="class none has fewer than 2 samples"):
        compression.distill(trained, less, hard=0.1, **options)


def test_features_in_between(trained: Graph, parts: Splits) -> None:
    ours = [n.outputs[0] for n in trained.nodes]
    options = {**OPTIONS, **SMALL, "soft": 0, "feature_weight": 5.0}
    made = compression.distill(trained, parts, features={ours[0]: ours[1]}, **options)
    assert made.record is not None and made.graph.tensors.keys() < trained.tensors.keys() | {"?"}
    with pytest.raises(UsageError, match="features: the student mlp has no tensor 'nothing': expected one of"):
        compression.distill(trained, parts, features={"nothing": ours[1]}, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "there is no teacher to learn from: give the float network, teacher=…"),
        ({"network_options": {"hidden": [3]}, "teacher": True}, "network_options are given without a network"),
        ({**SMALL, "epochs": 0}, "distill with epochs = 0 learns nothing"),
        ({**SMALL, "soft": 0}, "soft is 0 and there are no features"),
        ({"network": "mlp", "network_options": {"outputs": 3}}, "network_options: outputs is given by the data"),
        ({"network": "mpl"}, "there is no network 'mpl': did you mean 'mlp'"),
        ({"teacher": "other"}, "teacher mlp makes 5 numbers, mlp 3: give one of the same samples and outputs"),
    ],
)
def test_what_is_refused(trained: Graph, parts: Splits, options: dict[str, Any], message: str) -> None:
    teacher = options.get("teacher")
    if teacher == "other":
        teacher = lapel.zoo.make("mlp", input=(8, 8, 1), outputs=5)
    given = {**options, "teacher": trained if teacher is True else teacher}
    with pytest.raises(UsageError, match=message):
        compression.distill(trained, parts, **given)

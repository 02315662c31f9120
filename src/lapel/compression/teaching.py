"""A teacher beside the labels: the loss of what a student says against what the float network says of the same samples.

    loss = hard · labels + soft · T² · KL(softmax(teacher / T) ‖ softmax(student / T)) + features · mean square error

Source: Hinton et al. (2015), Distilling the Knowledge in a Neural Network; of features Romero et al. (2015), FitNets:
what a student's layer makes, through a linear map that is learned with it, is to be what the teacher's makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lapel.errors import UsageError, shown
from lapel.ir import Graph
from lapel.keywords import meant
from lapel.training.hooks import Hook
from lapel.training.module import GraphModule

if TYPE_CHECKING:
    from lapel.training.loop import Loop


class Teaching(Hook):
    """soft, hard: weights of the two losses. features: tensors of the student -> of the teacher, of `weight`.

    Where samples are the same in every epoch the teacher is asked once, not in each batch.
    """

    def __init__(
        self,
        teacher: Graph,
        soft: float,
        hard: float,
        temperature: float,
        features: Mapping[str, str] | None = None,
        weight: float = 0.0,
    ) -> None:
        self.teacher = teacher
        self.soft, self.hard, self.temperature = soft, hard, temperature
        self.features, self.weight = dict(features or {}), weight
        self.labels = hard > 0
        self.digest = repr((teacher.digest(), soft, hard, temperature, self.features, weight))

    def begin(self, loop: Loop) -> None:
        """Raises UsageError if the two do not go together."""
        from lapel.compression.labels import answers
        from lapel.training.trainer import scored

        _check_alike(loop.module.graph, self.teacher)
        self.kind = loop.loss
        self.scores = scored(self.teacher, loop.loss)
        self.model = GraphModule(self.teacher).to(loop.device).eval()
        self.answers: Tensor | None = None
        if not self.features and not loop.options.augment:
            self.answers = torch.from_numpy(answers(self.teacher, loop.splits.train, self.scores)).to(loop.device)
        self.maps = nn.ModuleDict()
        for k, (ours, theirs) in enumerate(self.features.items()):
            a, b = _feature(loop.module.graph, ours, "student"), _feature(self.teacher, theirs, "teacher")
            if a[:-1] != b[:-1]:
                found = f"{shown(ours)!r} is {list(a)}, {shown(theirs)!r} {list(b)}"
                raise UsageError(f"features: {found}, expected shapes that are alike but for the last axis")
            torch.manual_seed(loop.seed)
            self.maps[str(k)] = nn.Linear(a[-1], b[-1], bias=False)
        if self.features:
            loop.module.add_module("feature_maps", self.maps.to(loop.device))

    def samples(self, at: np.ndarray) -> None:
        """Of which answers may be known."""
        self.at = torch.from_numpy(at)

    def wanted(self) -> tuple[str, ...]:
        """The student's features."""
        return tuple(self.features)

    def loss(self, loss: Tensor, x: Tensor, scores: Tensor, made: Mapping[str, Tensor]) -> Tensor:
        """Of labels and teacher together."""
        said = self._said(x)
        total = self.soft * softened(self.kind, scores, said[0].reshape(scores.shape), self.temperature)
        if self.hard:
            total = total + self.hard * loss
        for k, (name, theirs) in enumerate(zip(self.features, said[1:], strict=True)):
            total = total + self.weight * F.mse_loss(self.maps[str(k)](made[name]), theirs)
        return total

    def _said(self, x: Tensor) -> tuple[Tensor, ...]:
        """The teacher's scores of a batch, and its features."""
        if self.answers is not None:
            return (self.answers[self.at.to(self.answers.device)],)
        name = self.teacher.inputs[0]
        given = x.reshape(len(x), *self.teacher.tensors[name].type.shape[1:])
        with torch.no_grad():
            return tuple(self.model({name: given}, (self.scores, *self.features.values())))


def softened(kind: str, scores: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """The loss of scores (B, outputs) against those of the teacher, by the kind of the labels' loss; the mean over B.

    Of logits of classes and of flags at this temperature, times its square, so that its gradients do not depend on it;
    of numbers the mean square error.
    """
    if kind == "mse":
        return F.mse_loss(scores, teacher)
    t = temperature
    if kind == "bce":
        ours, theirs = scores / t, torch.sigmoid(teacher / t)
        least = F.binary_cross_entropy(theirs, theirs)
        return (F.binary_cross_entropy_with_logits(ours, theirs) - least) * t * t
    ours, theirs = F.log_softmax(scores / t, dim=1), F.log_softmax(teacher / t, dim=1)
    return F.kl_div(ours, theirs, reduction="batchmean", log_target=True) * t * t


def _check_alike(student: Graph, teacher: Graph) -> None:
    """Raise UsageError if a sample, or the scores of one, are not of the same size."""
    for what, a, b in (("takes", student.inputs, teacher.inputs), ("makes", student.outputs, teacher.outputs)):
        sizes = student.tensors[a[0]].type.size, teacher.tensors[b[0]].type.size
        if len(b) != 1 or sizes[0] != sizes[1]:
            raise UsageError(
                f"teacher {shown(teacher.name)} {what} {sizes[1]} numbers, {shown(student.name)} {sizes[0]}: give one "
                "of the same samples and outputs"
            )


def _feature(graph: Graph, name: str, whose: str) -> tuple[int, ...]:
    """The shape of a tensor in between."""
    between = [n for n, t in graph.tensors.items() if t.data is None and n not in graph.inputs]
    if name not in between:
        raise UsageError(
            f"features: the {whose} {shown(graph.name)} has no tensor {shown(name)!r}: {meant(name, between)}"
        )
    return graph.tensors[name].type.shape

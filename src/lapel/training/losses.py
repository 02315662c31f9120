"""Losses by name: (scores (B, outputs), labels, options) -> the mean over the samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lapel.data import Dataset
from lapel.errors import UsageError
from lapel.records import TrainingOptions

if TYPE_CHECKING:
    from torch import Tensor

Loss = Callable[["Tensor", "Tensor", TrainingOptions], "Tensor"]


def cross_entropy(scores: Tensor, labels: Tensor, options: TrainingOptions) -> Tensor:
    """Of logits and class indexes. label_smoothing: share of the target that all classes have alike."""
    from torch.nn import functional as F

    return F.cross_entropy(scores, labels, label_smoothing=options.label_smoothing)


def bce(scores: Tensor, labels: Tensor, options: TrainingOptions) -> Tensor:
    """Binary cross entropy of logits and flags, the mean over the outputs; a class index of two is a flag."""
    from torch.nn import functional as F

    return F.binary_cross_entropy_with_logits(scores, labels.reshape(scores.shape).to(scores.dtype))


def mse(scores: Tensor, labels: Tensor, options: TrainingOptions) -> Tensor:
    """Mean square error over outputs and samples."""
    from torch.nn import functional as F

    return F.mse_loss(scores, labels.reshape(scores.shape))


LOSSES: dict[str, Loss] = {"cross_entropy": cross_entropy, "bce": bce, "mse": mse}
TASK_LOSSES = {"classification": ("cross_entropy", "bce"), "multilabel": ("bce",), "regression": ("mse",)}
"""Those that a task may have, the usual one first."""


def chosen_loss(name: str, data: Dataset, outputs: int) -> str:
    """The name of the loss; `auto` is what suits the task. Raises UsageError for one that does not, or other outputs
    than the task has."""
    known = TASK_LOSSES[data.task]
    if data.task == "classification" and len(data.classes) == 2 and outputs == 1:
        known = ("bce",)
    elif data.task == "classification":
        known = ("cross_entropy",)
    if name not in ("auto", *known):
        raise UsageError(f"loss is {name!r}, expected {' or '.join(known)} for a {data.task} of {outputs} outputs")
    wanted = 1 if known == ("bce",) and data.task == "classification" else data.outputs
    if outputs != wanted:
        raise UsageError(
            f"the network has {outputs} outputs, {data.where} has {data.outputs} ({data.task}): give one "
            "that has as many"
        )
    return known[0]

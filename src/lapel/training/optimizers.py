"""Optimizers by name, with weights and biases of their own decay: biases and normalization have none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from lapel.records import TrainingOptions

if TYPE_CHECKING:
    from torch import nn, optim


def sgd(groups: Sequence[dict[str, Any]], options: TrainingOptions) -> optim.Optimizer:
    """Stochastic gradient descent with momentum after Nesterov, if there is any."""
    from torch import optim

    return optim.SGD(groups, options.learning_rate, options.momentum, nesterov=options.momentum > 0)


def adam(groups: Sequence[dict[str, Any]], options: TrainingOptions) -> optim.Optimizer:
    """Adam: decay is part of the gradient. Source: Kingma and Ba (2015)."""
    from torch import optim

    return optim.Adam(groups, options.learning_rate)


def adamw(groups: Sequence[dict[str, Any]], options: TrainingOptions) -> optim.Optimizer:
    """Adam with decay beside the gradient. Source: Loshchilov and Hutter (2019)."""
    from torch import optim

    return optim.AdamW(groups, options.learning_rate)


OPTIMIZERS: dict[str, Callable[[Sequence[dict[str, Any]], TrainingOptions], optim.Optimizer]] = {
    "sgd": sgd,
    "adam": adam,
    "adamw": adamw,
}


def make_optimizer(module: nn.Module, options: TrainingOptions) -> optim.Optimizer:
    """The optimizer of a module's parameters; those of two or more axes decay."""
    parameters = [p for p in module.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": options.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return OPTIMIZERS[options.optimizer]([g for g in groups if g["params"]], options)

"""How much the channels of a graph matter: criteria by name, each (graph, channels, samples) -> float64 [channels].

Channels that are made by several filters, as those of residual sums, have one number; whole ones have infinity.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from lapel.compression.channels import Channels
from lapel.data import Dataset
from lapel.errors import TrainingError
from lapel.ir import Graph
from lapel.records import TrainingOptions

SAMPLES, BATCH = 1024, 16
"""That gradients are taken of, and of how many at once."""

Criterion = Callable[[Graph, Channels, Dataset], np.ndarray]


def norms(graph: Graph, channels: Channels, data: Dataset, *, power: int) -> np.ndarray:
    """The norm of a channel's filters, each relative to the mean of its layer's, and of these the mean.

    Source: Li et al. (2017), Pruning filters for efficient convnets.
    """
    total, filters = np.zeros(len(channels.whole)), np.zeros(len(channels.whole))
    for maker in channels.makers:
        w = graph.tensors[maker.weights].data
        assert w is not None
        rows = np.moveaxis(w, maker.axis, 0).reshape(w.shape[maker.axis], -1).astype(np.float64)
        found = (np.abs(rows) ** power).mean(axis=1) ** (1 / power)
        np.add.at(total, channels.made(maker), found / (found.mean() or 1.0))
        np.add.at(filters, channels.made(maker), 1)
    return np.where(channels.whole, np.inf, total / np.maximum(filters, 1))


def taylor(graph: Graph, channels: Channels, data: Dataset) -> np.ndarray:
    """What removing a channel does to the loss, to first order: (the sum of gradient times weight over its filters
    and biases)², the mean over batches of some samples, relative to the greatest.

    Raises TrainingError if it is no finite number. Source: Molchanov et al. (2019), Importance estimation for neural
    network pruning, section 3.1, with gates.
    """
    import torch

    from lapel.training.losses import LOSSES, chosen_loss
    from lapel.training.module import GraphModule
    from lapel.training.trainer import check_fit, scored

    check_fit(graph, data)
    module = GraphModule(graph)
    x, y = graph.tensors[graph.inputs[0]].type, graph.tensors[graph.outputs[0]].type
    loss = chosen_loss("auto", data, y.size)
    total = np.zeros(len(channels.whole))
    order = np.random.default_rng(0).permutation(len(data))[:SAMPLES]  # samples of a class often lie together
    for at in range(0, len(order), BATCH):
        part = order[at : at + BATCH]
        given = torch.from_numpy(data.numbers(part).reshape(-1, *x.shape[1:]))
        (scores,) = module({graph.inputs[0]: given}, (scored(graph, loss),))
        module.zero_grad(set_to_none=True)
        LOSSES[loss](scores.reshape(len(given), -1), torch.from_numpy(data.y[part]), TrainingOptions()).backward()
        moved = {}
        for name, value in module.values().items():
            if value.grad is not None:
                moved[name] = (value.detach() * value.grad).numpy().astype(np.float64)
        total += _summed(channels, moved) ** 2
    if not np.isfinite(total).all():
        raise TrainingError(f"{graph.name}: gradients on {data.where} are no finite numbers: train it first, or use l2")
    return np.where(channels.whole, np.inf, total / (total.max() or 1.0))


def _summed(channels: Channels, moved: dict[str, np.ndarray]) -> np.ndarray:
    """By channel, the sum over its filters and biases."""
    total = np.zeros(len(channels.whole))
    for maker in {(m.weights, m.axis): m for m in channels.makers}.values():
        number = channels.made(maker)
        if maker.weights in moved:
            np.add.at(total, number, np.moveaxis(moved[maker.weights], maker.axis, 0).reshape(len(number), -1).sum(1))
        if maker.bias in moved:
            np.add.at(total, number, moved[maker.bias].reshape(-1))
    return total


CRITERIA: dict[str, Criterion] = {"l1": partial(norms, power=1), "l2": partial(norms, power=2), "taylor": taylor}

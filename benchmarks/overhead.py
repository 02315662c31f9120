"""What a training step costs beside the same network written in plain PyTorch: float, and quantization-aware.

Rounds are interleaved: each has a few steps of the plain loop, of `lapel.train`, and of `lapel.train`
quantization-aware, in CPU time of one thread; a round gives one ratio, and the median of rounds is the result. The
plain loop is what PyTorch's tutorials teach: shuffled batches of bytes made floats, forward, loss, backward, Adam, and
the loss read.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import nn

import lapel
from lapel import zoo
from lapel.data import Dataset, Splits, make_dataset
from lapel.ir import Graph
from lapel.training import Progress

ROUNDS = 9
STEPS = 30
"""Of a round; the first of them, which warm up, are not counted."""
WARM = 5
BATCH = 64
MOST = {"float": 1.2, "int8 aware": 2.5, "int4 aware": 2.5}
"""Times the plain loop, that each is meant to be at most."""
AWARE: dict[str, dict[str, Any]] = {
    "int8 aware": {"quantize": True},
    "int4 aware": {"quantize": True, "weight_bits": 4},
}


def plain_lenet5() -> nn.Module:
    """As `lapel.zoo` has it."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


def plain_dscnn() -> nn.Module:
    """As `lapel.zoo` has it, of 64 channels and 4 blocks, with batch normalization behind each layer but the last."""

    def layer(inputs: int, kernel: int, groups: int = 1, stride: int = 1) -> list[nn.Module]:
        pad = kernel // 2
        return [nn.Conv2d(inputs, 64, kernel, stride, pad, groups=groups), nn.BatchNorm2d(64), nn.ReLU()]

    blocks = [m for _ in range(4) for m in (*layer(64, 3, groups=64), *layer(64, 1))]
    return nn.Sequential(*layer(1, 5, stride=2), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def lenet5(seed: int) -> Graph:
    """Of 28 × 28 pixels."""
    return zoo.make("lenet5", input=(28, 28, 1), outputs=10, seed=seed)


def dscnn(seed: int) -> Graph:
    """Of 28 × 28 pixels, 64 channels and 4 blocks."""
    return zoo.make("dscnn", input=(28, 28, 1), outputs=10, channels=64, blocks=4, kernel=(5, 5), seed=seed)


NETWORKS: dict[str, tuple[Callable[[int], Graph], Callable[[], nn.Module], bool]] = {
    "lenet5": (lenet5, plain_lenet5, False),
    "dscnn": (dscnn, plain_dscnn, True),
}
"""Ours, plain PyTorch's, and whether both have batch normalization."""


def plain_s(module: nn.Module, data: Dataset) -> float:
    """CPU seconds of a step of a plain loop."""
    optimizer, loss_of = torch.optim.Adam(module.parameters()), nn.CrossEntropyLoss()
    images, labels = torch.from_numpy(data.x.transpose(0, 3, 1, 2)), torch.from_numpy(data.y)
    stamps = []
    module.train()
    for at in torch.randperm(len(data)).split(BATCH):
        x = images[at].float() / 255
        optimizer.zero_grad()
        loss = loss_of(module(x), labels[at])
        loss.backward()
        optimizer.step()
        loss.item()
        stamps.append(time.process_time())
    return step_s(stamps)


def ours_s(network: Graph, data: Dataset, options: dict[str, Any]) -> float:
    """CPU seconds of a step of `lapel.train`, with all that is between one and the next."""
    stamps = []

    def stamp(at: Progress) -> None:
        stamps.append(time.process_time())

    lapel.train(network, Splits(data, data.take(np.arange(BATCH)), data.take(np.arange(BATCH))), progress=stamp,
                epochs=1, batch=BATCH, threads=1, **options)  # fmt: skip
    return step_s(stamps)


def step_s(stamps: list[float]) -> float:
    """The median of the time between stamps."""
    return median(np.diff(stamps[WARM:]).tolist())


def overhead() -> dict[str, Any]:
    """Of each network: milliseconds of a plain step, and what ours are of it."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (STEPS * BATCH, 28, 28, 1)).astype(np.uint8)
    data = make_dataset(x, rng.permutation(np.arange(len(x)) % 10))
    found: dict[str, Any] = {"rounds": ROUNDS, "steps": STEPS - WARM, "batch": BATCH, "at most": MOST, "networks": {}}
    for name, (ours, plain, normalize) in NETWORKS.items():
        graph = ours(0)
        kinds = {"float": {"normalize": normalize}, **AWARE}
        plains, ratios = [], {kind: [] for kind in kinds}  # type: ignore[var-annotated]
        for _ in range(ROUNDS):
            plains.append(plain_s(plain(), data))
            for kind, options in kinds.items():
                ratios[kind].append(ours_s(graph, data, options) / plains[-1])
        row: dict[str, Any] = {"plain ms": round(1e3 * median(plains), 2)}
        for kind, values in ratios.items():
            of = {"times": median(values), "least": min(values), "most": max(values)}
            row[kind] = {name: round(value, 2) for name, value in of.items()}
        found["networks"][name] = row
    return found


if __name__ == "__main__":
    import json

    print(json.dumps(overhead(), indent=2))

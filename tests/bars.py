"""Data that small networks learn within a second: bars that lie, stand, or are none, in noise; and what their tests
have in common, which a conftest.py imports."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import lapel
from lapel import zoo
from lapel.data import Dataset, Splits, make_dataset, split
from lapel.training import Trained

CLASSES = ("none", "lying", "standing")


def make_bars() -> Dataset:
    """240 images of 8 × 8 in which a bar lies, stands, or is none, in noise: three classes."""
    rng = np.random.default_rng(7)
    x = rng.normal(0, 0.3, (240, 8, 8, 1)).astype(np.float32)
    y = np.arange(240) % 3
    for image, k in zip(x, y, strict=True):
        at = rng.integers(1, 7)
        if k:
            image[(at, slice(None)) if k == 1 else (slice(None), at)] += 1.5
    return make_dataset(x, np.array(CLASSES)[y], classes=CLASSES)


def train_bars(parts: Splits, epochs: int) -> Trained:
    """A float network of three dense layers."""
    start = zoo.make("mlp", input=(8, 8, 1), outputs=3, hidden=(24, 12))
    return lapel.train(start, parts, epochs=epochs, batch=32, learning_rate=0.01, threads=1)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """PyTorch has one thread, so that the same seed gives the same bits."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def parts() -> Splits:
    """Three classes of images of 8 × 8, split."""
    return split(make_bars())

"""Networks of the zoo: made from a seed, of the asked shape, and all of them learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import lapel
from lapel import zoo
from lapel.data import make_dataset
from lapel.errors import UsageError
from lapel.ops import evaluate
from lapel.training.module import GraphModule, check_batches

SMALL: dict[str, dict[str, Any]] = {
    "mlp": {"input": (12, 12, 1), "hidden": (16,)},
    "lenet_300_100": {"input": (12, 12, 1)},
    "lenet5": {"input": (16, 16, 1)},
    "lenet5_caffe": {"input": (16, 16, 1), "width": 0.5},
    "dscnn": {"input": (12, 12, 1), "channels": 12, "blocks": 1, "kernel": (3, 3)},
    "mobilenet_v1": {"input": (12, 12, 1), "width": 0.12, "blocks": 4},
    "mobilenet_v2": {"input": (12, 12, 1), "width": 0.3, "stages": 2, "last": 32},
    "resnet8": {"input": (12, 12, 1), "channels": 8},
    "conv1d": {"input": (32, 2), "channels": (8, 8)},
    "autoencoder": {"input": (12,), "hidden": 16, "layers": 1, "code": 4},
    "bcresnet": {"input": (12, 12, 1), "stages": 2},
    "sparknet": {"input": (24, 8, 1), "channels": 8, "kernels": (5,)},
    "fastgrnn": {"input": (16, 3), "hidden": 12},
    "wakeconv": {"input": (32, 3), "channels": 8, "kernels": (5, 5)},
    "voiceprint": {"input": (32, 3), "channels": 8, "kernels": (5,), "embedding": 8},
    "stridenet": {"input": (12, 12, 1), "channels": (6,), "valid": (8,), "first": 3},
}
"""Options with which a network is small enough for a test of a second."""
RATES = {"fastgrnn": 0.02}
"""Learning rates that are not 0.005."""


def test_every_network_has_small_options() -> None:
    assert set(SMALL) == set(zoo.networks())


def stripes(shape: tuple[int, ...], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """96 samples of two classes: waves along the first axis, or along the second (of a signal: of two lengths)."""
    rng = np.random.default_rng(seed)
    y = np.arange(96) % 2
    at = np.indices(shape)
    waves = (at[0] * 2.1, at[1] * 2.1) if len(shape) > 2 and shape[1] > 1 else (at[0] * 2.1, at[0] * 0.7)
    phase = rng.uniform(0, 2 * np.pi, 96)
    x = np.stack([np.sin(waves[k] + p) for k, p in zip(y, phase, strict=True)])
    return (x + rng.normal(0, 0.2, x.shape)).astype(np.float32), y


@pytest.mark.parametrize("name", list(zoo.networks()))
def test_a_network_is_of_its_seed_and_the_same_in_pytorch(name: str) -> None:
    graph = zoo.make(name, outputs=2, seed=3, **SMALL[name])
    assert graph.digest() == zoo.make(name, outputs=2, seed=3, **SMALL[name]).digest()
    assert graph.digest() != zoo.make(name, outputs=2, seed=4, **SMALL[name]).digest()
    shape = graph.tensors[graph.inputs[0]].type.shape
    assert shape == (1, *SMALL[name]["input"])
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    module = GraphModule(graph)
    check_batches(module)
    want = evaluate(graph, {graph.inputs[0]: x})[graph.outputs[0]]
    with torch.no_grad():
        (found,) = module({graph.inputs[0]: torch.from_numpy(x)})
    np.testing.assert_allclose(found.numpy(), want, atol=1e-4 * max(1, abs(want).max()))


@pytest.mark.parametrize("name", list(zoo.networks()))
def test_every_network_learns(name: str) -> None:
    options = SMALL[name]
    data = make_dataset(*stripes(options["input"]))
    normal = zoo.networks()[name].normalize
    trained = lapel.train(
        lambda seed: zoo.make(name, outputs=2, seed=seed, **options), data,
        epochs=12, batch=16, learning_rate=RATES.get(name, 0.005), normalize=normal, threads=1,
    )  # fmt: skip
    run = trained.record.run
    assert run.train.accuracy is not None and run.train.accuracy >= 0.9, run


def test_sizes_that_were_published() -> None:
    """Numbers that are learned: LeNet-300-100 has 266,610 and LeNet-5 61,706 with every map connected."""

    def count(name: str, **options: Any) -> int:
        graph = zoo.make(name, **options)
        return sum(t.data.size for t in graph.tensors.values() if t.data is not None)

    assert count("lenet_300_100") == 266_610
    assert count("lenet5") == 61_706
    assert count("lenet5_caffe") == 431_080


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("lenet6", {}, "there is no network 'lenet6': did you mean 'lenet5'"),
        ("mlp", {"inputs": (3,), "outputs": 2}, "network 'mlp': option 'inputs' is unknown: did you mean 'input'"),
        ("mlp", {"input": (3,)}, "network 'mlp' needs outputs"),
        ("mlp", {"input": (), "outputs": 2}, "expected the shape of a sample"),
        ("mlp", {"input": (3,), "outputs": 0}, "outputs is 0, expected a whole number from 1 on"),
        ("mlp", {"input": (3,), "outputs": 2, "hidden": [0]}, r"hidden is \[0\], expected a list of whole numbers"),
        ("mlp", {"input": (3,), "outputs": 2, "hidden": "8"}, "hidden is '8', expected a list of whole numbers"),
        ("dscnn", {"kernel": [3]}, r"kernel is \[3\], expected a list of 2 whole numbers from 1 on"),
        ("dscnn", {"channels": True}, "channels is True, expected a whole number from 1 on"),
        ("lenet5", {"width": 0}, "width is 0, expected a number above 0"),
        ("lenet5", {"input": (8, 8, 1)}, "is too small: a window of"),
        ("lenet5", {"input": (8,)}, r"expected \(height, width, channels\)"),
    ],
)
def test_what_cannot_be_made(name: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        zoo.make(name, **options)

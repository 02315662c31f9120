"""Float networks written by hand, and data for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.building import GraphBuilder
from lapel.ir import Graph, Tensor

VALID = {"stride": (1, 1), "dilation": (1, 1), "pad": (0, 0, 0, 0)}


class Net(GraphBuilder):
    """Layers with weights drawn as He et al. do."""

    def __init__(self, name: str, seed: int = 0) -> None:
        super().__init__(name)
        self.rng = np.random.default_rng(seed)

    def weights(self, name: str, shape: tuple[int, ...], fan_in: int) -> Tensor:
        return self.constant(name, self.rng.normal(0, np.sqrt(2 / fan_in), shape).astype(np.float32))

    def biases(self, name: str, count: int) -> Tensor:
        return self.constant(name, self.rng.normal(0, 0.1, count).astype(np.float32))

    def conv(self, x: Tensor, name: str, o: int, k: int, activation: str = "relu", **attrs: Any) -> Tensor:
        c = x.type.shape[-1]
        w, b = self.weights(f"{name}/w", (o, k, k, c), k * k * c), self.biases(f"{name}/b", o)
        return self.node("conv", x, w, b, name=name, **{**VALID, **attrs}, activation=activation)

    def depthwise(self, x: Tensor, name: str, k: int, activation: str = "relu", **attrs: Any) -> Tensor:
        c = x.type.shape[-1]
        w, b = self.weights(f"{name}/w", (1, k, k, c), k * k), self.biases(f"{name}/b", c)
        return self.node("depthwise", x, w, b, name=name, **{**VALID, **attrs}, activation=activation)

    def dense(self, x: Tensor, name: str, o: int, activation: str = "none") -> Tensor:
        k = x.type.shape[-1]
        w, b = self.weights(f"{name}/w", (o, k), k), self.biases(f"{name}/b", o)
        return self.node("dense", x, w, b, name=name, activation=activation, keep_dims=False)


def small_net(seed: int = 0) -> Graph:
    """What ties tensors, what has an exact output, a constant operand, and a stored attribute."""
    b = Net("small", seed)
    x = b.input("image", (1, 10, 10, 3))
    y = b.node("pad", x, before=(0, 1, 1, 0), after=(0, 1, 1, 0), value=0.25, name="border")
    y = b.conv(y, "first", 8, 3)
    left = b.node("maxpool", y, kernel=(2, 2), stride=(2, 2), pad=(0, 0, 0, 0), activation="none", name="left")
    right = b.conv(left, "right", 8, 3, "none", pad=(1, 1, 1, 1))
    both = b.node("add", left, right, activation="relu", name="both")
    gain = b.constant("gain", b.rng.uniform(0.5, 1.5, (1, 1, 1, 8)).astype(np.float32))
    both = b.node("mul", both, gain, activation="none", name="scaled")
    y = b.node("concat", both, left, axis=3, name="joined")
    y = b.depthwise(y, "spread", 3)
    y = b.node("mean", y, axes=(1, 2), keep_dims=False, name="mean")
    y = b.dense(y, "scores", 5)
    return b.graph(b.node("softmax", y, beta=1.0, name="softmax"))


def images(graph: Graph, count: int, seed: int = 1, most: float = 1.0) -> np.ndarray:
    """float32 [count, …]: smooth patches of light and noise, moved about, in 0..most."""
    (name,) = graph.arguments
    _, h, w, c = graph.tensors[name].type.shape
    rng = np.random.default_rng(seed)
    coarse = rng.random((count, -(-h // 4) + 2, -(-w // 4) + 2, c))
    smooth = coarse.repeat(4, axis=1).repeat(4, axis=2)
    at = rng.integers(0, 8, (count, 2))
    cut = np.stack([s[i : i + h, j : j + w] for s, (i, j) in zip(smooth, at, strict=True)])
    gain = rng.uniform(0.3, 1.0, (count, 1, 1, 1))
    return (most * np.clip(gain * cut + rng.normal(0, 0.05, cut.shape), 0, 1)).astype(np.float32)

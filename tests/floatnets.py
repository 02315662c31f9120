"""Float networks written by hand, and data for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.building import GraphBuilder
from lapel.ir import Graph, Tensor
from lapel.quantization.comparison import results
from lapel.quantization.layers import layers, with_constants

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


def images(graph: Graph, count: int, seed: int = 1) -> np.ndarray:
    """float32 [count, …]: `patches` for the only input of a graph."""
    (name,) = graph.arguments
    return patches(graph.tensors[name].type.shape, count, seed).astype(np.float32)


def patches(shape: tuple[int, ...], count: int, seed: int = 1, size: int = 4) -> np.ndarray:
    """float64 [count, …] in 0..1 for a shape [1, H, W, C] or [1, W]: smooth patches and noise, moved about."""
    h, w, c = shape[1:] if len(shape) == 4 else (1, shape[1], 1)
    rng = np.random.default_rng(seed)
    coarse = rng.random((count, -(-h // size) + 2, -(-w // size) + 2, c))
    smooth = coarse.repeat(size, axis=1).repeat(size, axis=2)
    at = rng.integers(0, 2 * size, (count, 2))
    cut = np.stack([s[i : i + h, j : j + w] for s, (i, j) in zip(smooth, at, strict=True)])
    gain = rng.uniform(0.3, 1.0, (count, 1, 1, 1))
    return np.clip(gain * cut + rng.normal(0, 0.05, cut.shape), 0, 1).reshape(count, *shape[1:])


def patterns(count: int, classes: int = 4, side: int = 16, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(float32 [count, side, side, 3], class [count]): waves of a direction and colour a class, moved, with noise."""
    rng = np.random.default_rng(seed)
    kinds = np.random.default_rng(99)
    angle, period = kinds.uniform(0, np.pi, classes), kinds.uniform(3, 8, classes)
    colour = kinds.uniform(0.2, 1, (classes, 3))
    labels = np.arange(count) % classes
    at = np.arange(side)
    along = np.cos(angle)[labels, None, None] * at[:, None] + np.sin(angle)[labels, None, None] * at[None, :]
    phase, gain = rng.uniform(0, 2 * np.pi, (count, 1, 1)), rng.uniform(0.4, 1, (count, 1, 1))
    waves = gain * (0.5 + 0.5 * np.sin(2 * np.pi * along / period[labels, None, None] + phase))
    x = waves[..., None] * colour[labels, None, None, :] + rng.normal(0, 0.05, (count, side, side, 3))
    return np.clip(x, 0, 1).astype(np.float32), labels


def inverted(b: Net, x: Tensor, name: str, o: int, stride: int, expand: int = 4) -> Tensor:
    """A block of MobileNetV2: widen, filter each channel, narrow; added to what it was where shapes allow."""
    c = x.type.shape[-1]
    y = b.conv(x, f"{name}/expand", expand * c, 1)
    y = b.depthwise(y, f"{name}/filter", 3, stride=(stride, stride), pad=(1, 1, 1, 1))
    y = b.conv(y, f"{name}/project", o, 1, "none")
    return b.node("add", x, y, activation="none", name=f"{name}/sum") if (c, stride) == (o, 1) else y


def trunk(b: Net, shape: tuple[int, ...]) -> Tensor:
    """The features of a small MobileNetV2."""
    y = b.conv(b.input("image", shape), "first", 8, 3, pad=(1, 1, 1, 1))
    for k, (o, stride) in enumerate([(8, 1), (12, 2), (12, 1)]):
        y = inverted(b, y, f"block{k}", o, stride)
    y = b.conv(y, "last", 64, 1)
    return b.node("mean", y, axes=(1, 2), keep_dims=False, name="features")


def untrained_mobilenet(shape: tuple[int, ...], classes: int, seed: int = 0) -> Graph:
    """With random weights."""
    b = Net("mobilenet", seed)
    return b.graph(b.dense(trunk(b, shape), "head", classes))


def mobilenet(classes: int = 4, seed: int = 0) -> Graph:
    """Random features, and a last layer that is fitted to `patterns` by least squares."""
    b = Net("mobilenet", seed)
    features = trunk(b, (1, 16, 16, 3))
    data, labels = patterns(180, classes, seed=100)
    rows = results(b.graph(features), {"image": data[:, None]})[features.name]
    centred = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
    scale = centred.std(axis=0, keepdims=True) + 1e-6
    scaled, wanted = centred / scale, np.eye(classes)[labels]
    fitted = np.linalg.solve(scaled.T @ scaled + 30 * np.eye(scaled.shape[1]), scaled.T @ wanted) / scale.T
    w, bias = (b.constant(n, v.astype(np.float32)) for n, v in (("head/w", fitted[:-1].T), ("head/b", fitted[-1])))
    return b.graph(b.node("dense", features, w, bias, activation="none", keep_dims=False, name="head"))


def unequal(graph: Graph, octaves: float, seed: int = 0) -> Graph:
    """The same network over the reals, whose channels before and behind its depthwise layers have unlike ranges."""
    rng, found = np.random.default_rng(seed), {layer.x.name: layer for layer in layers(graph)}
    weights = {layer.inst.node.name: {1: layer.weights(), 2: layer.biases()} for layer in layers(graph)}
    for first in layers(graph):
        second = found.get(first.y.name)
        if second is None or first.kind.reads is second.kind.reads:
            continue
        s = 2.0 ** rng.uniform(-octaves, octaves, first.channels)
        one, other = weights[first.inst.node.name], weights[second.inst.node.name]
        one[1] = one[1] * (s[:, None, None, None] if first.kind.reads is not None else s)
        one[2], other[1] = one[2] * s, other[1] / s
    return with_constants(graph, weights)

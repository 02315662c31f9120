"""`Layers`: what networks are written in. A `GraphBuilder` with initial weights, shapes of layers and checks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lapel.building import GraphBuilder
from lapel.errors import UsageError
from lapel.families.window import Window, same_pad
from lapel.ir import Graph, Tensor

Pair = tuple[int, int]


class Layers:
    """Layers on top of each other; every method takes and returns `Tensor`s, images [1, H, W, C]."""

    def __init__(self, name: str, input: Sequence[int], outputs: int, seed: int) -> None:
        shape = tuple(int(n) for n in input)
        if not shape or min(shape) < 1:
            raise UsageError(f"network {name!r}: input is {shape}, expected the shape of a sample, all of it above 0")
        if outputs < 1:
            raise UsageError(f"network {name!r}: outputs is {outputs}, expected 1 or more")
        self.name, self.outputs, self.shape = name, outputs, shape
        self.builder = GraphBuilder(name)
        self.rng = np.random.default_rng(seed)
        self.input = self.builder.input("input", (1, *shape))

    def image(self) -> Tensor:
        """The input, an image; one without channels has one. Raises UsageError if it is none."""
        if len(self.shape) == 2:
            return self.reshape(self.input, (1, *self.shape, 1))
        if len(self.shape) != 3:
            raise UsageError(f"network {self.name!r}: input is {self.shape}, expected (height, width, channels)")
        return self.input

    def signal(self) -> Tensor:
        """The input as an image of one row, [1, 1, steps, channels]. Raises UsageError if it is no signal."""
        if not (len(self.shape) < 3 or (len(self.shape) == 3 and self.shape[2] == 1)):
            raise UsageError(f"network {self.name!r}: input is {self.shape}, expected (steps,) or (steps, channels)")
        channels = self.shape[1] if len(self.shape) > 1 else 1
        return self.reshape(self.input, (1, 1, self.shape[0], channels))

    def conv(
        self,
        x: Tensor,
        channels: int,
        kernel: Pair,
        *,
        stride: Pair = (1, 1),
        dilation: Pair = (1, 1),
        same: bool = True,
        groups: int = 1,
        activation: str = "relu",
        name: str = "conv",
    ) -> Tensor:
        """A convolution with bias; `same`: padded so that only the stride makes it smaller."""
        fan_in = kernel[0] * kernel[1] * x.type.shape[3] // groups
        w = self.weights(f"{name}/w", (channels, *kernel, x.type.shape[3] // groups), fan_in, activation)
        bias = self.builder.constant(f"{name}/bias", np.zeros(channels, np.float32))
        window = self._window(x, kernel, stride, dilation, same)
        return self.builder.node("conv", x, w, bias, name=name, activation=activation, **window)

    def depthwise(
        self,
        x: Tensor,
        kernel: Pair,
        *,
        stride: Pair = (1, 1),
        dilation: Pair = (1, 1),
        same: bool = True,
        activation: str = "relu",
        name: str = "depthwise",
    ) -> Tensor:
        """A depthwise convolution with bias, of as many channels as x has."""
        channels = x.type.shape[3]
        w = self.weights(f"{name}/w", (1, *kernel, channels), kernel[0] * kernel[1], activation)
        bias = self.builder.constant(f"{name}/bias", np.zeros(channels, np.float32))
        window = self._window(x, kernel, stride, dilation, same)
        return self.builder.node("depthwise", x, w, bias, name=name, activation=activation, **window)

    def dense(self, x: Tensor, outputs: int, *, activation: str = "relu", name: str = "dense") -> Tensor:
        """A fully connected layer with bias, of all values of a sample."""
        inputs = x.type.size
        w = self.weights(f"{name}/w", (outputs, inputs), inputs, activation)
        bias = self.builder.constant(f"{name}/bias", np.zeros(outputs, np.float32))
        return self.builder.node("dense", x, w, bias, name=name, activation=activation, keep_dims=False)

    def pool(self, op: str, x: Tensor, kernel: Pair, *, stride: Pair | None = None, same: bool = False) -> Tensor:
        """`avgpool` or `maxpool`; without a stride, windows lie side by side."""
        window = self._window(x, kernel, stride or kernel, (1, 1), same)
        del window["dilation"]
        return self.builder.node(op, x, kernel=kernel, activation="none", **window)

    def average(self, x: Tensor) -> Tensor:
        """[1, C]: the mean of an image's pixels."""
        return self.builder.node("mean", x, axes=(1, 2), keep_dims=False)

    def add(self, a: Tensor, b: Tensor, activation: str = "none") -> Tensor:
        """The sum, with broadcasting."""
        return self.builder.node("add", a, b, activation=activation)

    def reshape(self, x: Tensor, shape: tuple[int, ...]) -> Tensor:
        """The same elements under another shape; x itself if it is the same."""
        return x if x.type.shape == shape else self.builder.node("reshape", x, shape=shape)

    def weights(self, name: str, shape: tuple[int, ...], fan_in: int, activation: str = "none") -> Tensor:
        """A new constant of normally distributed float32, of the variance that keeps that of activations."""
        gain = 2.0 if activation.startswith("relu") else 1.0
        data = self.rng.normal(0, math.sqrt(gain / fan_in), shape)
        return self.builder.constant(name, data.astype(np.float32))

    def graph(self, *outputs: Tensor) -> Graph:
        """The graph of all layers."""
        return self.builder.graph(*outputs)

    def _window(self, x: Tensor, kernel: Pair, stride: Pair, dilation: Pair, same: bool) -> dict[str, Any]:
        h, w = x.type.shape[1:3]
        window = Window(kernel, stride, dilation)
        pad = same_pad((h, w), window) if same else (0, 0, 0, 0)
        if not same and (h < window.extent[0] or w < window.extent[1]):
            raise UsageError(
                f"network {self.name!r}: input {self.shape} is too small: a window of {window.extent} meets an image "
                f"of {(h, w)}: give a larger one"
            )
        return {"stride": stride, "dilation": dilation, "pad": pad}


def scaled(channels: float, width: float, divisor: int = 1) -> int:
    """Channels of a network of another width, a multiple of the divisor that is at most a tenth less than wanted.

    Source: Sandler et al., MobileNetV2 (2018), as its published code rounds.
    """
    wanted = channels * width
    rounded = max(divisor, int(wanted + divisor / 2) // divisor * divisor)
    return rounded if rounded >= 0.9 * wanted else rounded + divisor

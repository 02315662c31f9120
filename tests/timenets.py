"""Small integer networks over a window of time, drawn: which layers they have, where time lies, what ends them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lapel.ir import Graph, Instance, Node, Quant, Tensor, Type
from lapel.ops import registry

Q, WEIGHTS = Quant((0.05,), (-3,)), 0.002


class TimeNet:
    """A network under construction; axis: of time in its images, 1 or 2."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, ...], axis: int = 1, name: str = "net") -> None:
        self.name, self.rng, self.axis = name, rng, axis
        self.nodes: list[Node] = []
        self.tensors = {"x": Tensor("x", Type(shape, "int8", Q))}

    def shape(self, x: str) -> tuple[int, ...]:
        return self.tensors[x].type.shape

    def add(self, op: str, *inputs: str, quant: Quant = Q, **attrs: Any) -> str:
        """The output of a new node, whose shape follows."""
        name = f"t{len(self.tensors)}"
        node = Node(op, f"{op}_{len(self.nodes)}", inputs, (name,), attrs)
        found = Instance(node, tuple(self.tensors[i] if i else None for i in inputs), ())
        ((shape, dtype),) = registry()[op].infer(found)
        self.tensors[name] = Tensor(name, Type(shape, dtype, quant))
        self.nodes.append(node)
        return name

    def constant(self, shape: tuple[int, ...], scale: float = WEIGHTS, zero: int = 0) -> str:
        name, data = f"t{len(self.tensors)}", self.rng.integers(-127, 128, shape, np.int8)
        self.tensors[name] = Tensor(name, Type(shape, "int8", Quant((scale,), (zero,))), data)
        return name

    def pair(self, time: int, other: int = 1) -> tuple[int, int]:
        return (time, other) if self.axis == 1 else (other, time)

    def window(self, stride: int, dilation: int = 1, before: int = 0, after: int = 0) -> dict[str, Any]:
        pad = (before, after, 0, 0) if self.axis == 1 else (0, 0, before, after)
        return {"stride": self.pair(stride), "dilation": self.pair(dilation), "pad": pad}

    def conv(self, x: str, channels: int, kernel: int, **window: int) -> str:
        w = self.constant((channels, *self.pair(kernel), self.shape(x)[3]))
        return self.add(
            "conv", x, w, "", activation="relu", rounding="double", **self.window(**{"stride": 1, **window})
        )

    def depthwise(self, x: str, kernel: int, **window: int) -> str:
        w = self.constant((1, *self.pair(kernel), self.shape(x)[3]))
        window = self.window(**{"stride": 1, **window})
        return self.add("depthwise", x, w, "", activation="none", rounding="double", **window)

    def pool(self, op: str, x: str, kernel: int, stride: int, before: int = 0) -> str:
        window = self.window(stride, before=before)
        del window["dilation"]
        return self.add(op, x, kernel=self.pair(kernel), activation="none", **window)

    def crop(self, x: str, first: int, count: int) -> str:
        """count elements along time from the first on."""
        shape = list(self.shape(x))
        shape[self.axis] = count
        begin = tuple(first if a == self.axis else 0 for a in range(len(shape)))
        taken = tuple(shape)
        return self.add("slice", x, begin=begin, step=(1,) * len(shape), count=taken, shape=taken)

    def reshape(self, x: str, shape: tuple[int, ...]) -> str:
        return self.add("reshape", x, shape=shape)

    def dense(self, x: str, outputs: int) -> str:
        w = self.constant((outputs, self.shape(x)[-1]))
        return self.add("dense", x, w, "", activation="none", rounding="double", keep_dims=True)

    def graph(self, *results: str) -> Graph:
        return Graph(self.name, tuple(self.nodes), self.tensors, ("x",), results)


@dataclass(frozen=True)
class Drawn:
    """A network, and the axis of its input that is time."""

    graph: Graph
    axis: int


def image(net: TimeNet, frames: int, channels: int) -> str:
    """The input as an image with time on the net's axis."""
    return net.reshape("x", (1, *net.pair(frames), channels))


def draw_layers(net: TimeNet, x: str) -> str:
    """Two to four layers over time, none padded."""
    rng = net.rng
    for _ in range(int(rng.integers(2, 5))):
        size = net.shape(x)[net.axis]
        kernel = int(rng.integers(1, 5))
        stride = int(rng.integers(1, 3))
        dilation = int(rng.integers(1, 3)) if stride == 1 else 1
        if (kernel - 1) * dilation + 1 + 2 * stride > size:
            break
        kind = rng.choice(["conv", "depthwise", "maxpool", "avgpool", "branches", "residual"])
        if kind == "conv":
            x = net.conv(x, int(rng.integers(1, 6)), kernel, stride=stride, dilation=dilation)
        elif kind == "depthwise":
            x = net.depthwise(x, kernel, stride=stride, dilation=dilation)
        elif kind in ("maxpool", "avgpool"):
            x = net.pool(str(kind), x, kernel, stride)
        elif kind == "branches":
            a, b = net.depthwise(x, kernel), net.conv(x, 2, 2 if size > 2 else 1)
            count = min(net.shape(a)[net.axis], net.shape(b)[net.axis])
            ends = [net.crop(t, net.shape(t)[net.axis] - count, count) for t in (a, b)]
            x = net.add("concat", *ends, axis=3)
        else:
            y = net.depthwise(x, kernel)
            count = net.shape(y)[net.axis]
            x = net.add("add", net.crop(x, (size - count) // 2, count), y, activation="none")
    return x


def every_frame(net: TimeNet, x: str) -> list[str]:
    """A result with an axis of time."""
    return [net.add("softmax", net.dense(x, 3), quant=Quant((1 / 256,), (-128,)), beta=1.0)]


def flattened(net: TimeNet, x: str) -> list[str]:
    size = net.tensors[x].type.size
    return [net.dense(net.reshape(x, (1, size)), 3)]


def averaged(net: TimeNet, x: str) -> list[str]:
    return [net.dense(net.add("mean", x, axes=(1, 2), keep_dims=False, rounding="double"), 3)]


def largest(net: TimeNet, x: str) -> list[str]:
    """Two results: one of the largest of all, one of each frame."""
    whole = net.pool("maxpool", x, net.shape(x)[net.axis], 1)
    return [net.dense(net.reshape(whole, (1, net.shape(x)[3])), 3), net.add("relu", x, activation="relu6")]


def covered(net: TimeNet, x: str) -> list[str]:
    """A kernel over all that is left, and a mean of what was before it: windows of two tensors."""
    last = net.conv(x, 3, net.shape(x)[net.axis])
    first = net.add("mean", "x", axes=(1,), keep_dims=False, rounding="double")
    return [net.reshape(last, (1, 3)), net.dense(first, 3)]


ENDS: dict[str, Callable[[TimeNet, str], list[str]]] = {
    f.__name__: f for f in (every_frame, flattened, averaged, largest, covered)
}


def draw(rng: np.random.Generator, end: str) -> Drawn:
    """A network of layers that are not padded, with one of ENDS."""
    frames, channels, axis = int(rng.integers(12, 30)), int(rng.integers(1, 6)), int(rng.integers(1, 3))
    net = TimeNet(rng, (1, frames, channels), axis)
    x = draw_layers(net, image(net, frames, channels))
    return Drawn(net.graph(*ENDS[end](net, x)), 1)


def draw_causal(rng: np.random.Generator, end: str) -> Drawn:
    """A network whose layers are padded before the first frame by their extent less their stride."""
    frames, channels, axis = 24, int(rng.integers(1, 6)), int(rng.integers(1, 3))
    net = TimeNet(rng, (1, frames, channels), axis)
    x = image(net, frames, channels)
    for _ in range(3):
        kernel, stride = int(rng.integers(2, 5)), int(rng.integers(1, 3))
        dilation = int(rng.integers(1, 3)) if stride == 1 else 1
        before = (kernel - 1) * dilation + 1 - stride
        if rng.random() < 0.5:
            x = net.depthwise(x, kernel, stride=stride, dilation=dilation, before=before)
        else:
            x = net.conv(x, int(rng.integers(1, 6)), kernel, stride=stride, dilation=dilation, before=before)
    return Drawn(net.graph(*ENDS[end](net, x)), 1)

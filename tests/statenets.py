"""Small networks with state, drawn: ring buffers, cells of plain operators, counters, delays, exchanges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lapel.ir import Carry, Graph, Node, Quant, Tensor, Type, rest_value

Q = Quant((0.0625,), (3,))
UNIT = Quant((1 / 256,), (-128,))
SIGNED = Quant((1 / 128,), (0,))


class Net:
    """A graph under construction."""

    def __init__(self, name: str, rng: np.random.Generator) -> None:
        self.name, self.rng = name, rng
        self.tensors: dict[str, Tensor] = {}
        self.nodes: list[Node] = []

    def tensor(self, name: str, shape: Sequence[int], quant: Quant = Q) -> str:
        self.tensors[name] = Tensor(name, Type(tuple(shape), "int8", quant))
        return name

    def const(self, name: str, data: np.ndarray, quant: Quant | None) -> str:
        self.tensors[name] = Tensor(name, Type(data.shape, str(data.dtype), quant), data)
        return name

    def node(self, op: str, inputs: Sequence[str], made: Sequence[int], quant: Quant = Q, **attrs: Any) -> str:
        """made: the output's shape."""
        y = self.tensor(f"{op}{len(self.nodes)}", made, quant)
        self.nodes.append(Node(op, y, tuple(inputs), (y,), attrs))
        return y

    def concat(self, *parts: str, axis: int = 1) -> str:
        shapes = [self.tensors[p].type.shape for p in parts]
        shape = list(shapes[0])
        shape[axis] = sum(s[axis] for s in shapes)
        return self.node("concat", parts, shape, self.tensors[parts[0]].type.quant or Q, axis=axis)

    def rows(self, x: str, first: int, count: int) -> str:
        """Some rows of an image."""
        shape = self.tensors[x].type.shape
        taken = (1, count, *shape[2:])
        begin = (0, first, *(0 for _ in shape[2:]))
        return self.node("slice", [x], taken, begin=begin, step=(1,) * len(shape), count=taken, shape=taken)

    def add(self, a: str, b: str) -> str:
        return self.node("add", [a, b], self.tensors[a].type.shape, activation="none")

    def dense(self, x: str, units: int) -> str:
        width, at = self.tensors[x].type.shape[1], len(self.nodes)
        weights = self.rng.integers(-127, 128, (units, width)).astype(np.int8)
        w = self.const(f"w{at}", weights, Quant((0.01,), (0,)))
        b = self.const(f"b{at}", self.rng.integers(-500, 500, units).astype(np.int32), Quant((0.000625,), (0,)))
        return self.node("dense", [x, w, b], (1, units), activation="none", keep_dims=False, rounding="double")

    def conv(self, x: str, filters: int) -> str:
        """One output for all rows."""
        _, height, _, channels = self.tensors[x].type.shape
        at, shape = len(self.nodes), (filters, height, 1, channels)
        w = self.const(f"w{at}", self.rng.integers(-127, 128, shape).astype(np.int8), Quant((0.01,), (0,)))
        b = self.const(f"b{at}", self.rng.integers(-500, 500, filters).astype(np.int32), Quant((0.000625,), (0,)))
        attrs = {"stride": (1, 1), "dilation": (1, 1), "pad": (0, 0, 0, 0), "activation": "relu", "rounding": "double"}
        return self.node("conv", [x, w, b], (1, 1, 1, filters), **attrs)

    def graph(self, arguments: Sequence[str], results: Sequence[str], kept: dict[str, str]) -> Graph:
        """kept: update by state; every state starts at rest."""
        carries = tuple(Carry(s, u, rest_value(self.tensors[s].type)) for s, u in kept.items())
        inputs, outputs = (*arguments, *kept), (*results, *kept.values())
        return Graph(self.name, tuple(self.nodes), self.tensors, inputs, outputs, carries)


def ring(rng: np.random.Generator) -> Graph:
    """A convolution over the last rows: joined and then cut, or the other way round; new rows behind or in front."""
    net, channels = Net("ring", rng), int(rng.integers(1, 9))
    old, new = int(rng.integers(1, 7)), int(rng.integers(1, 5))
    in_front, cut_first = rng.random() < 0.3, rng.random() < 0.4 and new < old
    x, s = net.tensor("x", (1, new, 1, channels)), net.tensor("s", (1, old, 1, channels))
    if cut_first:
        left = net.rows(s, 0 if in_front else new, old - new)
        update = net.concat(x, left) if in_front else net.concat(left, x)
        return net.graph(["x"], [net.conv(update, int(rng.integers(1, 9)))], {s: update})
    whole = net.concat(x, s) if in_front else net.concat(s, x)
    update = net.rows(whole, 0 if in_front else new, old)
    return net.graph(["x"], [net.conv(whole, int(rng.integers(1, 9)))], {s: update})


def streams(rng: np.random.Generator) -> Graph:
    """Two ring buffers, one behind the other."""
    net, kept, x = Net("streams", rng), {}, ""
    channels = [int(d) for d in rng.integers(1, 9, 3)]
    y = x = net.tensor("x", (1, 1, 1, channels[0]))
    for k in range(2):
        old = int(rng.integers(1, 7))
        s = net.tensor(f"s{k}", (1, old, 1, channels[k]))
        whole = net.concat(s, y)
        kept[s] = net.rows(whole, 1, old)
        y = net.conv(whole, channels[k + 1])
    return net.graph([x], [y], kept)


def cell(rng: np.random.Generator) -> Graph:
    """A gated recurrent unit without a reset gate, of plain operators; returns its state, or what follows from it."""
    net, units = Net("cell", rng), int(rng.integers(1, 9))
    x, h = net.tensor("x", (1, int(rng.integers(1, 9)))), net.tensor("h", (1, units))
    both = net.concat(x, h)
    gate = net.node("logistic", [net.dense(both, units)], (1, units), UNIT)
    new = net.node("tanh", [net.dense(both, units)], (1, units), SIGNED)
    one = net.const("one", np.full((1, units), 127, np.int8), UNIT)
    other = net.node("sub", [one, gate], (1, units), UNIT, activation="none")
    kept = net.node("mul", [gate, h], (1, units), activation="none")
    added = net.node("mul", [other, new], (1, units), activation="none")
    update = net.add(kept, added)
    return net.graph([x], [update if rng.random() < 0.5 else net.dense(update, 3)], {h: update})


def counter(rng: np.random.Generator) -> Graph:
    """A sum over all calls."""
    net, shape = Net("counter", rng), (1, int(rng.integers(1, 20)))
    x, s = net.tensor("x", shape), net.tensor("s", shape)
    update = net.add(s, x)
    return net.graph([x], [net.dense(update, 2)], {s: update})


def delay(rng: np.random.Generator) -> Graph:
    """x of one, two and three calls ago, of which the last is returned as it is."""
    net, shape = Net("delay", rng), (1, int(rng.integers(1, 20)))
    x, *states = (net.tensor(name, shape) for name in ("x", "a", "b", "c"))
    return net.graph([x], [net.add(states[0], states[1]), states[2]], dict(zip(states, [x, *states[:2]], strict=True)))


def exchange(rng: np.random.Generator) -> Graph:
    """Three states that change places, one of which takes in x."""
    net, shape = Net("exchange", rng), (1, int(rng.integers(1, 20)))
    x, a, b, c = (net.tensor(name, shape) for name in ("x", "a", "b", "c"))
    y = net.add(a, x)
    return net.graph([x], [y], {a: b, b: c, c: a} if rng.random() < 0.5 else {a: b, b: y, c: a})


NETS: dict[str, Callable[[np.random.Generator], Graph]] = {
    f.__name__: f for f in (ring, streams, cell, counter, delay, exchange)
}

"""Small graphs of known structure, built from the operators' own node forms."""

from __future__ import annotations

import numpy as np

from lapel.ir import Graph, Node, Quant, Tensor, Type

Q = Quant((0.05,), (-3,))


class Net:
    """Builds a graph node by node; every method returns the name of the tensor that it made."""

    def __init__(self, name: str, shape: tuple[int, ...], seed: int = 0) -> None:
        self.name, self.rng = name, np.random.default_rng(seed)
        self.nodes: list[Node] = []
        self.tensors: dict[str, Tensor] = {"x": Tensor("x", Type(shape, "int8", Q))}

    def node(self, op: str, inputs: tuple[str, ...], out: tuple[int, ...], quant: Quant = Q, **attrs: object) -> str:
        name = f"t{len(self.tensors)}"
        self.tensors[name] = Tensor(name, Type(out, "int8", quant))
        self.nodes.append(Node(op, f"n{len(self.nodes)}", inputs, (name,), attrs))
        return name

    def constant(self, data: np.ndarray, quant: Quant | None) -> str:
        name = f"t{len(self.tensors)}"
        self.tensors[name] = Tensor(name, Type(data.shape, str(data.dtype), quant), data)
        return name

    def dense(self, x: str, outputs: int, activation: str = "none") -> str:
        k = self.tensors[x].type.shape[-1]
        w = self.constant(self.rng.integers(-127, 128, (outputs, k), np.int8), Quant((0.01,), (0,)))
        shape = (*self.tensors[x].type.shape[:-1], outputs)
        return self.node("dense", (x, w, ""), shape, activation=activation, keep_dims=True, rounding="double")

    def conv(self, x: str, outputs: int, pad: tuple[int, int, int, int] = (0, 0, 0, 0)) -> str:
        n, h, w, c = self.tensors[x].type.shape
        k = self.constant(self.rng.integers(-127, 128, (outputs, 3, 3, c), np.int8), Quant((0.01,), (0,)))
        shape = (n, h + pad[0] + pad[1] - 2, w + pad[2] + pad[3] - 2, outputs)
        attrs = {"stride": (1, 1), "dilation": (1, 1), "pad": pad, "activation": "none", "rounding": "double"}
        return self.node("conv", (x, k, ""), shape, **attrs)

    def add(self, a: str, b: str) -> str:
        return self.node("add", (a, b), self.tensors[a].type.shape, activation="none")

    def relu(self, x: str, activation: str = "relu") -> str:
        return self.node("relu", (x,), self.tensors[x].type.shape, activation=activation)

    def reshape(self, x: str, shape: tuple[int, ...]) -> str:
        return self.node("reshape", (x,), shape, shape=shape)

    def graph(self, *outputs: str) -> Graph:
        return Graph(self.name, tuple(self.nodes), self.tensors, ("x",), outputs)

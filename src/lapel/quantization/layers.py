"""`Layer`: a node of a float graph that adds a bias to products with constant weights, as its operator's table says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from lapel.ir import Graph, Instance, Node, Tensor, Type
from lapel.ir.signature import Bias, Signature, Weights
from lapel.ops import registry
from lapel.quantization.rows import integer_rows


@dataclass(frozen=True, eq=False)
class Layer:
    """y = activation(products of x and w + bias), linear in x but for the activation; kind: what w is."""

    inst: Instance
    x: Tensor
    w: Tensor
    bias: Tensor | None
    kind: Weights

    @property
    def y(self) -> Tensor:
        """What it makes."""
        return self.inst.outputs[0]

    @property
    def channels(self) -> int:
        """Of y, each with its own weights."""
        return self.y.type.shape[-1]

    def weights(self) -> np.ndarray:
        """float64: what w holds."""
        assert self.w.data is not None
        return self.w.data.astype(np.float64)

    def biases(self) -> np.ndarray:
        """float64 [channels], zeros if there is no bias."""
        data = None if self.bias is None else self.bias.data
        return np.zeros(self.channels) if data is None else data.astype(np.float64).reshape(-1)

    def sums(self, x: np.ndarray, w: np.ndarray) -> np.ndarray:
        """float64: what it would make of x with other weights, without bias and activation."""
        node = replace(self.inst.node, attrs={**self.inst.attrs, "activation": "none"})
        given = (x, w, *(None for _ in self.inst.inputs[2:]))
        return registry()[node.op].real(replace(self.inst, node=node), *given)[0]


def layers(graph: Graph) -> Iterator[Layer]:
    """Those of a float graph, in the order of its nodes."""
    for node in graph.nodes:
        inst = graph.instance(node)
        row = next((r for r in integer_rows(inst) if _is_linear(r, inst)), None)
        if row is not None and "activation" in node.attrs:
            x, w = inst.inputs[:2]
            kind = row.inputs[1]
            assert x is not None and w is not None and isinstance(kind, Weights)
            yield Layer(inst, x, w, inst.inputs[2] if inst.has(2) else None, kind)


def _is_linear(row: Signature, inst: Instance) -> bool:
    """Whether a row is x, weights, bias -> y."""
    kinds = [type(o) for o in row.inputs]
    return len(kinds) == 3 and kinds[1:] == [Weights, Bias] and len(inst.outputs) == 1 and inst.const(0) is None


def with_constants(graph: Graph, changed: Mapping[str, Mapping[int, np.ndarray]]) -> Graph:
    """The graph with other floats as inputs of nodes: by the node's name, and by the input's index.

    A constant that nothing else reads keeps its name.
    """
    readers: dict[str, int] = {}
    for node in graph.nodes:
        for name in node.inputs:
            readers[name] = readers.get(name, 0) + 1
    tensors, nodes = dict(graph.tensors), list[Node]()
    for node in graph.nodes:
        inputs = list[str](node.inputs)
        for i, data in changed.get(node.name, {}).items():
            inputs += [""] * (i + 1 - len(inputs))
            now = inputs[i]
            name = now if now and readers[now] == 1 else _unused(f"{node.name}/input_{i}", tensors)
            shape = graph.tensors[now].type.shape if now else data.shape
            tensors[name] = Tensor(name, Type(shape, "float32"), data.reshape(shape).astype(np.float32))
            inputs[i] = name
        nodes.append(replace(node, inputs=tuple(inputs)))
    return replace(graph, nodes=tuple(nodes), tensors=tensors)


def _unused(name: str, taken: Mapping[str, Tensor]) -> str:
    found, k = name, 1
    while found in taken:
        found, k = f"{name}_{k}", k + 1
    return found

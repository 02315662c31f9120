"""`GraphBuilder`: a float graph written node by node, for front ends and networks that are made here.

b = GraphBuilder("net")
x = b.input("image", (1, 28, 28, 1))
y = b.node("conv", x, b.constant("w", w), stride=(1, 1), dilation=(1, 1), pad=(0, 0, 0, 0), activation="relu")
graph = b.graph(y)

Shapes and dtypes of outputs are the operators' to say (`Op.infer`). A float graph has the operators of the integer
ones: channels last, weights of conv [O, KH, KW, C / groups], of depthwise [1, KH, KW, C · M], of dense [O, K].
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.ir import DTYPES, Graph, Instance, Node, Origin, Quant, Tensor, Type
from lapel.ir.attribute import with_defaults
from lapel.ir.op import well_formed
from lapel.ops import registry, verify

__all__ = ["GraphBuilder"]

UNKNOWN = Origin()
NUMPY_NAMES = {np.dtype(v): name for name, v in DTYPES.items()}


class GraphBuilder:
    """A graph in the making. Names are made unique; tensors are given and returned as `Tensor`s.

    kept: names that nothing but an input gets.
    """

    def __init__(self, name: str, kept: Iterable[str] = ()) -> None:
        self.name = name
        self.kept = set(kept)
        self.nodes: list[Node] = []
        self.tensors: dict[str, Tensor] = {}
        self.inputs: list[str] = []

    def input(self, name: str, shape: tuple[int, ...], dtype: str = "float32", quant: Quant | None = None) -> Tensor:
        """A new input of the graph."""
        self.kept.discard(name)
        t = self._add(name, Type(shape, dtype, quant))
        self.inputs.append(t.name)
        return t

    def constant(self, name: str, data: Any) -> Tensor:
        """A new constant; its dtype is one of `lapel.ir.DTYPES`. Raises UnsupportedNode for others."""
        data = np.asarray(data)
        if data.dtype not in NUMPY_NAMES:
            raise UnsupportedNode(f"constant {name!r} is {data.dtype}, expected one of {', '.join(DTYPES)}: cast it")
        return self._add(name, Type(data.shape, NUMPY_NAMES[data.dtype]), data)

    def node(self, op: str, *inputs: Tensor | None, name: str = "", **attrs: Any) -> Tensor:
        """A new node with one output, which has the node's name. Raises UnsupportedNode if it means nothing."""
        (y,) = self.split(op, *inputs, name=name, **attrs)
        return y

    def split(self, op: str, *inputs: Tensor | None, name: str = "", **attrs: Any) -> tuple[Tensor, ...]:
        """A new node with any number of outputs: `name`, and `name:1`, `name:2`, … Raises UnsupportedNode."""
        return self._added(op, inputs, name, attrs, None)

    def quantized(self, x: Tensor, dtype: str, quant: Quant, name: str = "") -> Tensor:
        """Integers that stand for the floats x. Raises UnsupportedNode."""
        return self._added("quantize", (x,), name, {"dtype": dtype}, quant)[0]

    def standing_for(self, t: Tensor, quant: Quant) -> Tensor:
        """The tensor, of which no node computes by a scale, said to stand for these numbers."""
        made = replace(t, type=replace(t.type, quant=quant))
        self.tensors[t.name] = made
        return made

    def _added(
        self, op: str, inputs: tuple[Tensor | None, ...], name: str, attrs: dict[str, Any], quant: Quant | None
    ) -> tuple[Tensor, ...]:
        """The outputs of a new node, of this quantization."""
        definition = registry()[op]
        attrs = with_defaults(definition.attributes, attrs)
        stem = self._unique(name or op)
        node = Node(op, stem, tuple(t.name if t else "" for t in inputs), (), attrs)
        types = [Type(*found, quant) for found in definition.infer(Instance(node, inputs, ()))]
        outputs = [self._add(stem if k == 0 else f"{stem}:{k}", t) for k, t in enumerate(types)]
        node = Node(op, stem, node.inputs, tuple(t.name for t in outputs), attrs)
        problems = well_formed(definition, Instance(node, inputs, tuple(outputs)))
        if problems:
            for t in outputs:
                del self.tensors[t.name]
            raise UnsupportedNode(problems[0])
        self.nodes.append(node)
        return tuple(outputs)

    def graph(self, *outputs: Tensor, origin: Origin = UNKNOWN) -> Graph:
        """The graph; of the constants only those that something reads. Raises InvalidGraph."""
        used = {*self.inputs, *(t.name for t in outputs)}
        for node in self.nodes:
            used.update(node.inputs, node.outputs)
        tensors = {name: t for name, t in self.tensors.items() if name in used}
        ends = tuple(self.inputs), tuple(t.name for t in outputs)
        return verify(Graph(self.name, tuple(self.nodes), tensors, *ends, origin=origin))

    def _add(self, name: str, type_: Type, data: np.ndarray | None = None) -> Tensor:
        t = Tensor(self._unique(name), type_, data)
        self.tensors[t.name] = t
        return t

    def _unique(self, name: str) -> str:
        """The name, with a number behind it if something has it already."""
        found, k = name, 1
        while found in self.tensors or found in self.kept:
            found, k = f"{name}_{k}", k + 1
        return found

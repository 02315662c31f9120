"""Second stage of reading: `ModelContent` -> Graph, through the forms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.building import GraphBuilder
from lapel.errors import Problem, UnsupportedModel, UnsupportedNode, shown
from lapel.frontends.onnx.content import ModelContent, NodeContent, Port
from lapel.frontends.onnx.folding import fold, folds
from lapel.frontends.onnx.form import Made, Value, View, graph_dtype
from lapel.frontends.onnx.forms import forms
from lapel.frontends.rewrites import simplified
from lapel.ir import Graph, Tensor

MISFITS = (LookupError, ValueError, TypeError, AttributeError, AssertionError, ArithmeticError, MemoryError)
"""What forms raise on operands of a number, rank or size that no sane model gives them."""


def build_graph(content: ModelContent) -> Graph:
    """The graph of a decoded model; raises one UnsupportedModel that lists every problem."""
    found = _Importer(content)
    found.read()
    if found.problems:
        raise UnsupportedModel(f"{shown(content.name)}.onnx", found.problems)
    return simplified(found.graph())


class _Importer:
    """State of one import. values: of each name that is known; one whose node was refused is not."""

    def __init__(self, content: ModelContent) -> None:
        self.content = content
        self.problems = list(content.problems)
        self.b = GraphBuilder(content.name)
        self.values: dict[str, Value] = dict(content.constants)

    def read(self) -> None:
        """All inputs, then all nodes."""
        batches: set[int | str] = {p.dims[0] for p in self.content.inputs if p.dims and isinstance(p.dims[0], str)}
        for port in self.content.inputs:
            self._input(port, batches)
        for node in self.content.nodes:
            self._node(node)

    def graph(self) -> Graph:
        """The graph as it was read, its outputs under the names that the model gives them."""
        taken = set[str]()
        outputs = []
        for name in self.content.outputs:
            value = self.values[name]
            t = value if isinstance(value, Tensor) else self.b.constant(name, value)
            if t.name in taken or t.name in self.b.inputs or t.data is not None:
                t = self.b.node("reshape", t, name=name, shape=t.type.shape)
            taken.add(t.name)
            outputs.append(t)
        return self.b.graph(*outputs)

    def _input(self, port: Port, batches: set[int | str]) -> None:
        where, problems = f"input {shown(port.name)!r}", list[str]()
        if port.dims is None:
            self.problems.append(Problem(where, "has no shape, expected a static one: export the model with one"))
            return
        shape = []
        for axis, d in enumerate(port.dims):
            if isinstance(d, int) and d > 0:
                shape.append(d)
            elif d in batches and d:  # how many samples at once is the caller's matter, and here it is one
                shape.append(1)
            else:
                problems.append(_dynamic(port, axis))
        try:
            dtype = graph_dtype(port.dtype)
        except UnsupportedNode as e:
            problems.append(e.message)
        if problems:
            self.problems += [Problem(where, p) for p in problems]
        else:
            self.values[port.name] = self.b.input(port.name, tuple(shape), dtype)

    def _node(self, node: NodeContent) -> None:
        known = (node.domain, node.op) in forms()
        inputs = tuple(self.values.get(i) if i else None for i in node.inputs)
        constant = all(isinstance(self.values.get(i), np.ndarray) for i in node.inputs if i)
        missing = [i for i in node.inputs if i and i not in self.values]
        try:
            if constant and folds(node):
                made: Made = fold(node, inputs)  # type: ignore[arg-type]
            elif not known:
                raise UnsupportedNode(f"operator {node.kind} of operator set {node.version} is not supported")
            elif missing:  # what made it is among the problems already
                return
            else:
                made = forms()[node.domain, node.op].read(View(node, self.b, inputs))
        except UnsupportedNode as e:
            self.problems.append(Problem(node.where, e.message))
            return
        except MISFITS as e:
            reason = f"its operands do not fit together ({shown(str(e) or type(e).__name__, 120)})"
            self.problems.append(Problem(node.where, f"{reason}: check and export the model again"))
            return
        self._keep(node, made)

    def _keep(self, node: NodeContent, made: Made) -> None:
        values: Sequence[Value] = [made] if isinstance(made, Tensor | np.ndarray) else made
        for name, value in zip(node.outputs, values, strict=False):
            if name:
                self.values[name] = value


def _dynamic(port: Port, axis: int) -> str:
    """What is wrong with a dimension that is not fixed, and the lines that fix it."""
    assert port.dims is not None
    found = f"dimension {axis} of {list(port.dims)} is {shown(str(port.dims[axis]))!r}, expected a number"
    return f"{found}: export the model with a fixed size, or fix it with onnx.tools.update_model_dims"

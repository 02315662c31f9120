"""Second stage of reading: `ModelContent` -> Graph, through the forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lapel.errors import Problem, UnsupportedModel, UnsupportedNode, shown
from lapel.frontends._misfits import MISFITS, misfit
from lapel.frontends.onnx.content import ModelContent, NodeContent, Port
from lapel.frontends.onnx.folding import fold, folds
from lapel.frontends.onnx.form import Made, Value, View, graph_dtype
from lapel.frontends.onnx.forms import forms
from lapel.frontends.onnx.patterns import with_gelu
from lapel.frontends.onnx.stored import STORED_DTYPES, Given, RoundingBuilder, Stored
from lapel.frontends.rewrites import simplified, with_integers
from lapel.ir import Graph, Tensor, Type
from lapel.ir.limits import bytes_problem, count_problem
from lapel.rewrites.edit import with_names

HINTS = {
    "Erf": ": export with opset_version=20 or later, which has Gelu",
    "DynamicQuantizeLinear": ": quantize statically (QDQ), with calibration data",
    "MatMulInteger": ": quantize statically (QDQ), with calibration data",
    "ConvInteger": ": quantize statically (QDQ), with calibration data",
    "If": ": export with inputs of fixed shapes, which decide it at export",
}
"""What to do about some operators that there are no forms for."""
HINT = ": replace the layer, or compute it outside of the model"


def build_graph(content: ModelContent) -> Graph:
    """The graph of a decoded model; raises one UnsupportedModel that lists every problem."""
    problems = count_problem(len(content.nodes))
    if problems:
        raise UnsupportedModel(f"{shown(content.name)}.onnx", problems)
    found = _Importer(with_gelu(content))
    found.read()
    found.check_outputs()
    if found.problems:
        raise UnsupportedModel(f"{shown(content.name)}.onnx", found.problems)
    graph = found.graph()
    rounded = found.b.types or any(n.op == "quantize" for n in graph.nodes)
    return with_integers(graph, found.b.types) if rounded else simplified(graph)


class _Importer:
    """State of one import. values: of each name that is known; one whose node was refused is not."""

    def __init__(self, content: ModelContent) -> None:
        self.content = content
        self.problems = list(content.problems)
        self.b = RoundingBuilder(content.name, (p.name for p in content.inputs))
        self.values: dict[str, Value] = dict(content.constants)

    def read(self) -> None:
        """All inputs, then all nodes."""
        batches: set[int | str] = {p.dims[0] for p in self.content.inputs if p.dims and isinstance(p.dims[0], str)}
        for port in self.content.inputs:
            self._input(port, batches)
        for node in self.content.nodes:
            self._node(node)

    def check_outputs(self) -> None:
        """Find outputs that no node gave, though nothing was refused."""
        missing = [] if self.problems else [n for n in self.content.outputs if n not in self.values]
        cause = "is not given by its node, which has fewer outputs: export the model again"
        self.problems += [Problem(f"output {shown(n)!r}", cause) for n in missing]

    def graph(self) -> Graph:
        """The graph as it was read, its outputs under the names that the model gives them."""
        taken = set[str]()
        outputs = []
        for name in self.content.outputs:
            t = self._output(name)
            is_input = t.name in self.b.inputs and t.name != name  # one under its own name is both
            if t.name in taken or is_input or t.data is not None:
                t = self.b.node("reshape", t, name=name, shape=t.type.shape)
            taken.add(t.name)
            outputs.append(t)
        order = [p.name for p in self.content.inputs]
        self.b.inputs.sort(key=order.index)
        graph = self.b.graph(*outputs)
        wanted = {t.name: name for t, name in zip(outputs, self.content.outputs, strict=True) if t.name != name}
        return with_names(graph, wanted)

    def _output(self, name: str) -> Tensor:
        """An output of the model; of integers the numbers that they stand for."""
        value = self.values[name]
        if isinstance(value, Stored):
            return value.real
        if isinstance(value, Given):
            return value.moved or self.b.input(value.name, value.shape, value.dtype)
        return value if isinstance(value, Tensor) else self.b.constant(name, value)

    def _input(self, port: Port, batches: set[int | str]) -> None:
        where, problems = f"input {shown(port.name)!r}", list[str]()
        if port.dims is None and port.dtype != "none":
            self.problems.append(Problem(where, "has no shape, expected a static one: export the model with one"))
        if port.dims is None:
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
        problems = problems or bytes_problem(port.name, Type(tuple(shape), dtype).bytes)
        if problems:
            self.problems += [Problem(where, p) for p in problems]
        elif port.dtype in STORED_DTYPES:
            self.values[port.name] = Given(port.name, port.dtype, tuple(shape))
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
                raise UnsupportedNode(f"is not supported{HINTS.get(node.op, HINT)}")
            elif missing:  # what made it is among the problems already
                return
            else:
                made = self._read(node, inputs)
        except UnsupportedNode as e:
            self.problems.append(Problem(node.where, e.message))
            return
        except MISFITS as e:
            self.problems.append(Problem(node.where, misfit(e)))
            return
        self._keep(node, made)

    def _read(self, node: NodeContent, inputs: tuple[Value | None, ...]) -> Made:
        """What the node's form makes of it; one that moves values moves integers as the numbers that they stand for."""
        form, stored = forms()[node.domain, node.op], [v for v in inputs if isinstance(v, Stored)]
        if form.moves and inputs and isinstance(inputs[0], Given):
            first = inputs[0]
            made = form.read(View(node, self.b, (self.b.numbers_of(first), *inputs[1:])))
            names = zip(node.outputs, _listed(made), strict=False)
            return [Given(n, first.dtype, y.type.shape, y) if isinstance(y, Tensor) else y for n, y in names]
        if not form.moves or not stored:
            return form.read(View(node, self.b, inputs))
        if any((v.dtype, v.quant) != (stored[0].dtype, stored[0].quant) for v in stored):
            raise UnsupportedNode("joins integers of unlike scales, expected equal ones: quantize as QDQ")
        numbers = tuple(self._number(name, v, stored[0]) for name, v in zip(node.inputs, inputs, strict=True))
        made = _listed(form.read(View(node, self.b, numbers, stored[0])))
        return [replace(stored[0], real=y) if isinstance(y, Tensor) else y for y in made]

    def _number(self, name: str, value: Value | None, like: Stored) -> Value | None:
        if isinstance(value, Stored):
            return value.real
        if isinstance(value, np.ndarray) and value.dtype.name in STORED_DTYPES and value.ndim:
            return self.b.stored_constant(name, value, like.quant)
        return value

    def _keep(self, node: NodeContent, made: Made) -> None:
        for name, value in zip(node.outputs, _listed(made), strict=False):
            t = value.real if isinstance(value, Stored) else value
            if isinstance(t, Tensor) and t.data is None and (large := bytes_problem(t.name, t.type.bytes)):
                self.problems += [Problem(node.where, p) for p in large]
            elif name:
                self.values[name] = value


def _listed(made: Made) -> Sequence[Value]:
    return [made] if isinstance(made, Tensor | np.ndarray | Stored | Given) else made


def _dynamic(port: Port, axis: int) -> str:
    """What is wrong with a dimension that is not fixed, and the lines that fix it."""
    assert port.dims is not None
    found = f"dimension {axis} of {list(port.dims)} is {shown(str(port.dims[axis]))!r}, expected a number"
    return f"{found}: export the model with a fixed size, or fix it with onnx.tools.update_model_dims"

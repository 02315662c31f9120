"""Graph -> Document: every node through the form of its operator (`forms/`, one a file, found by its name)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

import numpy as np

from lapel.errors import UnsupportedModel, UnsupportedNode, shown
from lapel.exporters.onnx import forms as package
from lapel.exporters.onnx.document import Document
from lapel.exporters.onnx.emitter import Emitter, First, Form
from lapel.exporters.onnx.values import TO_LAST, Values
from lapel.ir import Graph, Node


@cache
def forms() -> Mapping[str, Form]:
    """The form of each operator by its name: `write` of the module of this name."""
    names = [m.name for m in pkgutil.iter_modules(package.__path__)]
    return {name: importlib.import_module(f"{package.__name__}.{name}").write for name in names}


def write_document(graph: Graph) -> Document:
    """The graph in ONNX operators; raises UnsupportedModel with every node that has none."""
    layouts = {name: perm for name, perm in graph.origin.layouts.items() if name in graph.outputs}
    first = frozenset(name for name, perm in layouts.items() if perm == TO_LAST)
    document = Document(taken={*graph.inputs, *(layouts.keys() - first)})
    values, problems = Values(document, first), []
    for name in graph.inputs:
        _begin(graph, name, values)
    for node in graph.nodes:
        problem = _write_node(graph, node, values)
        if problem:
            problems.append(f"node {shown(node.name)!r} ({node.op}): {problem}")
    if problems:
        raise UnsupportedModel(f"{graph.name}: cannot be written as ONNX", problems)
    for name in graph.outputs:
        _end(graph, name, values)
    return document


def _write_node(graph: Graph, node: Node, values: Values) -> str:
    """Write a node; or why it cannot be."""
    form, inst = forms().get(node.op), graph.instance(node)
    if form is None:
        made: tuple[str, ...] = ("",) * len(inst.outputs)
        problem = "there is no ONNX form of it: leave it out, or write a .tflite file"
    else:
        try:
            found = form(Emitter(inst, values))
            made, problem = found if isinstance(found, tuple) else (found,), ""
        except UnsupportedNode as e:
            made, problem = ("",) * len(inst.outputs), e.message
    for t, value in zip(inst.outputs, made, strict=True):
        values.make(t, value, isinstance(value, First))
    return problem


def _begin(graph: Graph, name: str, values: Values) -> None:
    """An input of the graph, which is in the file as it was in the model that the graph came from."""
    perm = graph.origin.layouts.get(name)
    if perm is None or perm == TO_LAST:
        values.stored[name, perm is not None] = name
    else:
        (values.stored[name, False],) = values.document.node("Transpose", name, stem=name, perm=perm)


def _end(graph: Graph, name: str, values: Values) -> None:
    """An output, likewise; what it is called there is the name of a value that is made for it, or of a copy."""
    document, t, perm = values.document, graph.tensors[name], graph.origin.layouts.get(name)
    value = values.as_stored(t, first=perm == TO_LAST)
    if perm is not None and perm != TO_LAST:
        (value,) = document.node("Transpose", value, stem=name, perm=np.argsort(perm).tolist())
    if document.names.get(value, value) == name:
        return
    document.taken.discard(name)
    if not document.call(value, name):
        (copy,) = document.node("Identity", value, stem=name)
        assert document.call(copy, name), f"two values are called {name}"


def file_shape(graph: Graph, name: str) -> tuple[int, ...]:
    """The shape of an input or output in the file."""
    shape, perm = graph.tensors[name].type.shape, graph.origin.layouts.get(name)
    return shape if perm is None else tuple(shape[perm.index(a)] for a in range(len(shape)))

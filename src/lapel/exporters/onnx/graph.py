"""Graph -> Document: every node through the form of its operator (`forms/`, one a file, found by its name)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from lapel.errors import UnsupportedModel, UnsupportedNode, shown
from lapel.exporters.onnx import forms as package
from lapel.exporters.onnx.document import Document
from lapel.exporters.onnx.emitter import Emitter, First, Form
from lapel.exporters.onnx.values import Values
from lapel.ir import Graph, Node


@cache
def forms() -> Mapping[str, Form]:
    """The form of each operator by its name: `write` of the module of this name."""
    names = [m.name for m in pkgutil.iter_modules(package.__path__)]
    return {name: importlib.import_module(f"{package.__name__}.{name}").write for name in names}


def write_document(graph: Graph) -> Document:
    """The graph in ONNX operators; raises UnsupportedModel with every node that has none."""
    document = Document(taken=set(graph.inputs))
    values, problems = Values(document), []
    for name in graph.inputs:
        values.stored[name, False] = name
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


def _end(graph: Graph, name: str, values: Values) -> None:
    """Make sure that an output of the graph is called what it is called there."""
    document = values.document
    value = values.as_stored(graph.tensors[name])
    if document.names.get(value, value) == name:
        return
    if not document.call(value, name):
        (copy,) = document.node("Identity", value, stem=name)
        assert document.call(copy, name), f"two values are called {name}"

"""The operators, one a file, and the registry that finds them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

import numpy as np

from lapel.errors import InputError, InvalidGraph, shown, some
from lapel.ir import DTYPES, Graph, Node, Op
from lapel.ir.fixed import without_effect
from lapel.ir.op import compute, well_formed
from lapel.ir.verify import verify_structure

SHOWN_NODES = 3
"""Nodes that are named for one cause; the others are counted."""


@cache
def registry() -> Mapping[str, Op]:
    """Every operator by name: each module of this package whose stem has no leading underscore has an `OP`."""
    found: dict[str, Op] = {}
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            op = importlib.import_module(f"{__name__}.{module.name}").OP
            assert op.name == module.name, f"ops/{module.name}.py defines operator {op.name!r}"
            found[op.name] = op
    return found


def verify(graph: Graph) -> Graph:
    """Return the graph unchanged, or raise InvalidGraph: its structure is broken, or a node is not well-formed."""
    verify_structure(graph)
    for node in graph.nodes:
        op = registry().get(node.op)
        problems = [f"there is no operator {node.op!r}"] if op is None else well_formed(op, graph.instance(node))
        if problems:
            raise InvalidGraph(f"{graph.name}, node {shown(node.name)}: {problems[0]}")
    return graph


def surprises(graph: Graph) -> tuple[str, ...]:
    """What the nodes compute that the model may not mean (`Op.surprises`), a sentence each, with their names."""
    said: dict[tuple[str, str], list[str]] = {}
    for node in graph.nodes:
        fused = without_effect(node.attrs.get("activation"))
        for cause in (*registry()[node.op].surprises(graph.instance(node)), *fused):
            said.setdefault((node.op, cause), []).append(node.name)
    return tuple(f"{op} {some(names, SHOWN_NODES)}: {cause}" for (op, cause), names in said.items())


def evaluate(graph: Graph, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Run the reference once, of floats the operators over the reals: graph inputs by name -> every tensor by name.

    A state that is not given has its initial value. Raises InputError if an input is missing or its shape or dtype is
    not the graph's.
    """
    values = {name: t.data for name, t in graph.tensors.items() if t.data is not None}
    inputs = {**initial_states(graph), **inputs}
    for name in graph.inputs:
        t = graph.tensors[name].type
        if name not in inputs:
            raise InputError(f"{graph.name}: input {shown(name)!r} ({t}) is missing")
        x = inputs[name]
        if x.shape != t.shape or x.dtype != DTYPES[t.dtype]:
            raise InputError(f"{graph.name}: input {shown(name)!r} is {x.dtype}{list(x.shape)}, expected {t}")
        values[name] = x
    for node in graph.nodes:
        values.update(zip(node.outputs, evaluate_node(graph, node, values), strict=True))
    return values


def evaluate_sequence(
    graph: Graph, samples: Iterable[Mapping[str, np.ndarray]], reset_every: int | None = None
) -> Iterator[dict[str, np.ndarray]]:
    """Run the reference over consecutive samples (arguments by name), each from the state that the one before left.

    reset_every: the state is the initial one again before every so many samples; None: at the beginning alone.
    """
    states = initial_states(graph)
    for k, sample in enumerate(samples):
        if reset_every is not None and k % reset_every == 0:
            states = initial_states(graph)
        values = evaluate(graph, {**sample, **states})
        states = {c.state: values[c.update] for c in graph.carries}
        yield values


def initial_states(graph: Graph) -> dict[str, np.ndarray]:
    """What the states are before the first call and after a reset."""
    return {c.state: c.initial for c in graph.carries}


def evaluate_node(graph: Graph, node: Node, values: Mapping[str, np.ndarray]) -> tuple[np.ndarray, ...]:
    """What one node makes of the values of its inputs."""
    arrays = [values[i] if i else None for i in node.inputs]
    return compute(registry()[node.op], graph.instance(node), *arrays)

"""Which integer row of its operator a float node is to have, asked of the operator's table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lapel.ir import Graph, Instance, Node, Tensor, Type
from lapel.ir.signature import FLOATS, Bias, Operand, Plain, Scaled, Signature, Weights, is_float
from lapel.ops import registry


def float_activations(inst: Instance) -> list[Tensor]:
    """The floats that a node reads and makes, but constants."""
    return [t for t in (*inst.inputs, *inst.outputs) if t is not None and t.data is None and is_float(t.type)]


def integer_rows(inst: Instance) -> list[Signature]:
    """The rows in which a float node computes on integers what it does on floats; none if there is no such row."""
    rows = registry()[inst.node.op].signatures
    legal = (row for row in rows if row.over_reals(inst) or _moves_floats(row, inst))
    return [row for row in legal if all(t.data is not None for _, o, t in row.pairs(inst) if _is_constant(o))]


def choose_row(inst: Instance, types: Mapping[str, Type]) -> Signature | None:
    """The integer row that fits the types of the node's tensors best; None if there is none.

    That is the one of whose outputs the fewest would have to be converted, then of inputs; of equals the first.
    """
    typed = _with_types(inst, types)
    return min(integer_rows(inst), key=lambda row: _misfits(row, typed), default=None)


def alike_groups(graph: Graph, node: Node) -> list[tuple[str, ...]]:
    """Groups of a node's float tensors that must have one quantization, states with what renews them among them."""
    inst, op = graph.instance(node), registry()[node.op]
    groups = [*op.alike(inst), *((node.inputs[i], node.outputs[k]) for i, k in op.renews(inst))]
    floats = [tuple(n for n in dict.fromkeys(g) if is_float(graph.tensors[n].type)) for g in groups]
    return [g for g in floats if len(g) > 1]


def _moves_floats(row: Signature, inst: Instance) -> bool:
    """Whether a row that takes any type has the node, and what it moves are floats."""
    if not row.moves or row.count_problem(inst):
        return False
    return all(t.type.dtype in FLOATS if o.moved else o.has_dtype(t, inst) for _, o, t in row.pairs(inst))


def _is_constant(operand: Operand) -> bool:
    """Whether it can be nothing but a constant."""
    return isinstance(operand, Weights | Bias) or (isinstance(operand, Scaled | Plain) and operand.constant)


def _misfits(row: Signature, inst: Instance) -> tuple[int, int]:
    """How many outputs and inputs a row does not take as they are, but constants."""
    wrong = {t.name for what, o, t in row.pairs(inst) if t.data is None and o.problems(what, t, inst)}
    outputs = wrong & set(inst.node.outputs)
    return len(outputs), len(wrong - outputs)


def _with_types(inst: Instance, types: Mapping[str, Type]) -> Instance:
    """The node with its float activations of these types."""

    def typed(t: Tensor) -> Tensor:
        return replace(t, type=types.get(t.name, t.type)) if t.data is None and is_float(t.type) else t

    inputs = tuple(None if t is None else typed(t) for t in inst.inputs)
    return Instance(inst.node, inputs, tuple(map(typed, inst.outputs)))

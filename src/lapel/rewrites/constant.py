"""Constant folding.

y = op(c0, c1, ...)  -->  y is a constant, computed by the operator's reference
"""

from __future__ import annotations

from lapel.ir import Graph, Node, Tensor
from lapel.ir.limits import MOST_STEPS
from lapel.ir.work import count_steps
from lapel.ops import evaluate_node, registry
from lapel.records import Note
from lapel.rewrites.edit import with_nodes

MOST_BYTES = 1 << 22
"""Of one folded node's outputs: more is no constant for a microcontroller, and a hostile model must not cost memory."""


def _is_small(graph: Graph, node: Node) -> bool:
    """Whether the node's outputs and the work for them are bounded."""
    inst = graph.instance(node)
    steps = count_steps(registry()[node.op], inst)
    return sum(t.type.bytes for t in inst.outputs) <= MOST_BYTES and steps <= MOST_STEPS


def fold_constants(graph: Graph) -> tuple[Graph, list[Note]]:
    """Replace nodes whose inputs are all constants by their values."""
    values = {n: t.data for n, t in graph.tensors.items() if t.data is not None}
    made: dict[str, Tensor] = {}
    kept = []
    for node in graph.nodes:
        if all(not i or i in values for i in node.inputs) and _is_small(graph, node):
            for name, data in zip(node.outputs, evaluate_node(graph, node, values), strict=True):
                values[name] = data
                made[name] = Tensor(name, graph.tensors[name].type, data)
        else:
            kept.append(node)
    if not made:
        return graph, []
    note = Note("constant folding", f"{len(graph.nodes) - len(kept)} nodes depend on no input: {', '.join(made)}")
    return with_nodes(graph, kept, made), [note]

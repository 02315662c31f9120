"""Activation folded into the operator that makes its input.

    t = op(..., activation = none); y = relu(t), y and t quantized alike  -->  y = op(..., activation = relu)

Exact: of integers accepted only where the activation, evaluated for all 256 inputs, or 65536, is the clamp that `op`
would apply; floats are limited before or after they are rounded, which is the same.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Graph, Node
from lapel.ir.fixed import clamp_range
from lapel.ir.signature import is_float
from lapel.ops import registry
from lapel.records import Note
from lapel.rewrites.edit import count_readers, with_nodes


def fold_activation(graph: Graph) -> tuple[Graph, list[Note]]:
    """Fold nodes that are an activation into their producers that have a free fused one and no other reader."""
    readers = count_readers(graph)
    nodes: list[Node | None] = []
    at: dict[str, int] = {}
    notes = []
    for node in graph.nodes:
        activation = registry()[node.op].activation(graph.instance(node))
        maker = None if activation is None else at.get(node.inputs[0])
        before = nodes[maker] if maker is not None else None
        if before is not None and maker is not None and _folds(graph, before, node, activation or "", readers):
            attrs = {**before.attrs, "activation": activation}
            nodes[maker] = replace(before, outputs=node.outputs, attrs=attrs)
            at[node.outputs[0]] = maker
            notes.append(Note("activation folding", f"{node.name} is now the clamp of {before.name}"))
            continue
        at.update(dict.fromkeys(node.outputs, len(nodes)))
        nodes.append(node)
    return (with_nodes(graph, [n for n in nodes if n is not None]), notes) if notes else (graph, [])


def _folds(graph: Graph, before: Node, node: Node, activation: str, readers: dict[str, int]) -> bool:
    t, y = graph.tensors[node.inputs[0]].type, graph.tensors[node.outputs[0]].type
    if before.attrs.get("activation") != "none" or readers[node.inputs[0]] != 1:
        return False
    if is_float(t) and is_float(y):
        return registry()[before.op].attributes["activation"].allows(activation)
    if t.dtype not in ("int8", "int16") or t.quant is None or t.quant != y.quant or t.quant.axis is not None:
        return False
    lo, hi = clamp_range(t.dtype, activation, t.scale, t.zero)
    info = np.iinfo(t.dtype)
    every = np.arange(info.min, info.max + 1).astype(info.dtype)
    (got,) = registry()[node.op].reference(graph.instance(node), every)
    return bool((got == np.clip(every, lo, hi)).all())

"""Nodes that change nothing, and moves that are one move.

y = transpose(x, in order), reshape(x, its shape), pad(x, by nothing), slice(x, all of it), concat(x)  -->  x
y = mul(x, 1), div(x, 1), add(x, 0), sub(x, 0), of the shape of x  -->  x
y = reshape(reshape(x))  -->  reshape(x);  y = transpose(transpose(x, p), q)  -->  transpose(x, p[q])
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lapel.ir import Graph, Instance, Node
from lapel.ops import registry, transpose
from lapel.records import Note
from lapel.rewrites.edit import with_nodes


def drop_identities(graph: Graph) -> tuple[Graph, list[Note]]:
    """Drop what does nothing; only what stands between an input or constant and an output stays."""
    makers = {o: n for n in graph.nodes for o in n.outputs}
    names: dict[str, str] = {}
    kept: list[Node] = []
    for node in graph.nodes:
        node = _merged(graph, replace(node, inputs=tuple(names.get(i, i) for i in node.inputs)), makers)
        source = _source(graph.instance(node))
        if source is not None and _may_go(graph, node.outputs[0], source, names, makers):
            names[node.outputs[0]] = source
            continue
        kept.append(node)
        makers.update(dict.fromkeys(node.outputs, node))
    if not names and kept == list(graph.nodes):
        return graph, []
    renamed = {names[o]: o for o in graph.outputs if o in names}
    nodes = [_renamed(n, renamed) for n in kept]
    tensors = {o: replace(graph.tensors[s], name=o) for s, o in renamed.items()}
    note = Note("identities", f"{len(graph.nodes) - len(kept)} nodes change nothing and are left out")
    return with_nodes(graph, nodes, tensors), [note] if len(kept) < len(graph.nodes) else []


def _merged(graph: Graph, node: Node, makers: Mapping[str, Node]) -> Node:
    """The node on what the move before it reads, if both are one."""
    before = makers.get(node.inputs[0]) if node.inputs else None
    if before is None:
        return node
    op, first, then = registry()[node.op], graph.instance(before), graph.instance(node)
    perms = registry()[before.op].permutation(first), op.permutation(then)
    if perms[0] is not None and perms[1] is not None:
        return transpose.node(node.name, before.inputs[0], node.outputs[0], [perms[0][a] for a in perms[1]])
    if before.op == node.op and op.restates and op.alias(first) and op.alias(then):
        return replace(node, inputs=before.inputs)
    return node


def _source(inst: Instance) -> str | None:
    """The input that the output is, or None."""
    op = registry()[inst.node.op]
    if inst.inputs and inst.inputs[0] is not None and inst.x() == inst.y():
        perm = op.permutation(inst)
        if op.piece(inst) == 0 or op.parts(inst) == (0,) or (perm is not None and list(perm) == sorted(perm)):
            return inst.node.inputs[0]
    return _operand(inst) if op.elementwise and len(inst.inputs) == 2 else None


def _operand(inst: Instance) -> str | None:
    """The operand of which arithmetic with a constant makes nothing new."""
    if inst.attrs.get("activation", "none") != "none" or inst.y().quant is not None:
        return None
    for k in (0, 1):
        c = inst.const(1 - k)
        made = None if c is None else registry()[inst.node.op].affine(inst, k, c.astype(np.float64))
        if made is not None and (made[0] == 1).all() and (made[1] == 0).all() and inst.x(k) == inst.y():
            return inst.node.inputs[k]
    return None


def _may_go(graph: Graph, y: str, x: str, names: Mapping[str, str], makers: Mapping[str, Node]) -> bool:
    """An output may, if a node makes what it is, which then gets its name."""
    if y not in graph.outputs:
        return True
    taken = x in graph.outputs or any(names.get(o) == x for o in graph.outputs)
    return x in makers and not taken


def _renamed(node: Node, names: Mapping[str, str]) -> Node:
    inputs = tuple(names.get(i, i) for i in node.inputs)
    return replace(node, inputs=inputs, outputs=tuple(names.get(o, o) for o in node.outputs))

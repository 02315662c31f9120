"""Nodes that change nothing, and moves that are one move.

y = transpose(x, in order), reshape(x, its shape), pad(x, by nothing), slice(x, all of it), concat(x)  -->  x
y = mul(x, 1), div(x, 1), add(x, 0), sub(x, 0), of the shape of x  -->  x
y = reshape(reshape(x))  -->  reshape(x);  y = transpose(transpose(x, p), q)  -->  transpose(x, p[q])
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lapel.ir import Graph, Instance, Node
from lapel.records import Note
from lapel.rewrites.edit import with_nodes

NEUTRAL = {"mul": 1.0, "div": 1.0, "add": 0.0, "sub": 0.0}
COMMUTE = ("mul", "add")


def drop_identities(graph: Graph) -> tuple[Graph, list[Note]]:
    """Drop what does nothing; only what stands between an input or constant and an output stays."""
    makers = {o: n for n in graph.nodes for o in n.outputs}
    names: dict[str, str] = {}
    kept: list[Node] = []
    for node in graph.nodes:
        node = _merged(replace(node, inputs=tuple(names.get(i, i) for i in node.inputs)), makers)
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


def _merged(node: Node, makers: Mapping[str, Node]) -> Node:
    """The node on what the move before it reads, if both are one."""
    before = makers.get(node.inputs[0]) if node.inputs else None
    if before is None or before.op != node.op:
        return node
    if node.op == "reshape":
        return replace(node, inputs=before.inputs)
    if node.op == "transpose":
        perm = tuple(before.attrs["perm"][a] for a in node.attrs["perm"])
        return replace(node, inputs=before.inputs, attrs={"perm": perm})
    return node


def _source(inst: Instance) -> str | None:
    """The input that the output is, or None."""
    node, attrs = inst.node, inst.attrs
    match node.op:
        case "reshape" | "pad" | "slice" | "concat" | "mirrorpad":
            same = inst.x() == inst.y() and all(s > 0 for s in attrs.get("step", ()))
        case "transpose":
            same = list(attrs["perm"]) == sorted(attrs["perm"]) and inst.x() == inst.y()
        case "mul" | "div" | "add" | "sub":
            return _operand(inst)
        case _:
            return None
    return node.inputs[0] if same else None


def _operand(inst: Instance) -> str | None:
    """The operand of which arithmetic with a constant makes nothing new."""
    if inst.attrs["activation"] != "none" or inst.y().quant is not None:
        return None
    for k, other in ((0, 1), (1, 0)) if inst.node.op in COMMUTE else ((0, 1),):
        c = inst.const(other)
        if c is not None and (c == NEUTRAL[inst.node.op]).all() and inst.x(k) == inst.y():
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

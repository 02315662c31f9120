"""Padding folded into the convolution that reads it.

    p = x with a border of zero points; y = conv(p, w, b, pad = q)
      -->  y = conv(x, w, b, pad = q + border)

Exact: a convolution takes a position outside its input as the zero point, which adds nothing to the sum. Which
operators make such a border, and which have such an attribute, they say themselves (`Op.border`, `Op.widened`).
"""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Graph, Node
from lapel.ops import registry
from lapel.records import Note
from lapel.rewrites.edit import count_readers, with_nodes


def fold_padding(graph: Graph) -> tuple[Graph, list[Note]]:
    """Fold borders into the nodes that are their only readers."""
    readers, makers = count_readers(graph), {o: n for n in graph.nodes for o in n.outputs}
    gone: set[str] = set()
    nodes, notes = [], []
    for node in graph.nodes:
        pad = makers.get(node.inputs[0]) if node.inputs else None
        if pad is not None and readers[node.inputs[0]] == 1 and (folded := _folded(graph, pad, node)) is not None:
            node = folded
            gone.add(pad.name)
            notes.append(Note("padding folding", f"{pad.name} is now the padding of {node.name}"))
        nodes.append(node)
    return (with_nodes(graph, [n for n in nodes if n.name not in gone]), notes) if gone else (graph, [])


def _folded(graph: Graph, pad: Node, node: Node) -> Node | None:
    """The node on what the other one pads; None if one of both is not of that kind."""
    border = registry()[pad.op].border(graph.instance(pad))
    attrs = None if border is None else registry()[node.op].widened(graph.instance(node), border)
    return None if attrs is None else replace(node, inputs=(pad.inputs[0], *node.inputs[1:]), attrs=attrs)

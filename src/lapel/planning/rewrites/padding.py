"""Padding folded into the convolution that reads it.

    p = pad(x, rows and columns, value = zero point of x); y = conv(p, w, b, pad = q)
      -->  y = conv(x, w, b, pad = q + rows and columns)

Exact: a convolution takes a position outside its input as the zero point, which adds nothing to the sum.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Graph, Node
from lapel.planning.rewrites.edit import count_readers, with_nodes
from lapel.records import Note

PADDED_READERS = ("conv", "depthwise")


def fold_padding(graph: Graph) -> tuple[Graph, list[Note]]:
    """Fold pads of height and width into convolutions that are their only readers."""
    readers, makers = count_readers(graph), {o: n for n in graph.nodes for o in n.outputs}
    gone: set[str] = set()
    nodes, notes = [], []
    for node in graph.nodes:
        pad = makers.get(node.inputs[0]) if node.op in PADDED_READERS else None
        if pad is not None and pad.op == "pad" and readers[pad.outputs[0]] == 1 and _is_border(graph, pad):
            (_, top, left, _), (_, bottom, right, _) = pad.attrs["before"], pad.attrs["after"]
            t, b, le, r = node.attrs["pad"]
            attrs = {**node.attrs, "pad": (t + top, b + bottom, le + left, r + right)}
            node = replace(node, inputs=(pad.inputs[0], *node.inputs[1:]), attrs=attrs)
            gone.add(pad.name)
            notes.append(Note("padding folding", f"{pad.name} is now the padding of {node.name}"))
        nodes.append(node)
    return (with_nodes(graph, [n for n in nodes if n.name not in gone]), notes) if gone else (graph, [])


def _is_border(graph: Graph, pad: Node) -> bool:
    """Whether the node pads only height and width of an int8 NHWC tensor, with its zero point."""
    x, y = graph.tensors[pad.inputs[0]].type, graph.tensors[pad.outputs[0]].type
    if x.dtype != "int8" or len(x.shape) != 4 or x.quant is None or x.quant != y.quant:
        return False
    paddings = np.array([pad.attrs["before"], pad.attrs["after"]])
    return bool((paddings[:, [0, 3]] == 0).all()) and pad.attrs["value"] == x.zero

"""Channels really removed from a graph: constants, shapes and attributes without them.

    y = conv(x, w, b), z = dense(y, v), channel c of y is removed
      -->  y without c = conv(x, w without filter c, b without c), z = dense(y without c, v without column c)

What is left is what the graph makes if those channels are zero wherever they pass.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.compression.channels import Channels
from lapel.ir import Graph, Node, Tensor
from lapel.ops import registry, verify


def cut(graph: Graph, channels: Channels, kept: np.ndarray) -> Graph:
    """The graph without those channels that are not kept, bool [channels]; every tensor keeps one or more."""
    stays = {site: np.flatnonzero(kept[number]) for site, number in channels.numbers.items()}
    last = {name: at for (name, axis), at in stays.items() if axis == max(0, len(graph.tensors[name].type.shape) - 1)}

    def tensor(t: Tensor) -> Tensor:
        shape, data = t.type.shape, t.data
        for axis in range(len(shape)):
            at = stays.get((t.name, axis))
            if at is None or len(at) == shape[axis]:
                continue
            assert len(at), f"nothing is left of {t.name}"
            shape = (*shape[:axis], len(at), *shape[axis + 1 :])
            data = None if data is None else data.take(at, axis)
        return t if shape == t.type.shape else replace(t, type=replace(t.type, shape=shape), data=data)

    def node(n: Node) -> Node:
        if all(len(last[name]) == (graph.tensors[name].type.shape or (1,))[-1] for name in n.outputs):
            return n
        return replace(n, attrs=registry()[n.op].narrowed(graph.instance(n), last))

    tensors = {name: tensor(t) for name, t in graph.tensors.items()}
    nodes = tuple(map(node, graph.nodes))
    return verify(replace(graph, nodes=nodes, tensors=tensors, file_sha256=""))


def count_macs(graph: Graph) -> int:
    """Multiply-accumulates of one inference."""
    return sum(registry()[n.op].macs(graph.instance(n)) for n in graph.nodes)


def count_weights(graph: Graph) -> int:
    """Numbers in floating-point constants."""
    return sum(t.type.size for t in graph.tensors.values() if t.data is not None and t.data.dtype.kind == "f")

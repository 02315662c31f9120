"""Filters that make their outputs in the order in which they are wanted, so that nothing is moved behind them.

y = dense(x, w, b); z = reshape(y, [1, C, H, W]); t = transpose(z, [0, 2, 3, 1])
  -->  t = reshape(dense(x, w', b'), [1, H, W, C])       the rows of w' and b' are those of w and b in another order
"""

from __future__ import annotations

import numpy as np

from lapel.frontends.rewrites.layout_store import Left
from lapel.frontends.rewrites.layout_walk import Orders, Walk, movable
from lapel.ir import Instance, Node
from lapel.ops import registry


def filters_order(walk: Walk, left: Left) -> Orders | None:
    """The output of filters, and its order, with which a transpose that is left is none; None if no filters make it."""
    makers = {o: n for n in walk.store.nodes for o in n.outputs}
    node = _maker(walk, makers, left.view.name)
    if node is None:
        return None
    name = node.outputs[0]
    rows = left.indexes.reshape(-1, walk.store.type(name).shape[-1])
    order = rows[0]
    if not np.array_equal(rows, order + np.arange(len(rows))[:, None] * len(order)):
        return None  # elements change their rows
    before = walk.orders.get(name)
    return {name: np.argsort(order) if before is None else np.argsort(order)[before]}


def _maker(walk: Walk, makers: dict[str, Node], name: str) -> Node | None:
    """The filters that make a tensor, seen through what changes its elements one by one or only its shape."""
    while name in makers:
        node = makers[name]
        op, inst = registry()[node.op], _instance(walk, node)
        if op.emits(inst):
            return node if all(movable(inst, k) for k, _ in op.emits(inst)) else None
        moving = [t for t in inst.inputs if t is not None and t.data is None]
        if len(moving) != 1 or not (op.elementwise or op.alias(inst)) or moving[0].type.size != inst.y().size:
            return None
        name = moving[0].name
    return None


def _instance(walk: Walk, node: Node) -> Instance:
    tensors = walk.store.tensors
    return Instance(
        node, tuple(tensors[i] if i else None for i in node.inputs), tuple(tensors[o] for o in node.outputs)
    )

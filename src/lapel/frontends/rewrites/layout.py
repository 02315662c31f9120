"""Channels last, without transposes.

    t = transpose(x, [0, 2, 3, 1]); u = conv(t, w); v = transpose(u, [0, 3, 1, 2]); y = relu(v)
      -->  u = conv(x, w); y = relu(u)        where x and y are images [N, H, W, C], as `Origin.layouts` says

Front ends of frameworks whose images are [N, C, H, W] put transposes around each operator that wants [N, H, W, C]. Here
a transpose is nothing but another way to see a tensor (`View`), until a node reads it that can be had in no other order
than its own. Exact: only places of elements change, the order of a sum at most.
"""

from __future__ import annotations

from itertools import product

from lapel.frontends.rewrites.layout_ends import finish
from lapel.frontends.rewrites.layout_filters import filters_order
from lapel.frontends.rewrites.layout_walk import Walk
from lapel.ir import Graph
from lapel.ops import registry, verify
from lapel.records import Note

IMAGE_RANKS = (3, 4, 5)
"""Of inputs whose second axis may be channels."""
MOST_TRIALS = 64
"""Sets of orders of inputs that are tried; beyond it, inputs are decided one after the other."""


def lay_out(graph: Graph) -> tuple[Graph, list[Note]]:
    """The same function with as few transposes as can be had; images among inputs and outputs may have other axes.

    `Origin.layouts` says which. What transposes remain, and why, is in `Origin.warnings`.
    """
    before = _count(graph)
    if not before:
        return graph, []
    found = verify(finish(_best(graph)))
    return found, [Note("layout", f"of {before} transposes {_count(found)} are left")]


def _count(graph: Graph) -> int:
    return sum(registry()[n.op].permutation(graph.instance(n)) is not None for n in graph.nodes)


def _best(graph: Graph) -> Walk:
    """The walk that moves the fewest bytes, over the orders of the inputs, then of what filters make."""
    best = _over_inputs(graph)
    tried = 0
    while tried < len(best.store.left):
        order = filters_order(best, best.store.left[tried])
        better = best if order is None else Walk.over(graph, best.sequences, {**best.orders, **order})
        if better.cost < best.cost:
            best, tried = better, 0
        else:
            tried += 1
    return best


def _over_inputs(graph: Graph) -> Walk:
    """The walk that moves the fewest bytes, over the orders of the inputs; of equal ones the first."""
    choices = {name: _choices(graph, name) for name in graph.arguments}
    trials = 1
    for found in choices.values():
        trials *= len(found)
    if trials <= MOST_TRIALS:
        sets = [dict(zip(choices, chosen, strict=True)) for chosen in product(*choices.values())]
        return min((Walk.over(graph, s) for s in sets), key=lambda w: w.cost)
    best = Walk.over(graph, {name: found[0] for name, found in choices.items()})
    for name, found in choices.items():
        others = [Walk.over(graph, {**best.sequences, name: s}) for s in found[1:]]
        best = min([best, *others], key=lambda w: w.cost)
    return best


def _choices(graph: Graph, name: str) -> list[tuple[int, ...]]:
    """The orders of an input's axes that may pay: its own, channels last, and those that its readers make."""
    rank = len(graph.tensors[name].type.shape)
    own = tuple(range(rank))
    if rank not in IMAGE_RANKS:
        return [own]
    found = [own, (0, *range(2, rank), 1)]
    for node in graph.nodes:
        if node.inputs[:1] == (name,):
            perm = registry()[node.op].permutation(graph.instance(node))
            found += [perm] if perm is not None and perm[0] == 0 else []
    return list(dict.fromkeys(found))

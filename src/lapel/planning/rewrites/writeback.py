"""Updates of states are written back.

    keep u as s  -->  v = assign(u); keep v as s

The planner puts v where s is, behind everything that reads s. What would be read later than that is copied before:

    return y, which may lie in the bytes of s  -->  z = slide(y); return z
    keep s as t, keep t as s  -->  u = slide(t); keep s as t, keep u as s
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from lapel.ir import Graph, Node, Tensor
from lapel.ops import assign, slide
from lapel.planning.states import next_free, states_within
from lapel.records import Note
from lapel.rewrites.edit import with_ends


def write_back(graph: Graph) -> tuple[Graph, list[Note]]:
    """End the graph with an `assign` for each state."""
    if not graph.carries:
        return graph, []
    graph, returned = _copy_results(graph)
    graph, exchanged = _part_exchanges(graph)
    made = {c.update: _unused(graph, f"{c.state}/next") for c in graph.carries}
    graph = _append(graph, assign.node, made)
    graph = with_ends(graph, graph.results, [replace(c, update=made[c.update]) for c in graph.carries])
    text = f"{len(graph.carries)} states of {graph.state_bytes:,} bytes in all, which are kept from call to call"
    notes = [Note("state", text)]
    for names, why in ((returned, "as the caller reads them after that"), (exchanged, "as states are exchanged")):
        if names:
            notes.append(Note("state", f"{', '.join(names)} copied before a state changes, {why}"))
    return graph, notes


def _copy_results(graph: Graph) -> tuple[Graph, list[str]]:
    """Results that may lie in the bytes of a state, which its update replaces before the caller reads them."""
    within = states_within(graph)
    renamed = {r: _unused(graph, f"{r}/returned") for r in graph.results if r in within}
    graph = _append(graph, slide.node, renamed)
    return with_ends(graph, [renamed.get(r, r) for r in graph.results], graph.carries), list(renamed)


def _part_exchanges(graph: Graph) -> tuple[Graph, list[str]]:
    """Copy one update in each ring of states that are each other's updates."""
    within, left, copied = states_within(graph), list(graph.carries), {}
    while left:
        c = next_free(left, within)
        if c is None:
            c = left[0]
            copied[c.state] = _unused(graph, f"{c.update}/before")
            graph = _append(graph, slide.node, {c.update: copied[c.state]})
        left.remove(c)
    carries = [replace(c, update=copied.get(c.state, c.update)) for c in graph.carries]
    return with_ends(graph, graph.results, carries), list(copied)


def _append(graph: Graph, copy: Callable[[str, str], Node], made: Mapping[str, str]) -> Graph:
    """The graph with one more node for each tensor: a copy of it under the name given."""
    tensors = {new: Tensor(new, graph.tensors[old].type) for old, new in made.items()}
    nodes = [copy(old, new) for old, new in made.items()]
    return replace(graph, nodes=(*graph.nodes, *nodes), tensors={**graph.tensors, **tensors})


def _unused(graph: Graph, name: str) -> str:
    while name in graph.tensors:
        name += "+"
    return name

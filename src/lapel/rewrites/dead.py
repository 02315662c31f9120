"""Dead nodes and dead states.

y = op(x), nobody reads y  -->  nothing
state s, u = op(s), keep u as s, nobody else reads s or u  -->  nothing
"""

from __future__ import annotations

from lapel.ir import Graph
from lapel.records import Note
from lapel.rewrites.edit import with_ends, with_nodes


def remove_dead(graph: Graph) -> tuple[Graph, list[Note]]:
    """Drop every node from which no result can be reached, at this call or at a later one, and states likewise."""
    makers = {o: n.inputs for n in graph.nodes for o in n.outputs}
    makers |= {c.state: (c.update,) for c in graph.carries}
    needed, left, notes = set[str](), list(graph.results), list[Note]()
    while left:
        name = left.pop()
        if name not in needed:
            needed.add(name)
            left += makers.get(name, ())
    carries = [c for c in graph.carries if c.state in needed]
    kept = [n for n in graph.nodes if needed.intersection(n.outputs)]
    if len(carries) < len(graph.carries):
        count = len(graph.carries) - len(carries)
        notes.append(Note("dead states", f"{count} states reach no output and are left out"))
        graph = with_ends(graph, graph.results, carries)
    if len(kept) < len(graph.nodes):
        notes.append(Note("dead nodes", f"{len(graph.nodes) - len(kept)} nodes reach no output and are left out"))
    return (with_nodes(graph, kept), notes) if notes else (graph, [])

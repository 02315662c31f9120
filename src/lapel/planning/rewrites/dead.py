"""Dead nodes.

y = op(x), nobody reads y  -->  nothing
"""

from __future__ import annotations

from lapel.ir import Graph
from lapel.planning.rewrites.edit import with_nodes
from lapel.records import Note


def remove_dead(graph: Graph) -> tuple[Graph, list[Note]]:
    """Drop every node from which no graph output can be reached."""
    needed = set(graph.outputs)
    kept = []
    for node in reversed(graph.nodes):
        if needed.intersection(node.outputs):
            needed.update(node.inputs)
            kept.append(node)
    if len(kept) == len(graph.nodes):
        return graph, []
    note = Note("dead nodes", f"{len(graph.nodes) - len(kept)} nodes reach no output and are left out")
    return with_nodes(graph, kept[::-1]), [note]

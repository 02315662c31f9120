"""What of a chained graph is the front end: all that its features depend on, in this call or an earlier one."""

from __future__ import annotations

from lapel.ir import Graph

FRONT_END, NETWORK, DETECTOR = "front end", "network", "detector"


def front_tensors(graph: Graph, features: str) -> frozenset[str]:
    """The tensors that `features` depends on, itself among them; none if the graph has no such tensor."""
    if features not in graph.tensors:
        return frozenset()
    makers = {o: node for node in graph.nodes for o in node.outputs}
    updates = {c.state: c.update for c in graph.carries}
    found, todo = set[str](), [features]
    while todo:
        name = todo.pop()
        if not name or name in found:
            continue
        found.add(name)
        if name in updates:
            todo.append(updates[name])
        if name in makers:
            todo += makers[name].inputs
    return frozenset(found)

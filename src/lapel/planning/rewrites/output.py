"""Outputs that nothing computes.

return c  -->  y = load(c); return y
"""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Graph, Tensor
from lapel.ops import load
from lapel.records import Note
from lapel.rewrites.edit import with_ends


def load_outputs(graph: Graph) -> tuple[Graph, list[Note]]:
    """Copy constants that are graph outputs into the arena, where the caller reads outputs."""
    constant = [o for o in dict.fromkeys(graph.outputs) if graph.tensors[o].data is not None]
    if not constant:
        return graph, []
    renamed = {o: f"{o}/loaded" for o in constant}
    loads = [load.node(o, r) for o, r in renamed.items()]
    tensors = {**graph.tensors, **{r: Tensor(r, graph.tensors[o].type) for o, r in renamed.items()}}
    carries = [replace(c, update=renamed.get(c.update, c.update)) for c in graph.carries]
    graph = replace(graph, nodes=(*graph.nodes, *loads), tensors=tensors)
    graph = with_ends(graph, [renamed.get(o, o) for o in graph.results], carries)
    return graph, [Note("constant outputs", f"{', '.join(constant)} do not depend on any input")]

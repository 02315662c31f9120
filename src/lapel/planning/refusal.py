"""What cannot become firmware, said before it is planned: floats without kernels in one line, else each problem."""

from __future__ import annotations

from lapel.errors import FloatModel, Problem, UnsupportedModel, shown, some
from lapel.ir import Graph
from lapel.ir.op import lowerable
from lapel.ir.signature import over_reals
from lapel.ops import registry


def refuse(graph: Graph, where: str) -> None:
    """Raise FloatModel if nodes of floats have no float32 form, UnsupportedModel if kernels cannot compute others."""
    floats = [n for n in graph.nodes if over_reals(registry()[n.op].signatures, graph.instance(n))]
    if floats:
        raise FloatModel(where, len(floats), len(graph.nodes), some(dict.fromkeys(n.op for n in floats)))
    problems = [
        Problem(f"node {shown(n.name)!r} ({n.op})", p)
        for n in graph.nodes
        for p in lowerable(registry()[n.op], graph.instance(n))
    ]
    if problems:
        raise UnsupportedModel(where, problems)

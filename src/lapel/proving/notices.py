"""What a user has to know about a model and its plan, whatever the samples are: the warnings of every verb."""

from __future__ import annotations

from lapel.ir import Graph
from lapel.ops import surprises
from lapel.planning import Plan


def notices(graph: Graph, plan: Plan | None = None) -> tuple[str, ...]:
    """Of the conversion, of the model's own operators, and of its plan, a sentence each."""
    return (*graph.origin.warnings, *surprises(graph), *(plan.warnings if plan is not None else ()))

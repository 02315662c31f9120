"""What a build is proven on: its samples, and what `<prefix>_sample.h` and `<prefix>_values.h` say of them."""

from __future__ import annotations

from typing import Any

from lapel.codegen.sample import Proof
from lapel.codegen.values import Decision
from lapel.errors import UsageError
from lapel.ir import Graph
from lapel.planning import Plan
from lapel.proving import scoring
from lapel.proving.inputs import take
from lapel.proving.samples import Samples, draw

SAMPLES = 1
"""Random ones that every build is proven on; `run` takes the user's."""

CALLS = 4
"""As many instead of a model with state, one call after the other."""


def choose(graph: Graph, given: Any) -> Samples:
    """The first of the user's samples, of a model with state the first CALLS; random ones if none are given.

    Raises InputError as `lapel.proving.inputs.take` does.
    """
    count = CALLS if graph.carries else SAMPLES
    if given is None:
        return draw(graph, count)
    return {name: x[:count] for name, x in take(graph, given).samples.items()}


def check_given(given: Any, listens: bool) -> None:
    """Raise UsageError for a sample of what listens: it is proven on sound."""
    if given is not None and listens:
        raise UsageError("a sample was given, and what listens is proven on sound of its own: leave it out")


def proof_of(plan: Plan, graph: Graph, samples: Samples, expected: Samples, is_random: bool) -> Proof:
    """The same by the names that tensors have in the plan."""
    what = "a random sample" if is_random else "a sample"
    count = len(next(iter(samples.values()))) if samples else 1
    return Proof(
        dict(zip(plan.graph.arguments, (samples[n] for n in graph.arguments), strict=True)),
        dict(zip(plan.graph.results, (expected[n] for n in graph.results), strict=True)),
        what if count == 1 else f"{what} of {count} calls, one after the other",
    )


def decision_of(graph: Graph) -> Decision | None:
    """How a class follows from the outputs; None where none does: several outputs, a regression, flags."""
    if len(graph.results) != 1 or graph.origin.task in ("regression", "multilabel"):
        return None
    size = graph.tensors[graph.results[0]].type.size
    if scoring.is_index(graph):
        return Decision(is_index=True) if size == 1 else None
    if graph.origin.task == "unknown" and not graph.classes:
        return None
    return Decision(above=scoring.threshold(graph) if size == 1 else None)

"""`Stages`: the graphs of a cascade and what is to be known of each: gate, words, and a check of detections."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lapel.cascades.gate import gate
from lapel.codegen.cascade import Check, Gating
from lapel.codegen.listen import Hearing
from lapel.errors import UsageError
from lapel.ir import Graph
from lapel.ops import verify
from lapel.proving.ears import Ears
from lapel.records import Cascade


@dataclass(frozen=True, eq=False)
class Stages:
    """gate: of the samples of a step of which those are picked that it looks at. words: samples of a step -> scores,
    and with a check the features that they are of. check: features -> scores; or, of a speaker, features and a template
    -> an embedding and a score. gating: what is beside the models. features: the tensor of `words` that its front end
    makes, "" without one. enrol: embeddings -> a template and how alike they are to it, of a speaker's check."""

    gate: Graph
    words: Graph
    check: Graph | None
    gating: Gating
    features: str = ""
    enrol: Graph | None = None

    @property
    def graphs(self) -> tuple[Graph, ...]:
        """Of the program, in the order of its models."""
        return (self.gate, self.words, *(g for g in (self.check, self.enrol) if g is not None))

    @property
    def step_samples(self) -> int:
        """Of a step."""
        return self.words.tensors[self.words.arguments[0]].type.size

    def named(self, name: str) -> Stages:
        """With the names that the models have in a program of this name."""
        gate, words, *rest = (
            replace(g, name=f"{name}_{stage}") for g, stage in zip(self.graphs, self.gating.stages, strict=True)
        )
        check, enrol = (*rest, None, None)[:2]
        return replace(self, gate=gate, words=words, check=check, enrol=enrol)


def stages_of(
    ears: Ears, asked: Cascade, check: tuple[Graph, Check] | None = None, enrol: Graph | None = None
) -> Stages:
    """The stages of what listens behind a gate.

    check: its graph, and how it is asked; enrol: of a speaker's template. With a check the model of words has a front
    end. Raises UsageError: a step is no whole number of the gate's rows; InvalidGraph: what the gate cannot be.
    """
    graph, detector = ears.graph, ears.detector
    size = graph.tensors[graph.arguments[0]].type.size
    rows = rows_of(graph.name, size, asked)
    verify(gate(asked, rows))
    picked = gate(replace(asked, hop_samples=asked.hop_samples // asked.stride, stride=1), rows)
    words = graph if check is None else _with_features(graph, ears.features)
    gating = Gating(asked, Hearing(detector, ears.rate_hz), None if check is None else check[1])
    return Stages(picked, words, None if check is None else check[0], gating, ears.features, enrol)


def rows_of(name: str, step: int, asked: Cascade) -> int:
    """The gate's rows in a step of so many samples. Raises UsageError."""
    if step % asked.hop_samples:
        found = f"a step has {step} samples, the first stage's row {asked.hop_samples}"
        raise UsageError(f"{name}: {found}: expected whole rows in a step")
    return step // asked.hop_samples


def _with_features(graph: Graph, features: str) -> Graph:
    """With the features as one more result."""
    if features not in graph.tensors:
        raise UsageError(f"{graph.name}: has no front end of its own, whose features detections are checked by")
    results = (*graph.results, features)
    return verify(replace(graph, outputs=(*results, *graph.outputs[len(graph.results) :])))

"""What one machine made of each tensor, beside what the reference says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lapel.ir import DTYPES, Graph, Node
from lapel.ops import evaluate_node, registry
from lapel.planning import Plan
from lapel.proving.bits import differing
from lapel.proving.samples import Samples
from lapel.simulate import RawRun


@dataclass(frozen=True, eq=False)
class Traced:
    """One tensor of one sample as a step left it in memory, and as the reference has it."""

    sample: int
    step: int
    tensor: str
    found: np.ndarray
    expected: np.ndarray

    @property
    def wrong(self) -> np.ndarray:
        """Of each element whether its bits differ."""
        return differing(self.found, self.expected)


@dataclass(frozen=True, eq=False)
class Trace:
    """All tensors of all samples on one machine, in the order in which they were made.

    given: of each sample what the steps began with: inputs, constants, states as the machine had them.
    """

    machine: str
    plan: Plan
    samples: tuple[tuple[Traced, ...], ...]
    given: tuple[Mapping[str, np.ndarray], ...]

    def __iter__(self) -> Iterator[Traced]:
        for sample in self.samples:
            yield from sample

    def first(self) -> Traced | None:
        """The first tensor that differs."""
        return next((t for t in self if t.wrong.any()), None)

    def values(self, sample: int) -> dict[str, np.ndarray]:
        """Every tensor of a sample as the machine had it."""
        return {**self.given[sample], **{t.tensor: t.found for t in self.samples[sample]}}

    def recomputed(self, t: Traced, values: Mapping[str, np.ndarray] | None = None) -> np.ndarray:
        """What the reference makes, in the step of a tensor, of the values that the machine had there.

        values: others of the step's inputs.
        """
        node = self.plan.steps[t.step].node
        made = evaluate_node(self.plan.graph, node, {**self.values(t.sample), **(values or {})})
        return made[node.outputs.index(t.tensor)]

    def own(self, t: Traced) -> bool:
        """Whether a tensor that differs does so by its own step: what that was given is not what made it wrong."""
        return bool(differing(t.found, self.recomputed(t)).any())


def trace_of(
    machine: str, graph: Graph, plan: Plan, names: Sequence[str], raw: RawRun, runs: Sequence[Samples]
) -> Trace:
    """names: of tensors by the number that the firmware gives them. runs: what the reference makes of each sample."""
    samples, given = [], list[Mapping[str, np.ndarray]]()
    for k, rows in enumerate(raw.tensors):
        known: Samples = dict(runs[k])
        known.update(zip(plan.graph.results, (known[o] for o in graph.results), strict=True))
        made = []
        for step, number, data in rows:
            t = plan.graph.tensors[names[number]].type
            want = expected(plan, names[number], known)
            found: np.ndarray = np.frombuffer(data, DTYPES[t.dtype]).reshape(t.shape)
            made.append(Traced(k, step, names[number], found, want.reshape(t.shape)))
        given.append(_given(plan, known))
        samples.append(tuple(made))
    return Trace(machine, plan, tuple(samples), tuple(given))


def _given(plan: Plan, known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Inputs, states and constants; states are the reference's, for they are what the machine's must be, too."""
    constants = {n: t.data for n, t in plan.graph.tensors.items() if t.data is not None}
    return {**constants, **{n: known[n] for n in plan.graph.inputs if n in known}}


def makes_tensors(node: Node) -> bool:
    """Whether a step makes tensors that count as such: what only moves one makes none, and is compared all the same."""
    return not registry()[node.op].moves


def expected(plan: Plan, name: str, known: Samples) -> np.ndarray:
    """The reference's value of a tensor that may be a band of an image, or have lost channels.

    What the reference does not know otherwise was made by the planner, of what it does know.
    """
    t = plan.graph.tensors[name]
    if t.band is not None:
        image, first = t.band
        want = known[image][:, first : first + t.type.shape[1]]
    elif name in known:
        want = known[name]
    elif t.data is not None:
        return t.data
    else:
        node = next(s.node for s in plan.steps if name in s.node.outputs)
        values = {i: expected(plan, i, known) for i in node.inputs if i}
        known.update(zip(node.outputs, evaluate_node(plan.graph, node, values), strict=True))
        return known[name]
    return want if t.kept is None else want.take(t.kept, axis=-1)

"""How near an integer graph is to its float graph: results of all samples, and layers on those held back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lapel.ir import Graph
from lapel.ops import registry
from lapel.proving import judge, scoring
from lapel.proving.run import Progress
from lapel.proving.samples import Samples
from lapel.quantization.calibrated import Calibrated
from lapel.quantization.comparison import Alone, compare, noise_of, results
from lapel.quantization.scales import range_of
from lapel.records import QuantizedLayer, Score
from lapel.records.quantized import lost

MOST_MACS = 3_000_000_000
"""Of all runs with one layer alone in integers: about ten seconds of the reference."""
LEAST_ALONE = 4
"""Samples of these runs, however large the model is."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Results beside the float graph's: sqnr_db of the samples held back, score and agreement of all.

    loss: of a share, against the float graph's score or, without labels, against full agreement; None if not known.
    """

    sqnr_db: float
    score: Score | None
    agreement: Score | None
    loss: float | None

    @property
    def rank(self) -> tuple[float, float]:
        """Less is better."""
        return self.loss or 0.0, -self.sqnr_db


@dataclass(frozen=True, eq=False)
class Fidelity:
    """The float graph on samples (N, …); held: (N,), those on which layers are measured; targets: of all, if known."""

    graph: Graph
    samples: Samples
    held: np.ndarray
    targets: scoring.Targets | None
    progress: Progress

    @cached_property
    def floats(self) -> dict[str, np.ndarray]:
        """float64 (N, K) by result: what the float graph says."""
        return results(self.graph, self.samples)

    @cached_property
    def float_score(self) -> Score | None:
        """How that meets the labels."""
        return None if self.targets is None else self.targets.score(self.graph, self.floats[self.graph.results[0]])

    def measure(self, made: Graph) -> Measured:
        """Run an integer graph on all samples."""
        self.progress("running the integer model")
        found = results(made, self.samples)
        held = ({o: y[self.held] for o, y in of.items()} for of in (self.floats, found))
        score, agreement = self._scores(made, found[made.results[0]], np.ones(len(self.held), bool))
        return Measured(noise_of(*held).sqnr_db, score, agreement, lost(self.float_score, score, agreement))

    def alone(self, made: Graph, source: Calibrated) -> dict[str, Measured]:
        """By node: what it is to have it alone in integers, on as many of the samples held back as do not take long.

        source: what the integer graph was made of.
        """
        nodes = self.graph.nodes
        macs = sum(registry()[n.op].macs(self.graph.instance(n)) for n in nodes)
        most = max(LEAST_ALONE, 2 * MOST_MACS // (len(nodes) * max(macs, 1)))
        used = np.flatnonzero(self.held)[:most]
        mask = np.isin(np.arange(len(self.held)), used)
        alone = Alone(source.graph, made)
        alone.run({n: x[mask] for n, x in self.samples.items()}, self.progress)
        found = {}
        for name, noise in alone.noise.items():
            score, agreement = self._scores(made, np.stack(alone.outputs[name]), mask)
            before = None if self.targets is None else self._targets(mask).score(self.graph, np.stack(alone.floats))
            found[name] = Measured(noise.sqnr_db, score, agreement, lost(before, score, agreement))
        return found

    def _targets(self, mask: np.ndarray) -> scoring.Targets:
        assert self.targets is not None
        return scoring.Targets(self.targets.task, self.targets.values[mask])

    def _scores(self, made: Graph, outputs: np.ndarray, mask: np.ndarray) -> tuple[Score | None, Score | None]:
        """(score by labels, agreement with the float graph) of the samples of a mask; None of several results."""
        if len(self.graph.results) != 1:
            return None, None
        targets = None if self.targets is None else self._targets(mask)
        score = None if targets is None else targets.score(made, outputs)
        floats = self.floats[self.graph.results[0]][mask]
        return score, judge.agreement_of(judge.Case(self.graph, None, targets, floats), outputs)

    def layers(self, made: Graph, source: Calibrated, alone: Mapping[str, Measured]) -> tuple[QuantizedLayer, ...]:
        """A record for each node of the float graph that makes a float."""
        self.progress("comparing layers")
        found = compare(source.graph, made, {n: x[self.held] for n, x in self.samples.items()})
        rows = []
        for node in source.graph.nodes:
            y = node.outputs[0]
            if y not in found.noise:
                continue
            t, h, one = made.tensors[y].type, source.seen[y].histogram, alone.get(node.name)
            ends = (None, None) if t.quant is None else range_of(t)
            rows.append(
                QuantizedLayer(
                    name=node.name,
                    op=node.op,
                    dtype=t.dtype,
                    lo=h.lo,
                    hi=h.hi,
                    least=ends[0],
                    most=ends[1],
                    saturated=found.saturated[y],
                    sqnr_db=found.noise[y].sqnr_db,
                    alone_sqnr_db=None if one is None else one.sqnr_db,
                    alone=None if one is None else one.score or one.agreement,
                )
            )
        return tuple(rows)

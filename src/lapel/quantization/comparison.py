"""An integer graph beside its float graph on samples: tensor by tensor, and with one layer alone in integers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from lapel.ir import Graph, Node, Type
from lapel.ir.numbers import numbers
from lapel.ir.op import compute
from lapel.ops import evaluate_node, evaluate_sequence, registry
from lapel.quantization.calibration import Samples, activations, each_sample
from lapel.quantization.scales import range_of, stored

Values = Mapping[str, np.ndarray]
Progress = Callable[[str], None]


@dataclass
class Noise:
    """Sums of squares of what should be, and of what is else."""

    signal: float = 0.0
    noise: float = 0.0

    def see(self, want: np.ndarray, found: np.ndarray) -> None:
        """Arrays of one shape."""
        a = want.astype(np.float64)
        self.signal += float(np.square(a).sum())
        self.noise += float(np.square(a - found).sum())

    @property
    def sqnr_db(self) -> float:
        """Signal to quantization noise; infinite where there is no noise."""
        if self.noise == 0:
            return math.inf
        return 10 * math.log10(self.signal / self.noise) if self.signal else -math.inf


@dataclass(frozen=True, eq=False)
class Comparison:
    """By tensor: noise, and the share of float values beyond what the integers stand for."""

    noise: Mapping[str, Noise]
    saturated: Mapping[str, float]


@dataclass
class _Share:
    """How many of how many."""

    part: int = 0
    whole: int = 0

    @property
    def value(self) -> float:
        return self.part / self.whole if self.whole else 0.0


def given_to(graph: Graph, samples: Samples) -> Iterator[dict[str, np.ndarray]]:
    """Float samples as a graph takes them, one after the other."""
    types = {n: graph.tensors[n].type for n in graph.arguments}
    for sample in each_sample(samples):
        yield {n: x if types[n].quant is None else stored(types[n], x) for n, x in sample.items()}


def results(graph: Graph, samples: Samples) -> dict[str, np.ndarray]:
    """float64 (N, K) by result: what a graph, of floats or integers, says to float samples."""
    found: dict[str, list[np.ndarray]] = {o: [] for o in graph.results}
    for values in evaluate_sequence(graph, given_to(graph, samples)):
        for o, rows in found.items():
            rows.append(numbers(graph.tensors[o].type, values[o]).reshape(-1))
    return {o: np.stack(rows) for o, rows in found.items()}


def noise_of(wanted: Values, found: Values) -> Noise:
    """Of all results together."""
    total = Noise()
    for name, want in wanted.items():
        total.see(want, found[name])
    return total


def compare(graph: Graph, made: Graph, samples: Samples) -> Comparison:
    """Run both graphs on float samples, and look at all float tensors of the first."""
    names = [n for n in activations(graph) if n in made.tensors]
    noise, saturated = {n: Noise() for n in names}, {n: _Share() for n in names}
    runs = evaluate_sequence(graph, each_sample(samples)), evaluate_sequence(made, given_to(made, samples))
    for want, found in zip(*runs, strict=True):
        for n in names:
            t = made.tensors[n].type
            noise[n].see(want[n], numbers(t, found[n]))
            beyond(t, want[n], saturated[n])
    return Comparison(noise, {n: s.value for n, s in saturated.items()})


def beyond(t: Type, x: np.ndarray, share: _Share) -> None:
    """Count the numbers that a type cuts by more than a step."""
    share.whole += x.size
    if t.quant is not None:
        lo, hi = range_of(t)
        share.part += int(((x < lo - 1.01 * t.scale) | (x > hi + 1.01 * t.scale)).sum())


@dataclass
class Alone:
    """What becomes of the results if one node has integer constants and outputs, and all else is in floats.

    What a node makes is its own, what it is given its makers': a coarse tensor counts where it is made, and where it is
    an input of the graph, where that is read.
    """

    graph: Graph
    made: Graph
    noise: dict[str, Noise] = field(default_factory=dict)
    """By node: of all results."""
    outputs: dict[str, list[np.ndarray]] = field(default_factory=dict)
    """By node: float64 [K] of result 0, for each sample."""
    floats: list[np.ndarray] = field(default_factory=list)
    """The same of the float graph."""

    def run(self, samples: Samples, progress: Progress = lambda stage: None) -> None:
        """For each sample and each node."""
        pairs = list(self._pairs())
        for k, values in enumerate(evaluate_sequence(self.graph, each_sample(samples))):
            progress(f"one layer in integers at a time, sample {k + 1}")
            self.floats.append(values[self.graph.results[0]].astype(np.float64).reshape(-1))
            for at, node, integer in pairs:
                changed = self._ripple(values, at, self._rounded(node, integer, values))
                noise = self.noise.setdefault(node.name, Noise())
                for o in self.graph.results:
                    noise.see(values[o], changed.get(o, values[o]))
                first = changed.get(self.graph.results[0], values[self.graph.results[0]])
                self.outputs.setdefault(node.name, []).append(first.astype(np.float64).reshape(-1))

    def _pairs(self) -> Iterator[tuple[int, Node, Node]]:
        """(place, node of the float graph, the same of the integer graph)."""
        placed = {n.name: n for n in self.made.nodes}
        for at, node in enumerate(self.graph.nodes):
            integer = placed[node.name]
            if any(self.made.tensors[o].type.quant is not None for o in integer.outputs):
                yield at, node, integer

    def _rounded(self, node: Node, integer: Node, values: Values) -> dict[str, np.ndarray]:
        """What the node makes with the integers' constants and the graph's inputs rounded, rounded as its outputs."""
        inst, arrays = self.made.instance(integer), list[np.ndarray | None]()
        for k, t in enumerate(inst.inputs):
            name = node.inputs[k] if k < len(node.inputs) else ""
            if t is None or t.data is not None:
                arrays.append(None if t is None or t.data is None else numbers(t.type, t.data))
            elif name in self.graph.inputs and t.type.quant is not None:
                arrays.append(numbers(t.type, stored(t.type, values[name])))
            else:
                arrays.append(values[name])
        made = compute(registry()[node.op], self.graph.instance(node), *arrays)
        of = zip(node.outputs, inst.outputs, made, strict=True)
        return {name: numbers(t.type, stored(t.type, y)).astype(np.float32) for name, t, y in of if t.type.quant}

    def _ripple(self, values: Values, at: int, changed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What else changes, by name, in the nodes behind place `at`."""
        for node in self.graph.nodes[at + 1 :]:
            if any(i in changed for i in node.inputs):
                made = evaluate_node(self.graph, node, {**values, **changed})
                changed |= dict(zip(node.outputs, made, strict=True))
        return changed

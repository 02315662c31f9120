"""An integer model beside its float model, layer by layer: how much noise, where it begins, which samples suffer.

Two figures for each layer. `sqnr_db` is of the model as it runs: all noise of the layers before is in it. `own_sqnr_db`
is the layer's alone: it is given what the float model has there, as its integers. So the first layer that hurts is one
whose own noise is loud, and not one that got it from another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lapel.debugging.counterparts import Values, counterparts, side
from lapel.debugging.relatives import unlike_weights
from lapel.errors import UsageError, shown
from lapel.frontends import Model
from lapel.frontends import load as load_file
from lapel.ir import DTYPES, Graph
from lapel.ir.numbers import numbers
from lapel.ops import evaluate_node, evaluate_sequence
from lapel.planning.labels import labels
from lapel.proving.samples import Samples, each
from lapel.proving.scoring import score_kind
from lapel.quantization.comparison import Noise
from lapel.quantization.dequantized import dequantized
from lapel.quantization.scales import range_of, stored
from lapel.records import Beside, BesideLayer, BesideSample

HURTS_DB = 20.0
"""Own signal to quantization noise below which a layer hurts: noise of a tenth of the signal. Layers of int8 networks
that lose nothing have 25 to 50 dB (docs/guide-debug.md)."""
MATCHED_SAMPLES = 4
"""By which counterparts are found."""
WORST_SAMPLES = 5


def beside(graph: Graph, float_model: Model | None, samples: Samples, real: Samples, reset_every: int | None) -> Beside:
    """Run both on all samples. float_model: see `lapel.load`; None: the same network over the reals, so that what its
    weights lost is not seen. samples: the model's integers by argument; real: the numbers that they stand for.

    Raises UsageError if the float model has other inputs or outputs, or is quantized itself.
    """
    floats = dequantized(graph) if float_model is None else _float_graph(graph, float_model)
    given = _given(graph, floats, samples, real)
    wanted = list(evaluate_sequence(floats, each(given), reset_every))
    found = list(evaluate_sequence(graph, each(samples), reset_every))
    ours, theirs = (side(g, runs[:MATCHED_SAMPLES]) for g, runs in ((graph, found), (floats, wanted)))
    pairs = {n: n for n in ours.names if n in theirs.names} if float_model is None else counterparts(ours, theirs)
    measured = Measured(graph, pairs)
    for values, want in zip(found, wanted, strict=True):
        measured.see(values, want)
    names = labels(graph)
    rows = [_layer(measured, names[n.outputs[0]], n.op, n.outputs[0]) for n in graph.nodes if n.outputs[0] in pairs]
    hurting = next((row.layer for row in rows if row.own_sqnr_db < HURTS_DB), "")
    return Beside(
        float_model=floats.name if float_model is not None else "",
        samples=len(found),
        layers=tuple(rows),
        unmatched=tuple(names[n] for n in ours.names if n not in pairs),
        first=hurting,
        worst=_worst_samples(graph, floats, found, wanted),
        unlike=unlike_weights(graph, floats),
    )


def _float_graph(graph: Graph, float_model: Model) -> Graph:
    floats = load_file(float_model)
    where = f"{shown(floats.name)}, as the float model of {shown(graph.name)}"
    if any(t.type.quant is not None for t in floats.tensors.values()):
        raise UsageError(f"{where}: it is quantized itself, expected a float model: give the one that it was made from")
    ends = ("inputs", graph.arguments, floats.arguments), ("outputs", graph.results, floats.results)
    for what, ours, theirs in ends:
        sizes = [tuple(g.tensors[n].type.size for n in names) for g, names in ((graph, ours), (floats, theirs))]
        if sizes[0] != sizes[1]:
            expected = f"expected {list(sizes[0])}, as of the quantized one: give the model that it was made from"
            raise UsageError(f"{where}: its {what} have {list(sizes[1])} elements, {expected}")
    return floats


def _given(graph: Graph, floats: Graph, samples: Samples, real: Samples) -> Samples:
    """The samples as the float graph takes them, argument by argument."""
    found: Samples = {}
    for ours, theirs in zip(graph.arguments, floats.arguments, strict=True):
        t = floats.tensors[theirs].type
        x = real.get(ours)
        x = numbers(graph.tensors[ours].type, samples[ours]) if x is None else x
        found[theirs] = np.ascontiguousarray(x.reshape(-1, *t.shape).astype(DTYPES[t.dtype]))
    return found


@dataclass(eq=False)
class Measured:
    """Noise of each tensor that has a counterpart, as it came and of its layer alone.

    pairs: our tensors -> the float model's.
    """

    graph: Graph
    pairs: Mapping[str, str]
    whole: dict[str, Noise] = field(default_factory=dict)
    own: dict[str, Noise] = field(default_factory=dict)
    beyond: dict[str, list[float]] = field(default_factory=dict)

    def see(self, values: Values, wanted: Values) -> None:
        """A sample: every tensor of the integer graph, and of the float model."""
        anchored = dict(values)  # inputs, states, constants as they were
        for node in self.graph.nodes:
            anchored.update(zip(node.outputs, evaluate_node(self.graph, node, anchored), strict=True))
            for o in node.outputs:
                if o not in self.pairs:
                    continue
                t = self.graph.tensors[o].type
                want = wanted[self.pairs[o]].reshape(t.shape)
                self.whole.setdefault(o, Noise()).see(want, numbers(t, values[o]))
                self.own.setdefault(o, Noise()).see(want, numbers(t, anchored[o]))
                self.beyond.setdefault(o, []).append(_beyond(self.graph, o, want))
            self._anchor(anchored, wanted, node.outputs)

    def _anchor(self, anchored: dict[str, np.ndarray], wanted: Values, names: tuple[str, ...]) -> None:
        """What has a counterpart goes on as that."""
        for n in names:
            t = self.graph.tensors[n].type
            if n in self.pairs:
                want = wanted[self.pairs[n]].reshape(t.shape)
                anchored[n] = want.astype(DTYPES[t.dtype]) if t.quant is None else stored(t, want)


def _beyond(graph: Graph, name: str, want: np.ndarray) -> float:
    """The share of numbers that the integers of a tensor cut by more than a step."""
    t = graph.tensors[name].type
    if t.quant is None or t.quant.axis is not None:
        return 0.0
    lo, hi = range_of(t)
    return float(((want < lo - 1.01 * t.scale) | (want > hi + 1.01 * t.scale)).mean())


def _layer(measured: Measured, label: str, op: str, name: str) -> BesideLayer:
    beyond = measured.beyond[name]
    return BesideLayer(
        layer=label,
        op=op,
        counterpart=measured.pairs[name],
        sqnr_db=measured.whole[name].sqnr_db,
        own_sqnr_db=measured.own[name].sqnr_db,
        saturated=sum(beyond) / len(beyond),
    )


def _worst_samples(
    graph: Graph, floats: Graph, found: list[dict[str, np.ndarray]], wanted: list[dict[str, np.ndarray]]
) -> tuple[BesideSample, ...]:
    """Samples whose results are farthest from the float model's, the worst first."""
    rows, classes = (
        [],
        len(graph.results) == 1 and (graph.origin.task == "classification" or score_kind(graph) == "distribution"),
    )
    for k, (values, want) in enumerate(zip(found, wanted, strict=True)):
        noise, changed = Noise(), False
        for ours, theirs in zip(graph.results, floats.results, strict=True):
            a, b = want[theirs].reshape(-1), numbers(graph.tensors[ours].type, values[ours]).reshape(-1)
            noise.see(a, b)
            changed |= classes and int(a.argmax()) != int(b.argmax())
        rows.append(BesideSample(k, noise.sqnr_db, changed))
    return tuple(sorted(rows, key=lambda row: (row.sqnr_db, row.sample))[:WORST_SAMPLES])

"""Layers become two through fewer channels where that is smaller and faster, then the network is trained.

| option | meaning |
|---|---|
| energy | share of the variation that a layer's fewer channels hold: of all layers, or by name or pattern of layers |
| keep | share that is left of what `budget` counts: the energy that gives it is found, `energy` is not used |
| budget | `macs`: multiply-accumulates; `weights`: numbers to be stored |
| criterion | what varies: the `outputs` of a layer on samples, before its activation, or its `weights` |
| multiple | of it are the channels between the two layers |
| normalize | layers have batch normalization while they are trained, which at first changes nothing |

and those of a training. Layers of which two would be no smaller stay as they are, which the notes say. Source: Denton
et al. (2014), Exploiting linear structure within convolutional networks; Zhang et al. (2016), Accelerating very deep
convolutional networks.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from lapel.compression.cutting import count_macs, count_weights
from lapel.compression.densities import of_layers
from lapel.compression.factors import Criterion, Factoring, factor, find_factorings
from lapel.compression.method import Compressed, Context, Kind
from lapel.compression.retraining import Retraining, Share, retrain_normalized, training_notes, training_warnings
from lapel.errors import UsageError, shown, some
from lapel.ir import Graph
from lapel.keywords import Between

STEPS = 1000
"""Energies that are tried for a budget."""


@dataclass(frozen=True, kw_only=True)
class Options(Retraining):
    """See the module."""

    energy: Share | Mapping[str, Share] = 0.9
    keep: Share | None = None
    budget: Literal["macs", "weights"] = "macs"
    criterion: Criterion = "outputs"
    multiple: Annotated[int, Between(1, 1024)] = 4
    normalize: bool = True


class LowRank:
    """The method."""

    takes: tuple[Kind, ...] = ("float",)
    makes: Kind = "float"
    options = Options

    def apply(self, graph: Graph, options: Options, context: Context) -> Compressed:
        """Raises UsageError: no layer is a matrix, an unknown one, a budget below what single channels leave."""
        found = find_factorings(graph, context.splits.train, options.criterion)
        energies = of_layers({f.name: f.name for f in found}, options.energy, "energy")
        wanted = {f: f.rank(energies[f.name], options.multiple) for f in found if f.name in energies}
        if options.keep is not None:
            wanted = _within(graph, found, options, options.keep * COUNTS[options.budget](graph))
        ranks = {f: rank for f, rank in wanted.items() if rank < f.most()}
        notes = _notes(graph, found, wanted)
        if not ranks:
            return Compressed(graph, notes, ("no layer became smaller: the network is as it was",))
        made, record = retrain_normalized(factor(graph, ranks), options, context, options.normalize)
        warnings = (*_lost(ranks), *training_warnings(record))
        if record is None:
            warnings = (*warnings, "nothing was trained after layers became two: accuracy is lost")
        return Compressed(made, (*notes, *training_notes(record)), warnings, record)


def _within(graph: Graph, found: Sequence[Factoring], options: Options, most: float) -> dict[Factoring, int]:
    """The ranks of the greatest energy, the same for all layers, with which the budget is met."""
    whole = COUNTS[options.budget](graph)

    def left(wanted: Mapping[Factoring, int]) -> int:
        return whole - sum(f.saved(rank)[SAVED[options.budget]] for f, rank in wanted.items() if rank < f.most())

    def ranks(step: int) -> dict[Factoring, int]:
        return {f: f.rank(1 - step / STEPS, options.multiple) for f in found}

    step = bisect.bisect_left(range(STEPS), True, key=lambda k: left(ranks(k)) <= most)
    if left(ranks(step)) > most:
        least = left(ranks(STEPS))
        raise UsageError(
            f"{graph.name}: {most / whole:.1%} of its {options.budget} are to be left, and {least / whole:.1%} are "
            f"with {options.multiple} channels between layers: keep more"
        )
    return ranks(step)


def _notes(graph: Graph, found: Sequence[Factoring], wanted: Mapping[Factoring, int]) -> tuple[str, ...]:
    """What became of each layer, and what is left of the whole."""
    two, one, saved = list[str](), list[str](), [0, 0]
    for f in found:
        rank = wanted.get(f)
        if rank is None:
            continue
        if rank >= f.most():
            one.append(f"{shown(f.name)} (rank {rank} of {len(f.mean)}, smaller below {f.most()})")
            continue
        two.append(f"{shown(f.name)} {rank} of {len(f.mean)} ({f.directions[0][:rank].sum():.1%})")
        saved = [a + b for a, b in zip(saved, f.saved(rank), strict=True)]
    said = []
    for what, whole, less in (("MACs", count_macs(graph), saved[1]), ("weights", count_weights(graph), saved[0])):
        said.append(f"{whole - less:,} of {whole:,} {what} are left, {1 - less / whole:.1%}")
    notes = [f"ranks (of the variation): {', '.join(two)}"] * bool(two) + [", ".join(said)] * bool(two)
    return tuple(notes + [f"left as they are, as two would be no smaller: {some(one, width=80)}"] * bool(one))


def _lost(ranks: Mapping[Factoring, int]) -> tuple[str, ...]:
    """Zeros that were pruned and are none any more."""
    zeros = sum(int((f.matrix == 0).sum()) for f in ranks)
    return (f"{zeros:,} weights that were 0 are none any more: prune after this",) * (zeros > 0)


COUNTS: dict[str, Callable[[Graph], int]] = {"macs": count_macs, "weights": count_weights}
SAVED = {"weights": 0, "macs": 1}
"""Of what `Factoring.saved` says."""

METHOD = LowRank()

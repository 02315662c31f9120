"""Whole channels and neurons are removed, with all that belongs to them, and the rest is trained.

| option | meaning |
|---|---|
| keep | share that is left of what `budget` counts; or by name or pattern of layers the share of their channels |
| budget | `channels`; `macs`: multiply-accumulates; `weights`: numbers to be stored |
| scope | `layer`: each layer keeps the same share; `global`: first go those that matter least for what they cost |
| criterion | `taylor`: what the loss would lose; `l1`, `l2`: norm of the filters |
| multiple | of it are the channels that a layer keeps, if it has as many |
| rounds | so many times channels are removed, each followed by a training |
| normalize | layers have batch normalization while they are trained, which at first changes nothing |

and those of a training, of each round. Inputs and outputs of the network keep their channels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np

from lapel.compression.channels import Channels, Maker, find_channels
from lapel.compression.choice import COUNTS, Budget, Chooser, Scope
from lapel.compression.cutting import count_macs, count_weights, cut
from lapel.compression.densities import of_layers
from lapel.compression.importance import CRITERIA
from lapel.compression.method import Compressed, Context, Kind
from lapel.compression.retraining import Retraining, Share, retrain_normalized, training_notes, training_warnings
from lapel.errors import UsageError, shown, some
from lapel.ir import Graph
from lapel.keywords import Between

ROUNDING = 1e-9
"""That a product of a count and a share may be above a whole number."""


@dataclass(frozen=True, kw_only=True)
class Options(Retraining):
    """See the module."""

    keep: Share | Mapping[str, Share] = 0.5
    budget: Budget = "channels"
    scope: Scope = "layer"
    criterion: Literal["taylor", "l1", "l2"] = "taylor"
    multiple: Annotated[int, Between(1, 1024)] = 4
    rounds: Annotated[int, Between(1, 100)] = 1
    normalize: bool = True


class PruneChannels:
    """The method."""

    takes: tuple[Kind, ...] = ("float",)
    makes: Kind = "float"
    options = Options

    def apply(self, graph: Graph, options: Options, context: Context) -> Compressed:
        """Raises UsageError: no layer can lose channels, an unknown one, a budget that would empty layers."""
        first, made, record, warnings = find_channels(graph), graph, None, list[str]()
        if not first.layers:
            raise UsageError(f"{graph.name} has no channels that can be removed, expected a layer between two others")
        choose = _choice(graph, first, options)
        for k in range(options.rounds):
            channels = find_channels(made)
            importance = CRITERIA[options.criterion](made, channels, context.splits.train)
            kept = choose(Chooser(made, channels, importance, options.multiple), (k + 1) / options.rounds)
            made = cut(made, channels, kept)
            made, record = retrain_normalized(made, options, _of_round(context, k, options.rounds), options.normalize)
            warnings += training_warnings(record)
        if _sizes(find_channels(made)) == _sizes(first):
            warnings.append(f"no channel was removed: keep is too near 1 for layers of multiples of {options.multiple}")
        elif record is None:
            warnings.append("nothing was trained after channels were removed: accuracy is lost")
        return Compressed(made, (*_notes(graph, first, made), *training_notes(record)), tuple(warnings), record)


def _choice(graph: Graph, first: Channels, options: Options) -> Callable[[Chooser, float], np.ndarray]:
    """What is kept of a graph after a part of the rounds, of which each removes the same share of what there is."""
    if isinstance(options.keep, Mapping):
        shares, counts = _shares(first, options.keep), _sizes(first)

        def by_layer(chooser: Chooser, part: float) -> np.ndarray:
            names = [chooser.channels.names(layer)[0] for layer in chooser.channels.layers]
            return chooser.kept([math.ceil(counts[n] * shares[n] ** part - ROUNDING) for n in names])

        return by_layer
    whole, keep = COUNTS[options.budget](graph, first, np.ones(len(first.whole), bool)), options.keep
    return lambda chooser, part: chooser.within(options.budget, whole * keep**part, options.scope)


def _sizes(channels: Channels) -> dict[str, int]:
    """How many channels each layer can lose, by the name of its first node."""
    return {channels.names(layer)[0]: len(layer) for layer in channels.layers}


def _shares(channels: Channels, keep: Mapping[str, float]) -> dict[str, float]:
    """The share of each layer, by the name of its first node; each of its nodes may be the one that is named."""
    nodes = [channels.names(layer) for layer in channels.layers]
    given: dict[str, float] = of_layers({name: name for names in nodes for name in names}, keep, "keep")
    found = {}
    for names, layer in zip(nodes, channels.layers, strict=True):
        said = [name for name in names if name in given]
        share = found[names[0]] = given[said[0]] if said else 1.0
        other = next((name for name in said if given[name] != share), None)
        if other is not None:
            raise UsageError(
                f"keep is {share:g} for {shown(said[0])} and {given[other]:g} for {shown(other)}, whose channels are "
                "the same: give both the same"
            )
        if share * len(layer) < 0.5:
            raise UsageError(
                f"keep {share:g} of the {len(layer)} channels of {shown(names[0])} would leave it empty: give at least "
                f"{0.5 / len(layer):.2g}"
            )
    return found


def _of_round(context: Context, k: int, rounds: int) -> Context:
    """The context with a checkpoint of this round's training."""
    if context.checkpoint is None or rounds == 1:
        return context
    place = context.checkpoint
    return replace(context, checkpoint=place.with_name(f"{place.stem}-{k + 1}{place.suffix}"))


def _notes(before: Graph, first: Channels, after: Graph) -> tuple[str, ...]:
    """What is left, layer by layer; and which layers have to stay."""
    left, wholes = _sizes(find_channels(after)), _sizes(first)
    parts = [f"{shown(name)} {left.get(name, 0)} of {count}" for name, count in wholes.items()]
    said = []
    for what, count in (("MACs", count_macs), ("weights", count_weights)):
        a, b = count(before), count(after)
        said.append(f"{b:,} of {a:,} {what} are left, {b / a:.1%}")
    notes = [f"channels: {', '.join(parts)}", ", ".join(said)]
    kept = [m.node for m in first.makers if first.whole[first.made(m)].all() and not _ends(before, m)]
    if kept:
        notes.append(
            f"{some(kept)} keep all channels: inputs, or operators that do not tell them apart, are tied to them"
        )
    return tuple(notes)


def _ends(graph: Graph, maker: Maker) -> bool:
    """Whether these filters make an output of the network."""
    return any(n.name == maker.node and set(n.outputs) & set(graph.outputs) for n in graph.nodes)


METHOD = PruneChannels()

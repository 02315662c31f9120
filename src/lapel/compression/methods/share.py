"""The weights of a layer share a few values, which are tuned on the integers of the firmware; an int8 graph comes out.

| option | meaning |
|---|---|
| values | 2 to 256 values of a code book, 2^bits of them; of all layers, or by name or pattern of layers |
| groups | groups of channels of a layer, each with a code book of its own |
| start | of the values: `kmeans`, exact, or `linear`: evenly spread from the least weight to the greatest |
| assignment | which weight has which value: `fixed`, or found again after each of the `epochs` or `steps` |
| bias_bits | 8, 16 or 32: biases are so many bits times a power of two |
| learn_ranges | the scales of activations are trained, too |

and those of a training; with epochs 0 there is none. Weights that are 0 stay so, beside the code book; a layer that
is not named has int8 weights. A layer has one scale. Of an integer graph, the float graph that it stands for is taken.
Source: Han et al. (2015), Deep Compression, section 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from lapel.compression.densities import layer_names, of_layers
from lapel.compression.method import Compressed, Context, Kind, kind_of
from lapel.compression.retraining import Retraining, retrain, training_notes, training_warnings
from lapel.errors import UsageError, shown
from lapel.ir import Graph
from lapel.keywords import Between
from lapel.quantization import dequantized

Count = Annotated[int, Between(2, 256)]


@dataclass(frozen=True, kw_only=True)
class Options(Retraining):
    """See the module."""

    values: Count | Mapping[str, Count] = 16
    groups: int = 1
    start: Literal["kmeans", "linear"] = "kmeans"
    assignment: Literal["fixed", "epochs", "steps"] = "fixed"
    bias_bits: Literal[8, 16, 32] = 16
    learn_ranges: bool = True


class Share:
    """The method."""

    takes: tuple[Kind, ...] = ("float", "integer")
    makes: Kind = "integer"
    options = Options

    def apply(self, graph: Graph, options: Options, context: Context) -> Compressed:
        """Raises UsageError for unknown layers; UnsupportedModel if integers cannot compute the graph throughout."""
        from lapel.compression.integers import without_training
        from lapel.compression.sharing import Sharing, share

        floats = dequantized(graph) if kind_of(graph) == "integer" else graph
        names = layer_names(floats)
        counts = of_layers(names, options.values, "values")
        _check_groups(floats, counts, options.groups)
        wanted = {"granularity": "tensor", "bias_bits": options.bias_bits}
        if not options.epochs:
            made = without_training(
                floats,
                context.splits.train,
                lambda module: share(module, counts, options.groups, options.start, False),
                **wanted,
            )
            return Compressed(
                made, _notes(made, names, counts), ("the shared values were not trained: accuracy is lost",)
            )
        hook = Sharing(counts, options.groups, options.start, options.assignment)
        made, record = retrain(
            floats, options, context, (hook,), quantize=True, learn_ranges=options.learn_ranges, **wanted
        )
        notes = (*_notes(made, names, counts), *training_notes(record))
        return Compressed(made, notes, training_warnings(record), record)


def _check_groups(graph: Graph, counts: Mapping[str, int], groups: int) -> None:
    from lapel.training.module import weight_nodes
    from lapel.training.operators import torch_operators

    for w, node in weight_nodes(graph).items():
        axis = torch_operators()[node.op].filters
        channels = graph.tensors[w].type.shape[axis] if axis is not None else 1
        if w in counts and groups > channels:
            raise UsageError(f"groups is {groups}, and {shown(node.name)} has {channels} channels: give fewer groups")


def _notes(graph: Graph, names: Mapping[str, str], counts: Mapping[str, int]) -> tuple[str, ...]:
    """How many values each layer has now, and how many weights are not 0."""
    parts = []
    for w, layer in names.items():
        data = graph.tensors[w].data
        if data is not None and w in counts:
            kept = data[data != 0]
            parts.append(f"{shown(layer)} {len(np.unique(kept))} for {kept.size:,} of {data.size:,} weights")
    return (f"shared values: {', '.join(parts)}",)


METHOD = Share()

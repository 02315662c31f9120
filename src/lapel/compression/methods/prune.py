"""The smallest weights become 0, step by step while the others are trained.

| option | meaning |
|---|---|
| density | share of the weights that is kept: of all layers, or by name or pattern of layers; others stay whole |
| scope | `layer`: each layer has this density; `global`: all those of one density together, wherever the smallest are |
| score | `magnitude`: of a weight; `lamp`: its square by the sum of those that are no smaller in its layer |
| ramp | share of the epochs in which the density falls, to the third power |
| steps | so many times weights are taken away |
| regrow | each time, of those that stay, a share that falls to 0 gives way to those with the largest gradients |

and those of a training. Source: Zhu and Gupta (2018), To prune, or not to prune; lamp: Lee et al. (2021),
Layer-adaptive sparsity for the magnitude-based pruning; regrow: Liu et al. (2021), Sparse training via boosting pruning
plasticity with neuroregeneration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from lapel.compression.densities import Score, budgets, notes_of, pruned
from lapel.compression.method import Compressed, Context, Kind
from lapel.compression.retraining import Retraining, Share, retrain, training_notes, training_warnings
from lapel.ir import Graph
from lapel.keywords import Between


@dataclass(frozen=True, kw_only=True)
class Options(Retraining):
    """See the module."""

    density: Share | Mapping[str, Share]
    scope: Literal["layer", "global"] = "layer"
    score: Score = "magnitude"
    ramp: Share = 0.6
    steps: Annotated[int, Between(1, 10_000)] = 50
    regrow: Share = 0.0


class Prune:
    """The method."""

    takes: tuple[Kind, ...] = ("float",)
    makes: Kind = "float"
    options = Options

    def apply(self, graph: Graph, options: Options, context: Context) -> Compressed:
        """Raises UsageError for unknown layers, or densities at which one is empty."""
        wanted = budgets(graph, options.density, options.scope)
        if not options.epochs:
            made = pruned(graph, wanted, options.score)
            return Compressed(made, notes_of(made), ("nothing was trained after pruning: accuracy is lost",))
        from lapel.compression.pruning import Pruning

        hook = Pruning(wanted, options.score, options.ramp, options.steps, options.regrow)
        made, record = retrain(graph, options, context, (hook,))
        notes = (*notes_of(made), *training_notes(record))
        return Compressed(made, notes, training_warnings(record), record)


METHOD = Prune()

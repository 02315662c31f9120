"""A student learns from what a trained network, its teacher, says of each sample.

| option | meaning |
|---|---|
| network | the student: a network of the zoo; without it the graph that is given |
| network_options | what the zoo's network takes, as `hidden` or `channels` |
| soft, hard, temperature | weights of the teacher's loss and of that of the labels; what logits are divided by |
| features | tensors of the student -> of the teacher, in between, whose mean square difference is a loss |
| feature_weight | the weight of that loss |
| labels | false: the teacher's decisions stand for the labels, of those that decide between epochs, too |

and those of a training. The teacher is the one that is given, else, with `network`, the graph. Source: Hinton et al.
(2015), Distilling the Knowledge in a Neural Network; Romero et al. (2015), FitNets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lapel import zoo
from lapel.compression.method import Compressed, Context, Kind
from lapel.compression.retraining import Number, Retraining, retrain, training_notes, training_warnings
from lapel.errors import UsageError, shown
from lapel.ir import Graph

SET_BY_DATA = ("input", "outputs", "seed")
"""Of a network's options those that are the data's and the seed's to say."""


@dataclass(frozen=True, kw_only=True)
class Options(Retraining):
    """See the module."""

    network: str = ""
    network_options: Mapping[str, Any] = field(default_factory=dict)
    soft: Number = 0.7
    hard: Number = 0.3
    features: Mapping[str, str] = field(default_factory=dict)
    feature_weight: Number = 1.0
    labels: bool = True


class Distill:
    """The method."""

    takes: tuple[Kind, ...] = ("float",)
    makes: Kind = "float"
    options = Options

    def apply(self, graph: Graph, options: Options, context: Context) -> Compressed:
        """Raises UsageError if there is no teacher, or teacher and student do not go together."""
        from lapel.compression.labels import relabelled_splits
        from lapel.compression.teaching import Teaching

        teacher = graph if context.teacher is None and options.network else context.teacher
        _check(graph, teacher, options)
        assert teacher is not None
        student, normalize = _student(graph, options, context)
        if not options.labels:
            context = replace(context, splits=relabelled_splits(context.splits, teacher))
        hook = Teaching(
            teacher, options.soft, options.hard, options.temperature, options.features, options.feature_weight
        )
        made, record = retrain(student, replace(options, soft=0.0), context, (hook,), normalize=normalize)
        sizes = [_constants(g) for g in (teacher, made)]
        said = f"{shown(made.name)} of {sizes[1]:,} numbers learned from {shown(teacher.name)} of {sizes[0]:,}"
        return Compressed(made, (said, *training_notes(record)), training_warnings(record), record)


def _check(graph: Graph, teacher: Graph | None, options: Options) -> None:
    if teacher is None:
        raise UsageError("there is no teacher to learn from: give the float network, teacher=…")
    if not options.epochs:
        raise UsageError("distill with epochs = 0 learns nothing: give epochs")
    if not (options.soft or options.features):
        raise UsageError("soft is 0 and there are no features, so nothing is learned from the teacher: give either")


def _student(graph: Graph, options: Options, context: Context) -> tuple[Graph, bool]:
    """The graph that learns, and whether it is meant to be normalized."""
    if not options.network:
        if options.network_options:
            raise UsageError("network_options are given without a network: name one of the zoo")
        return graph, False
    for name in options.network_options:
        if name in SET_BY_DATA:
            raise UsageError(f"network_options: {name} is given by the data and the seed: leave it out")
    train = context.splits.train
    given = {**options.network_options, "input": train.x.shape[1:], "outputs": train.outputs, "seed": context.seed}
    return zoo.make(options.network, **given), zoo.network(options.network).normalize


def _constants(graph: Graph) -> int:
    return sum(t.type.size for t in graph.tensors.values() if t.data is not None)


METHOD = Distill()

"""The training that methods do: options under the names of `lapel.train`, zeros that are kept, a teacher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

from lapel.compression.method import Context
from lapel.errors import UsageError
from lapel.ir import Graph
from lapel.keywords import Between
from lapel.records import TrainingOptions, TrainingRecord

if TYPE_CHECKING:
    from lapel.training.hooks import Hook

Share = Annotated[float, Between(0, 1)]
Number = Annotated[float, Between(0, 1e3)]
Epochs = Annotated[int, Between(0, 100_000)]


@dataclass(frozen=True, kw_only=True)
class Retraining:
    """Options of a training, as in `lapel.train`; with epochs 0 there is none.

    soft, hard: weights of the teacher's loss and of that of the labels; temperature: of the teacher's (see
    `lapel.compression.teaching`).
    """

    epochs: Epochs = 10
    batch: int = TrainingOptions.batch
    optimizer: Literal["sgd", "adam", "adamw"] = "adam"
    learning_rate: Number = TrainingOptions.learning_rate
    momentum: Share = TrainingOptions.momentum
    weight_decay: Number = TrainingOptions.weight_decay
    schedule: Literal["constant", "cosine", "step"] = "cosine"
    warmup_epochs: Number = TrainingOptions.warmup_epochs
    step_epochs: int = TrainingOptions.step_epochs
    step_factor: Share = TrainingOptions.step_factor
    label_smoothing: Annotated[float, Between(0, 0.999)] = TrainingOptions.label_smoothing
    patience: int | None = None
    augment: Mapping[str, Any] = field(default_factory=dict)
    threads: int | None = None
    soft: Number = 0.0
    hard: Number = 1.0
    temperature: Annotated[float, Between(0.01, 1e3)] = 4.0


def retrain(
    graph: Graph, options: Retraining, context: Context, hooks: Sequence[Hook] = (), **more: Any
) -> tuple[Graph, TrainingRecord | None]:
    """Train a float graph as the options say: the graph, and how it went; with epochs 0 the graph as it is.

    Weights that are 0 stay 0. more: other options of `lapel.train`, as `quantize`. Raises what that does, and
    UsageError if there shall be a teacher and is none.
    """
    if not options.epochs:
        return graph, None
    from lapel.compression.masks import Masks
    from lapel.compression.teaching import Teaching
    from lapel.training.trainer import run

    more_hooks: list[Hook] = [] if any(isinstance(hook, Masks) for hook in hooks) else [Masks()]
    if options.soft:
        more_hooks.append(Teaching(check_teacher(context), options.soft, options.hard, options.temperature))
    known = {f.name for f in fields(TrainingOptions)}
    given = {name: value for name, value in asdict(options).items() if name in known}
    given |= {"seed": context.seed, **more}
    trained = run(graph, context.splits, context.checkpoint, context.progress, given, hooks=(*hooks, *more_hooks))
    return trained.graph, trained.record


def retrain_normalized(
    graph: Graph, options: Retraining, context: Context, normalize: bool
) -> tuple[Graph, TrainingRecord | None]:
    """`retrain`; with batch normalization, which at first changes nothing and is folded in the end, if so wanted."""
    if not normalize or not options.epochs:
        return retrain(graph, options, context)
    from lapel.compression.normalization import Renormalization

    return retrain(graph, options, context, (Renormalization(),), normalize=True)


def check_teacher(context: Context) -> Graph:
    """The teacher. Raises UsageError if there is none."""
    if context.teacher is None:
        raise UsageError("there is no teacher to learn from: give the float network, teacher=…, or soft = 0")
    return context.teacher


def training_notes(record: TrainingRecord | None) -> tuple[str, ...]:
    """What there is to say of a training."""
    if record is None:
        return ()
    judged = record.run.val or record.run.train
    share = "" if judged.share is None else f"{100 * judged.share:.2f} % of {judged.samples:,} samples that decide, "
    return (f"trained for {len(record.run.epochs)} epochs: {share}that of epoch {record.run.best_epoch}",)


def training_warnings(record: TrainingRecord | None) -> tuple[str, ...]:
    """What a user has to know of a training."""
    if record is None:
        return ()
    if record.run.ended != "diverged":
        return record.warnings
    epoch = len(record.run.epochs) + 1
    said = f"the training diverged in epoch {epoch}, epoch {record.run.best_epoch} was kept: lower learning_rate"
    return (*record.warnings, said)

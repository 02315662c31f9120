"""`TrainingRecord`: how a network was trained, and how well it does on data that it was, and was not, trained with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from lapel.records.brief import warning_parts
from lapel.records.document import Record

Setting = bool | int | float | str | tuple[int, ...] | tuple[str, ...]
Ended = Literal["epochs", "patience", "diverged"]


@dataclass(frozen=True)
class Metrics:
    """How scores meet labels. Fields that the task has no use for, or that are not defined, are None or empty.

    loss: the mean over the samples. accuracy: share of samples (of flags, in a multilabel task). per_class: of
    each class, the share that is found. confusion: rows are what samples are, columns what they are taken for. auc, f1:
    of two classes, the second one as the positive. r2, mae, rmse: coefficient of determination, mean absolute and root
    mean square error of a regression. baseline: the accuracy of whoever always says the most frequent class (of flags,
    each one's more frequent value), and 0, the R² of the mean.
    """

    samples: int
    loss: float | None = None
    accuracy: float | None = None
    per_class: tuple[float | None, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    auc: float | None = None
    f1: float | None = None
    r2: float | None = None
    mae: float | None = None
    rmse: float | None = None
    baseline: float | None = None

    @property
    def no_better(self) -> bool:
        """Whether it is no better than the baseline: accuracy by less than one standard error of it; R² not at all.

        False where nothing is known, and of what is never wrong.
        """
        if self.share is None or self.baseline is None or self.share == 1:
            return False
        error = 0.0 if self.accuracy is None else math.sqrt(self.baseline * (1 - self.baseline) / self.samples)
        return self.share <= self.baseline + error

    @property
    def share(self) -> float | None:
        """Accuracy or R², the one there is."""
        return self.r2 if self.accuracy is None else self.accuracy


@dataclass(frozen=True)
class TrainingOptions:
    """How a network is trained; see `lapel.train`."""

    loss: str = "auto"
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    momentum: float = 0.9
    weight_decay: float = 0.0
    schedule: str = "cosine"
    warmup_epochs: float = 0.0
    step_epochs: int = 10
    step_factor: float = 0.1
    label_smoothing: float = 0.0
    epochs: int = 20
    batch: int = 64
    patience: int | None = None
    normalize: bool = False
    standardize: bool = False
    augment: Mapping[str, Setting] = field(default_factory=dict)
    seed: int = 0
    seeds: int = 1
    threads: int | None = None
    quantize: bool = False
    weight_bits: int = 8
    learn_ranges: bool = True
    granularity: str = "channel"
    bias_bits: int = 32


@dataclass(frozen=True)
class Epoch:
    """One pass over the training samples: their mean loss as it fell, and the validation's after it."""

    loss: float
    val_loss: float | None = None
    val_share: float | None = None


@dataclass(frozen=True)
class SeedRun:
    """One training from one seed. best_epoch: whose weights were kept, from 1. ended: why after these epochs."""

    seed: int
    best_epoch: int
    ended: Ended
    epochs: tuple[Epoch, ...]
    train: Metrics
    val: Metrics | None = None
    test: Metrics | None = None

    @property
    def parts(self) -> tuple[tuple[str, Metrics], ...]:
        """The parts of the data that there are, by name."""
        found = ("train", self.train), ("val", self.val), ("test", self.test)
        return tuple((name, m) for name, m in found if m is not None)


@dataclass(frozen=True)
class Spread:
    """Accuracy or R² over several seeds; deviation: the sample standard deviation, None of one."""

    mean: float
    deviation: float | None
    least: float
    most: float


@dataclass(frozen=True, repr=False)
class TrainingRecord(Record):
    """A training. sha256: of the trained graph. seed: whose graph it is: the best by the validation set, not by the
    test. learned: numbers that were learned. device: where. seconds: of all seeds together, resumed parts not counted.
    warnings: what a user has to know about the result, a sentence each.
    """

    ALSO: ClassVar = ("test_spread",)

    lapel: str
    network: str
    sha256: str
    options: TrainingOptions
    task: str
    classes: tuple[bool | int | float | str, ...]
    train_samples: int
    val_samples: int
    test_samples: int
    learned: int
    device: str
    seed: int
    runs: tuple[SeedRun, ...]
    seconds: float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def run(self) -> SeedRun:
        """The run that the graph is of."""
        return next(r for r in self.runs if r.seed == self.seed)

    @property
    def test_spread(self) -> Spread | None:
        """Of the accuracy or R² on the test set; None without one."""
        found = [r.test.share for r in self.runs if r.test is not None and r.test.share is not None]
        if not found:
            return None
        mean = sum(found) / len(found)
        deviation = (sum((s - mean) ** 2 for s in found) / (len(found) - 1)) ** 0.5 if len(found) > 1 else None
        return Spread(mean, deviation, min(found), max(found))

    def __repr__(self) -> str:
        shown = [f"{name} {100 * m.share:.2f} %" for name, m in self.run.parts if m.share is not None]
        parts = [f"{len(self.runs)} seeds", f"{self.learned:,} numbers", *shown, *warning_parts(self.warnings)]
        return f"<Training {self.network!r}: {', '.join(parts)}>"

"""`TrainingRecord`: how a network was trained, and how well it does on data that it was, and was not, trained with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from lapel.records.document import Record

Setting = bool | int | float | str | tuple[int, ...] | tuple[str, ...]
Ended = Literal["epochs", "patience", "diverged"]


@dataclass(frozen=True)
class Metrics:
    """How scores meet labels. Fields that the task has no use for, or that are not defined, are None or empty.

    loss: the mean over the samples. accuracy: share of samples (of flags, in a multilabel task). per_class: of
    each class, the share that is found. confusion: rows are what samples are, columns what they are taken for. auc, f1:
    of two classes, the second one as the positive. r2, mae, rmse: coefficient of determination, mean absolute and root
    mean square error of a regression.
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
        shown = [f"{name} {100 * m.share:.2f} %" for name, m in self._parts() if m is not None and m.share is not None]
        return f"<Training {self.network!r}: {len(self.runs)} seeds, {self.learned:,} numbers, {', '.join(shown)}>"

    def _parts(self) -> tuple[tuple[str, Metrics | None], ...]:
        return ("train", self.run.train), ("val", self.run.val), ("test", self.run.test)

"""`Dataset`: samples with labels, checked; `read` makes one of a file or folder by the reader for it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lapel.data import readers
from lapel.errors import InputError, UsageError, shown, some
from lapel.ir.origin import Label, Task
from lapel.keywords import check_names, check_values

TASKS: tuple[Task, ...] = ("classification", "multilabel", "regression")
PIXEL = 1 / 255
"""What a step of an 8-bit image is."""
LEAST_SAMPLES = 2
"""Of each class: one to train with, one to judge by."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples and labels.

    x: (N, ...) numbers, each standing for `factor` times (itself - `zero`): pixels and features are kept as bytes. y:
    int64 (N,) indexes into `classes`, or float32 (N, K): targets of a regression, or flags of a multilabel task.
    groups: of each sample, such as who spoke; samples of a group are alike, and belong on one side of a split. where:
    for messages. notes: what was done to samples that a user has to know, a sentence each.
    """

    x: np.ndarray
    y: np.ndarray
    task: Task
    classes: tuple[Label, ...] = ()
    groups: np.ndarray | None = None
    factor: float = 1.0
    where: str = "the data"
    zero: int = 0
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.x)

    @property
    def outputs(self) -> int:
        """Outputs that a network for it has."""
        return len(self.classes) if self.task == "classification" else int(self.y.shape[1])

    @property
    def range(self) -> tuple[float, float] | None:
        """What bytes can stand for; None of other numbers, whose range is what they reach."""
        if self.x.dtype != np.uint8 or self.factor == 1.0:
            return None
        return -self.zero * self.factor, (255 - self.zero) * self.factor

    def numbers(self, at: np.ndarray | slice = slice(None)) -> np.ndarray:
        """float32: what some samples stand for."""
        x = self.x[at].astype(np.float32)
        return x if self.factor == 1.0 else (x - np.float32(self.zero)) * np.float32(self.factor)

    def take(self, at: np.ndarray) -> Dataset:
        """Some of the samples."""
        groups = None if self.groups is None else self.groups[at]
        return replace(self, x=self.x[at], y=self.y[at], groups=groups)


@dataclass(frozen=True, eq=False)
class Splits:
    """What is learned from, what decides between epochs, and what nothing was chosen by; the last two may be absent."""

    train: Dataset
    val: Dataset | None = None
    test: Dataset | None = None

    def __post_init__(self) -> None:
        for name, part in (("val", self.val), ("test", self.test)):
            if part is None:
                continue
            for what, found, wanted in (
                ("samples", part.x.shape[1:], self.train.x.shape[1:]),
                ("labels", (part.task, part.y.shape[1:]), (self.train.task, self.train.y.shape[1:])),
                ("classes", part.classes, self.train.classes),
            ):
                if found != wanted:
                    said = f"{what} for {name} are {shown(str(found))}"
                    raise InputError(f"{part.where}: {said}, expected {shown(str(wanted))} as those to train with")


def make_dataset(
    x: Any,
    y: Any,
    *,
    task: Task | None = None,
    classes: Sequence[Label] | None = None,
    groups: Any = None,
    where: str = "the data",
) -> Dataset:
    """A dataset of arrays.

    x: (N, ...); bytes of two or more axes are pixels, 0..255 for 0..1. y: (N,) labels of any kind, or numbers (N,) or
    (N, K). task: a classification where labels are words or whole numbers, else a regression. classes: all of them, in
    the order of the outputs; those that occur, sorted, if not given. Raises InputError: no samples, unequal lengths,
    NaN or infinity, labels that are none of the classes.
    """
    if task is not None and task not in TASKS:
        raise UsageError(f"task is {task!r}, expected one of {', '.join(TASKS)}")
    if classes is not None and len(set(classes)) != len(classes):
        raise UsageError(f"{where}: classes are {some(classes)}, expected each of them once")
    x, y = _array(x, f"{where}: samples"), _array(y, f"{where}: labels")
    _check_samples(x, y, where)
    chosen = _task(y, task)
    factor = PIXEL if x.dtype == np.uint8 and x.ndim > 2 else 1.0
    if x.dtype not in (np.uint8, np.int8, np.int16):
        x = x.astype(np.float32)
    kept = None if groups is None else _groups(groups, len(x), where)
    if chosen != "classification":
        numbers = _numbers(y, where)
        _check_targets(numbers, chosen, classes, where)
        return Dataset(x, numbers, chosen, tuple(classes or ()), kept, factor, where)
    indexes, known = _indexes(y, classes, where)
    return Dataset(x, indexes, chosen, known, kept, factor, where)


def _array(given: Any, what: str) -> np.ndarray:
    try:
        return np.asarray(given)
    except ValueError:
        raise InputError(f"{what} are of several shapes, expected one: cut or fill them") from None


def _check_targets(y: np.ndarray, task: Task, classes: Sequence[Label] | None, where: str) -> None:
    """Flags are 0 or 1, and have as many names as there are of them."""
    if task == "multilabel" and not np.isin(y, (0, 1)).all():
        raise InputError(f"{where}: labels are {some(np.unique(y).tolist())}, expected flags, 0 or 1, for {task}")
    if classes is not None and len(classes) != y.shape[1]:
        raise InputError(f"{where}: {len(classes)} classes and {y.shape[1]} numbers for each sample, expected as many")


def _check_samples(x: np.ndarray, y: np.ndarray, where: str) -> None:
    if x.dtype.kind not in "fiub":
        raise InputError(
            f"{where}: samples are {x.dtype}, expected an array of numbers: are their shapes all the same?"
        )
    if x.ndim < 2 or not len(x):
        raise InputError(f"{where}: samples are {list(x.shape)}, expected [samples, values, …], one or more")
    if y.ndim not in (1, 2) or len(y) != len(x):
        raise InputError(f"{where}: {len(x)} samples and labels {list(y.shape)}, expected a label for each sample")
    for what, values in (("samples", x), ("labels", y)):
        bad = _strange(values)
        if len(bad):
            raise InputError(
                f"{where}: {len(bad)} of {len(x)} {what} hold NaN, infinity or what is beyond float32, first that of "
                f"sample {bad[0]}: mend or leave it out"
            )


def _strange(values: np.ndarray) -> np.ndarray:
    """Where along the first axis floats are no finite float32."""
    if values.dtype.kind != "f":
        return np.zeros(0, np.int64)
    with np.errstate(over="ignore"):
        fine = np.isfinite(values.astype(np.float32, copy=False))
    return np.flatnonzero(~fine.reshape(len(values), -1).all(axis=1))


def _task(y: np.ndarray, task: Task | None) -> Task:
    if task is not None:
        return task
    if y.ndim == 2 and y.shape[1] > 1 and y.dtype.kind in "iub" and set(np.unique(y).tolist()) <= {0, 1}:
        return "multilabel"
    fractions = y.dtype.kind == "f" and bool((y % 1 != 0).any())
    return "regression" if fractions or (y.ndim == 2 and y.shape[1] > 1) else "classification"


def _numbers(y: np.ndarray, where: str) -> np.ndarray:
    if y.dtype.kind not in "fiub":
        raise InputError(f"{where}: labels are words ({shown(str(y.flat[0]), 20)!r}), expected numbers for this task")
    return y.reshape(len(y), -1).astype(np.float32)


def _indexes(y: np.ndarray, classes: Sequence[Label] | None, where: str) -> tuple[np.ndarray, tuple[Label, ...]]:
    """Class indexes and the classes; whole floats are taken for integers, as a table does not tell them apart."""
    flat = y.reshape(-1) if y.ndim == 2 and y.shape[1] == 1 else y
    if flat.ndim != 1:
        raise InputError(f"{where}: labels are {list(y.shape)}, expected one class for each sample")
    if flat.dtype.kind == "f" and bool((flat % 1 == 0).all()):
        flat = flat.astype(np.int64)
    found, inverse = np.unique(flat, return_inverse=True)
    if classes is None:
        return inverse.astype(np.int64), tuple(found.tolist())
    places = {label: k for k, label in enumerate(classes)}
    strange = [label for label in found.tolist() if label not in places]
    if strange:
        raise InputError(f"{where}: labels {some(strange)} are none of the classes, expected {some(classes)}")
    return np.array([places[label] for label in found.tolist()], np.int64)[inverse], tuple(classes)


def _groups(groups: Any, count: int, where: str) -> np.ndarray:
    found = np.asarray(groups)
    if found.shape != (count,):
        raise InputError(f"{where}: {count} samples and groups {list(found.shape)}, expected a group for each sample")
    return found.astype(str)


def check_classes(data: Dataset) -> None:
    """Raise InputError if a class has too few samples to learn and to judge by."""
    if data.task != "classification":
        return
    counts = np.bincount(data.y, minlength=len(data.classes))
    if len(data.classes) < 2:
        raise InputError(f"{data.where}: all samples are of class {some(data.classes)}, expected two classes or more")
    few = [data.classes[k] for k in np.flatnonzero(counts < LEAST_SAMPLES)]
    if few:
        numbers = all(isinstance(c, int) for c in data.classes)
        whose = f"class {some(few)} has" if len(few) == 1 else f"classes {some(few)} have"
        raise InputError(
            f"{data.where}: {whose} fewer than {LEAST_SAMPLES} samples, expected more of each: add some, "
            f"or leave the class out{numbers * ', or say that the task is a regression'}"
        )


@cache
def found_readers() -> Mapping[str, Callable[..., Dataset | Splits]]:
    """The reader of each suffix, and of "" for folders: a module of `readers` has `SUFFIXES` and `read`."""
    found: dict[str, Callable[..., Dataset | Splits]] = {}
    for module in pkgutil.iter_modules(readers.__path__):
        if not module.name.startswith("_"):
            reader = importlib.import_module(f"{readers.__name__}.{module.name}")
            found.update({suffix: reader.read for suffix in reader.SUFFIXES})
    return found


def read(path: Path | str, **options: Any) -> Dataset | Splits:
    """The data of a file or folder. options: those of the reader of its kind (`lapel.data.readers`).

    Raises InputError for data that is no good, UsageError for options that the reader does not have.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path} does not exist, expected a folder or a file of data")
    suffix = "" if path.is_dir() else path.suffix.lower()
    reader = found_readers().get(suffix)
    if reader is None:
        known = ", ".join(sorted(filter(None, found_readers())))
        raise InputError(f"{path} ends in {suffix!r}, expected a folder or a file of one of {known}")
    check_names(options, tuple(inspect.signature(reader).parameters)[1:], f"data {path}: option")
    check_values(reader, options, f"data {path}")
    return reader(path, **options)

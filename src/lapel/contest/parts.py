"""Data of users -> training samples, samples that are held out, and folds of the former."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lapel.data import Dataset, Splits, make_dataset, read, split
from lapel.data.dataset import check_classes, found_readers
from lapel.errors import InputError, UsageError, some

Data = Path | str | Dataset | Splits | tuple[Any, Any]
ROLES = {"label": ("label", "y"), "group": ("group", "groups")}
"""What is asked for, and what readers of data call it."""
LEAST_FOLDS = 2


@dataclass(frozen=True)
class Asked:
    """Which samples are what. label, group: columns of a table, or arrays by name; None: as the reader has it. test:
    share that is held out, of data that is not split."""

    label: str | None = None
    group: str | None = None
    task: str | None = None
    test: float = 0.3
    folds: int = 5
    seed: int = 0

    def check(self) -> None:
        """Raise UsageError for what is out of range."""
        whole = isinstance(self.folds, int) and not isinstance(self.folds, bool)
        if not whole or self.folds < LEAST_FOLDS:
            raise UsageError(f"folds is {self.folds!r}, expected a whole number from {LEAST_FOLDS} on")
        if not isinstance(self.test, int | float) or not 0 < self.test < 1:
            raise UsageError(f"test is {self.test!r}, expected the share that is held out, above 0 and below 1")
        if not isinstance(self.seed, int) or isinstance(self.seed, bool) or not 0 <= self.seed < 2**31:
            raise UsageError(f"seed is {self.seed!r}, expected a whole number from 0 to {2**31 - 1}")


@dataclass(frozen=True, eq=False)
class Parts:
    """train: what is learned from and chosen by. test: held out. folds: of indexes of train (to fit, to judge by)."""

    train: Dataset
    test: Dataset
    folds: tuple[tuple[np.ndarray, np.ndarray], ...]


def parts(data: Data, asked: Asked) -> Parts:
    """Read, hold out, fold. Raises InputError for data that does not allow it, UsageError for what is asked."""
    asked.check()
    found = _read(data, asked)
    if isinstance(found, Dataset):
        _check(found)
        found = split(found, (1 - asked.test, 0, asked.test), seed=asked.seed)
    elif found.test is None:
        raise InputError(f"{found.train.where} has no test samples, expected some to hold out: add x_test and y_test")
    assert found.test is not None
    train = found.train if found.val is None else _joined(found.train, found.val)
    _check(train)
    return Parts(train, found.test, tuple(_folds(train, asked)))


def _read(data: Data, asked: Asked) -> Dataset | Splits:
    if isinstance(data, Dataset | Splits | tuple):
        given = {"label": asked.label, "group": asked.group, "task": asked.task}
        extra = [name for name, value in given.items() if value is not None]
        if extra and not isinstance(data, tuple):
            raise UsageError(f"{some(extra)} is given, and the data says it already: leave it out")
        return data if isinstance(data, Dataset | Splits) else _made(data, asked)
    path = Path(data)
    return read(path, **_options(path, asked))


def _made(data: tuple[Any, Any], asked: Asked) -> Dataset:
    if len(data) != 2 or asked.label is not None or asked.group is not None:
        raise UsageError("data is a tuple, expected (samples, labels), with neither label nor group: make a Dataset")
    return make_dataset(*data, task=asked.task)  # type: ignore[arg-type]


def _options(path: Path, asked: Asked) -> Mapping[str, Any]:
    """What the reader of this kind of file calls the label and the group."""
    reader = found_readers().get("" if path.is_dir() else path.suffix.lower())
    known = () if reader is None else tuple(inspect.signature(reader).parameters)
    found: dict[str, Any] = {}
    for role, names in ROLES.items():
        value = getattr(asked, role)
        if value is not None:
            found[next((n for n in names if n in known), role)] = value
    return found if asked.task is None else {**found, "task": asked.task}


def _check(data: Dataset) -> None:
    if data.task == "multilabel":
        raise InputError(
            f"{data.where}: labels are several flags a sample, expected one class or one number: choose one"
        )
    if data.task == "regression" and data.outputs != 1:
        raise InputError(
            f"{data.where}: {data.outputs} numbers a sample, expected one to compare models by: choose one"
        )
    check_classes(data)


def _joined(a: Dataset, b: Dataset) -> Dataset:
    groups = None if a.groups is None or b.groups is None else np.concatenate([a.groups, b.groups])
    return replace(a, x=np.concatenate([a.x, b.x]), y=np.concatenate([a.y, b.y]), groups=groups)


def _folds(train: Dataset, asked: Asked) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Of each class, or of groups as wholes, as nearly the same share as may be in every fold."""
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    n, classes = asked.folds, train.task == "classification"
    _check_folds(train, n)
    grouped = train.groups is not None
    kind: Any = (StratifiedGroupKFold if grouped else StratifiedKFold) if classes else GroupKFold if grouped else KFold
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it warns of is an error below
        found = list(kind(n, shuffle=True, random_state=asked.seed).split(train.x, train.y, train.groups))
    for k, (fit, judge) in enumerate(found, 1):
        if classes:
            missing = sorted(set(range(len(train.classes))) - set(np.unique(train.y[fit]).tolist()))
            if missing or not len(judge):
                names = some([train.classes[m] for m in missing])
                raise InputError(
                    f"{train.where}: fold {k} of {n} has nothing to train with of {names or 'some class'}: its "
                    "groups alone have that: take fewer folds, or another column for groups"
                )
        yield fit, judge


def _check_folds(train: Dataset, folds: int) -> None:
    if train.groups is not None:
        names = np.unique(train.groups)
        if len(names) < folds:
            raise InputError(
                f"{train.where}: {len(names)} groups are left to train with ({some(names)}), expected at least one "
                f"for each of {folds} folds: take fewer folds, or a column with more groups"
            )
    elif train.task == "classification":
        counts = np.bincount(train.y, minlength=len(train.classes))
        few = int(counts.argmin())
        if counts[few] < folds:
            raise InputError(
                f"{train.where}: class {some([train.classes[few]])} has {counts[few]} samples to train with, expected "
                f"one for each of {folds} folds at least: take fewer folds, or add samples"
            )
    elif len(train) < folds:
        raise InputError(f"{train.where}: {len(train)} samples to train with, expected one for each of {folds} folds")

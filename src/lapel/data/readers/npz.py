"""Arrays by name: `x` and `y`, or the parts of an official split, `x_train`, `y_train`, `x_test`, `y_test`, `x_val`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from lapel import arrays
from lapel.data.dataset import Dataset, Splits, make_dataset
from lapel.errors import InputError, some
from lapel.ir.origin import Label, Task

SUFFIXES = (".npz",)


def read(
    path: Path,
    x: str = "x",
    y: str = "y",
    groups: str | None = None,
    task: Task | None = None,
    classes: Sequence[Label] | None = None,
) -> Dataset | Splits:
    """x, y, groups: the names of arrays, without the part of the split."""
    found = arrays.read_arrays(path)
    if not isinstance(found, dict):
        raise InputError(f"{path} holds one array without a name, expected {x} and {y}: write it with numpy.savez")
    if f"{x}_train" not in found:
        return _part(path, found, "", x, y, groups, task, classes)
    train = _part(path, found, "_train", x, y, groups, task, classes)
    known = train.classes if train.task == "classification" else classes
    rest = [
        _part(path, found, part, x, y, groups, train.task, known) if f"{x}{part}" in found else None
        for part in ("_val", "_test")
    ]
    return Splits(train, *rest)


def _part(
    path: Path,
    found: Mapping[str, np.ndarray],
    part: str,
    x: str,
    y: str,
    groups: str | None,
    task: Task | None,
    classes: Sequence[Label] | None,
) -> Dataset:
    wanted = [f"{name}{part}" for name in (x, y, groups) if name]
    missing = [name for name in wanted if name not in found]
    if missing:
        raise InputError(f"{path} has arrays {some(found)}, expected {some(missing)} also: name them as x and y")
    kept = found[f"{groups}{part}"] if groups else None
    return make_dataset(
        found[wanted[0]],
        found[wanted[1]],
        task=task,
        classes=classes,
        groups=kept,
        where=f"{path}{part and f'[{x}{part}]'}",
    )

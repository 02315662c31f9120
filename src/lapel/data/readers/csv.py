"""Tables: a row a sample, a column each for the label and perhaps the group, all others features."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lapel import frames
from lapel.data.dataset import Dataset, make_dataset
from lapel.ir.origin import Label, Task

SUFFIXES = frames.CSV_SUFFIXES


def read(
    path: Path,
    label: str | int | None = None,
    group: str | int | None = None,
    task: Task | None = None,
    classes: Sequence[Label] | None = None,
) -> Dataset:
    """label, group: names of columns, or their numbers from 0; the label is in the last one if not given."""
    table = frames.read_csv(path)
    last = table.names[-1] if table.names else str(len(table.columns) - 1)
    chosen = last if label is None else str(label)
    kept = [] if group is None else [str(group)]
    groups = table.filled(kept[0]) if kept else None
    features = table.without(chosen, *kept)
    return make_dataset(
        features.numbers(), table.filled(chosen), task=task, classes=classes, groups=groups, where=str(path)
    )

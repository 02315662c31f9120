"""What is held out, how training samples are folded, and what data cannot be compared by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from blossoms import HEAD, rows
from lapel.contest.beside import baseline, neighbours
from lapel.contest.parts import Asked, parts
from lapel.data import make_dataset
from lapel.errors import InputError, UsageError
from lapel.targets import load_target


def test_groups_are_on_one_side(blossoms: Path) -> None:
    found = parts(blossoms, Asked("kind", "bed"))
    assert found.train.x.shape[1] == 4, "the group is no feature"
    assert not set(found.train.groups) & set(found.test.groups)  # type: ignore[arg-type]
    judged = np.concatenate([judge for _, judge in found.folds])
    assert sorted(judged) == list(range(len(found.train)))
    for fit, judge in found.folds:
        assert not set(found.train.groups[fit]) & set(found.train.groups[judge])  # type: ignore[index]


def test_classes_are_shared_alike(blossoms: Path) -> None:
    found = parts(blossoms, Asked("kind", folds=7, seed=1))
    assert np.bincount(found.test.y).tolist() == [15, 15, 15]
    assert {tuple(np.bincount(found.train.y[judge])) for _, judge in found.folds} == {(5, 5, 5)}
    other = parts(blossoms, Asked("kind", folds=7, seed=2))
    assert not np.array_equal(found.test.x, other.test.x)


@pytest.mark.parametrize(
    ("row", "line", "asked", "said"),
    [
        (3, "1,2,x,4,0,rose", {}, r"d.csv, column 'petals' holds words \('x' in row 4\), expected numbers"),
        (3, "1,2,,4,0,rose", {}, r"d.csv, row 4 has no number in column 'petals': fill it in"),
        (3, "1,2,3,4,0,", {}, r"d.csv, row 4 has nothing in column 'kind': fill it in"),
        (3, "1,2,3,4,,rose", {"group": "bed"}, r"d.csv, row 4 has nothing in column 'bed': fill it in"),
        (3, "1,2,3,4,0", {}, r"d.csv, line 5, cells: found 5, expected 6"),
        (3, "1,2,inf,4,0,rose", {}, r"1 of 150 samples hold NaN, infinity .* sample 3"),
        (0, rows()[0], {"label": "sort"}, r"d.csv has no column 'sort', expected one of length, width"),
        (0, rows()[0], {"group": "who"}, r"d.csv has no column 'who'"),
        (0, rows()[0], {"group": "bed", "folds": 9}, r"7 groups are left to train with \(.*\), expected at least one "
         r"for each of 9 folds"),
        (0, rows()[0], {"folds": 40}, r"class iris has 35 samples to train with, expected one for each of 40 folds"),
        (0, "1,2,3,4,0,orchid", {}, r"class orchid has fewer than 2 samples"),
    ],
)  # fmt: skip
def test_tables_that_are_no_good(row: int, line: str, asked: dict[str, str], said: str, tmp_path: Path) -> None:
    lines = rows()
    lines[row] = line
    (tmp_path / "d.csv").write_text("\n".join([HEAD, *lines]))
    with pytest.raises(InputError, match=said):
        parts(tmp_path / "d.csv", Asked(**{"label": "kind", **asked}))  # type: ignore[arg-type]


def test_data_that_is_no_good(tmp_path: Path) -> None:
    x = np.arange(80.0).reshape(40, 2)
    for y, said in (
        (np.zeros(40, int), "all samples are of class 0, expected two classes or more"),
        (np.c_[x[:, 0] % 2, x[:, 1] % 2].astype(int), "several flags a sample"),
        (x + 0.5, "2 numbers a sample, expected one"),
    ):
        with pytest.raises(InputError, match=said):
            parts((x, y), Asked())
    np.savez(tmp_path / "d.npz", x_train=x, y_train=np.arange(40) % 2)
    with pytest.raises(InputError, match=r"no test samples, expected some to hold out"):
        parts(tmp_path / "d.npz", Asked())
    with pytest.raises(UsageError, match="label is given, and the data says it already"):
        parts(make_dataset(x, np.arange(40) % 2), Asked("y"))


def test_arrays_are_found_by_the_same_names(tmp_path: Path) -> None:
    x, y = np.arange(160.0).reshape(80, 2), np.arange(80) % 2
    np.savez(tmp_path / "d.npz", x=x, kind=y, who=np.arange(80) // 8)
    found = parts(tmp_path / "d.npz", Asked("kind", "who", folds=3))
    assert found.train.groups is not None and len(found.train) + len(found.test) == 80


def test_a_class_that_one_group_has_alone() -> None:
    y = np.repeat([0, 1, 2], [40, 40, 20])
    data = make_dataset(np.arange(100.0)[:, None], y, groups=np.where(y == 2, "z", np.arange(100) % 9))
    with pytest.raises(InputError, match=r"fold \d of 3 has nothing to train with of 2: its groups alone have that"):
        parts(data, Asked(folds=3, seed=next(s for s in range(9) if _z_is_trained(data, s))))


def _z_is_trained(data: object, seed: int) -> bool:
    """Whether the split leaves group z to train with; else the split itself refuses."""
    from lapel.data import split

    try:
        return "z" in split(data, (0.7, 0, 0.3), seed=seed).train.groups  # type: ignore[arg-type, operator]
    except InputError:
        return False


def test_what_stands_beside() -> None:
    y = np.arange(90) % 3
    x = np.c_[y * 10, np.full(90, 300)].astype(np.float32)
    found = parts((x, y), Asked(folds=3))
    n = neighbours(found, load_target("arduino-uno"))
    assert n.score.accuracy == 1 and n.tried[n.chosen].parameters == {"neighbours": 1, "scaled": False}
    assert (n.data_bytes, n.least_bytes, n.fits) == (63 * 9, 63 * 5, True)
    assert baseline(found).accuracy == 1 / 3

"""What stands beside the contenders: nearest neighbours that keep all training samples, and who looks at nothing."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from lapel.contest.candidate import behind_scaler, grid, labels, rows, spread
from lapel.contest.parts import Parts
from lapel.data import Dataset
from lapel.ir.origin import r2
from lapel.records import Neighbours, Score, Tried
from lapel.targets import Target

SETTINGS = grid(neighbours=(1, 3, 5), scaled=(False, True))
MOST_CHOSEN_BY = 5000
"""Training samples by which settings are chosen: neighbours of all with all take their square."""
AT_ONCE = 500


def neighbours(parts: Parts, target: Target) -> Neighbours:
    """Nearest neighbours of the best setting by the folds, over all training samples."""
    tried = tuple(
        Tried(options, tuple(_fold_shares(parts, options))) for options in SETTINGS if _possible(parts, options)
    )
    best = max(range(len(tried)), key=lambda k: (tried[k].mean, -k))
    score = _score(parts.train, parts.test, tried[best].parameters)
    of_label = 4 if parts.train.task == "regression" else 1 + (len(parts.train.classes) > 256)
    x = rows(parts.train)
    data, least = (x.size * size + len(x) * of_label for size in (4, _narrowest(x)))
    fits = None if target.flash_bytes is None else least <= target.flash_bytes
    return Neighbours(tried, best, score, data, least, fits)


def baseline(parts: Parts) -> Score:
    """On the held-out samples, of the most frequent class of the training samples, or their mean."""
    train, test = parts.train, parts.test
    if train.task == "classification":
        most = np.bincount(train.y).argmax()
        return Score(accuracy=float((test.y == most).mean()))
    return _of_numbers(np.full((len(test), 1), train.y.mean(), np.float64), test)


def _possible(parts: Parts, options: Any) -> bool:
    return bool(options["neighbours"] <= min(len(fit) for fit, _ in parts.folds))


def _fold_shares(parts: Parts, options: Any) -> Any:
    for fit, judge in parts.folds:
        some = fit[spread(len(fit), MOST_CHOSEN_BY)], judge[spread(len(judge), MOST_CHOSEN_BY)]
        share = _score(parts.train.take(some[0]), parts.train.take(some[1]), options).share
        yield 0.0 if share is None else share


def _score(train: Dataset, test: Dataset, options: Any) -> Score:
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    kind: Any = KNeighborsClassifier if train.task == "classification" else KNeighborsRegressor
    model = kind(options["neighbours"], algorithm="brute")
    model = behind_scaler(model) if options["scaled"] else model
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(rows(train), labels(train))
        x = rows(test)
        said = np.concatenate([model.predict(x[k : k + AT_ONCE]) for k in range(0, len(x), AT_ONCE)])
    if train.task == "classification":
        return Score(accuracy=float((said == labels(test)).mean()))
    return _of_numbers(said.reshape(-1, 1), test)


def _of_numbers(said: np.ndarray, test: Dataset) -> Score:
    want = test.y.astype(np.float64)
    return Score(r2=r2(said, want), rmse=float(np.sqrt(np.mean((said - want) ** 2))))


def _narrowest(x: np.ndarray) -> int:
    """Bytes of the narrowest integers that hold all values exactly; of float32 if there are none."""
    if (x % 1 == 0).all():
        for size in (1, 2):
            if x.max() - x.min() < 256**size:
                return size
    return 4

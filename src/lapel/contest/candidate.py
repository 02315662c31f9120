"""What a candidate is: a kind of model, in sizes from small to large, each with settings that folds choose from."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from lapel import frontends
from lapel.data import Dataset
from lapel.errors import MissingTool
from lapel.frontends.sklearn import from_sklearn
from lapel.ir import Graph
from lapel.ir.origin import Task
from lapel.keywords import check_names
from lapel.records.training import Setting

Options = Mapping[str, Setting | None]
CALIBRATED = 2000
"""Training samples that ranges are found from, at most."""
BATCH, STEPS = 64, 2000
LEAST_EPOCHS, MOST_EPOCHS = 20, 300
"""Of what is trained by descent."""


@dataclass(frozen=True)
class Size:
    """Settings that make models of about one size. name: what it is about, in a word."""

    name: str
    settings: tuple[Options, ...]


@dataclass(frozen=True)
class Candidate:
    """A kind of model.

    what: it is, for lists. tasks: that it can learn. sizes: for training samples like these, small ones first. fit:
    setting, training samples, seed, name -> integer graph, which takes what `given` makes of samples. images: whether
    it wants samples [H, W] or [H, W, C], else each is a row of features. package: what pip installs that it needs;
    imports: names of modules that are there if that is installed.
    """

    name: str
    what: str
    tasks: tuple[Task, ...]
    sizes: Callable[[Dataset], tuple[Size, ...]]
    fit: Callable[[Options, Dataset, int, str], Graph]
    images: bool = False
    package: str = "lapel[sklearn]"
    imports: tuple[str, ...] = ("sklearn",)

    def unfit(self, data: Dataset) -> str:
        """Why it cannot take part with data like these; "" if it can."""
        if data.task not in self.tasks:
            return f"it learns {' or '.join(self.tasks)}, and this is a {data.task}"
        if self.images and data.x.ndim not in (3, 4):
            return f"it looks at images, and samples are {list(data.x.shape[1:])}: give [height, width] in an .npz file"
        missing = [name for name in self.imports if importlib.util.find_spec(name) is None]
        return f'{missing[0]} is not installed: pip install "{self.package}"' if missing else ""

    def given(self, data: Dataset) -> np.ndarray:
        """Samples as the graph takes them: [N, features] float64 as they are stored, or images as numbers."""
        return data.numbers() if self.images else rows(data)


@cache
def list_candidates() -> Mapping[str, Candidate]:
    """Every candidate by name: each module of `candidates` has a `CANDIDATE`."""
    from lapel.contest import candidates as folder

    found: dict[str, Candidate] = {}
    for module in pkgutil.iter_modules(folder.__path__):
        candidate = importlib.import_module(f"{folder.__name__}.{module.name}").CANDIDATE
        assert candidate.name == module.name, f"candidates/{module.name}.py defines candidate {candidate.name!r}"
        found[candidate.name] = candidate
    return found


def chosen(names: Iterable[str] | None) -> tuple[Candidate, ...]:
    """Those of these names, all if None. Raises UsageError for an unknown one."""
    known = list_candidates()
    if names is None:
        return tuple(known.values())
    wanted = tuple(dict.fromkeys(names))
    check_names(wanted, known, "candidate")
    return tuple(known[name] for name in wanted)


def rows(data: Dataset) -> np.ndarray:
    """float64 [N, features]: samples as they are stored, so that pixels are 0..255."""
    return data.x.reshape(len(data), -1).astype(np.float64)


def labels(data: Dataset) -> np.ndarray:
    """Of each sample its class by name, or its number."""
    return np.array(data.classes)[data.y] if data.task == "classification" else data.y[:, 0].astype(np.float64)


def sklearn_graph(estimator: Any, data: Dataset, name: str, **asked: Any) -> Graph:
    """Fit an estimator with scikit-learn's interface; its integer graph. asked: options of `lapel.from_sklearn`."""
    calibration = _fitted(estimator, data, labels(data))
    if asked:
        return from_sklearn(estimator, calibration, name=name, **asked)
    return frontends.load(estimator, calibration, name=name)


def indexed_graph(estimator: Any, data: Dataset, name: str) -> Graph:
    """The same of a classifier that wants classes as 0, 1, 2 …"""
    calibration = _fitted(estimator, data, data.y)
    return frontends.load(estimator, calibration, name=name, classes=data.classes)


def _fitted(estimator: Any, data: Dataset, y: np.ndarray) -> np.ndarray:
    """Fit it; samples to calibrate by."""
    x = rows(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged in so many steps: what it is worth, folds say
        estimator.fit(x, y)
    return x[spread(len(x), CALIBRATED)]


def behind_scaler(estimator: Any) -> Any:
    """A pipeline of a StandardScaler and the estimator."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), estimator)


def epochs(data: Dataset) -> int:
    """Passes over these samples in batches of BATCH: many of few samples, so that all get about as many steps."""
    return int(np.clip(STEPS * BATCH // len(data), LEAST_EPOCHS, MOST_EPOCHS))


def spread(count: int, most: int) -> np.ndarray:
    """int64: at most so many of `count` indexes, from the first to the last."""
    return np.linspace(0, count - 1, min(count, most)).astype(np.int64)


def grid(**values: Sequence[Setting | None]) -> tuple[Options, ...]:
    """All combinations of these values."""
    found: list[dict[str, Setting | None]] = [{}]
    for name, each in values.items():
        found = [{**one, name: value} for one in found for value in each]
    return tuple(found)


def require_sklearn() -> None:
    """Raises MissingTool."""
    if importlib.util.find_spec("sklearn") is None:
        raise MissingTool('scikit-learn is not installed, comparisons need it: pip install "lapel[sklearn]"')

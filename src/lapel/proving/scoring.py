"""Labels and targets of users against a model's outputs: accuracy of classifiers, R² and RMSE of regressors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from lapel.errors import InputError, some
from lapel.frames import Frame, from_dataframe
from lapel.ir import Graph, Task, Type
from lapel.ir.origin import decide, r2
from lapel.ops import registry
from lapel.proving.samples import Samples
from lapel.records import Score

MANY = 3
"""Different integers beyond 0 and 1 that cannot be the two classes of a single score."""


@dataclass(frozen=True, eq=False)
class Targets:
    """What outputs are compared with. values: class indexes (N,), flags (N, K) of a multilabel model, or float64
    targets (N, K) of a regression."""

    task: Task
    values: np.ndarray

    def score(self, graph: Graph, outputs: np.ndarray) -> Score:
        """How well real outputs (N, K) meet these."""
        if self.task == "regression":
            error = outputs - self.values
            return Score(r2=r2(outputs, self.values), rmse=float(np.sqrt(np.mean(error**2))))
        found = classes(graph, outputs, self.task).reshape(len(outputs), -1)
        return Score(accuracy=float((found == self.values.reshape(len(outputs), -1)).all(axis=1).mean()))


def real_outputs(graph: Graph, outputs: Samples) -> np.ndarray:
    """float64 (N, K): the numbers that the integers of the single output stand for; a class index as it is."""
    t = only_output(graph)
    values = outputs[graph.results[0]].reshape(-1, t.size).astype(np.float64)
    return values if t.quant is None or t.quant.axis is not None else (values - t.zero) * t.scale


def classes(graph: Graph, scores: np.ndarray, task: Task | None = None) -> np.ndarray:
    """Class indexes (N,), or flags (N, K) of a multilabel model, by real scores (N, K).

    A single score is a probability where a LOGISTIC makes it, decided at 0.5, else a logit, decided at 0. An output of
    int32 is the index itself.
    """
    if is_index(graph):
        return scores[:, 0].astype(np.int64)
    return decide(scores, threshold(graph), task or graph.origin.task)


def threshold(graph: Graph) -> float:
    """0.5 where the output is a probability of its own, else 0."""
    return 0.5 if score_kind(graph) == "probability" else 0.0


def score_kind(graph: Graph) -> Literal["probability", "distribution"] | None:
    """What the operator says of its scores (`Op.scores`) that makes the output, before changes of shape and format."""
    name, makers = graph.results[0], {o: registry()[n.op] for n in graph.nodes for o in n.outputs}
    sources = {o: n.inputs[0] for n in graph.nodes for o in n.outputs if makers[o].restates}
    while name in sources:
        name = sources[name]
    return makers[name].scores if name in makers else None


def only_output(graph: Graph) -> Type:
    """The type of the single output; raises InputError if there are several."""
    if len(graph.results) != 1:
        raise InputError(f"{graph.name} has {len(graph.results)} outputs; labels need one with a score a class")
    return graph.tensors[graph.results[0]].type


def is_index(graph: Graph) -> bool:
    """Whether the single output is the class itself."""
    t = only_output(graph)
    return t.dtype in ("int32", "int64") and t.quant is None


def targets(graph: Graph, labels: Any, count: int) -> Targets:
    """Check labels against the model: classes by their name or index, flags, one-hot rows, or targets of a regression.

    What a model is for, its origin says. Else a single output is a regression if the labels are floats, or at least
    three different integers, and two classes if they are 0 and 1. Raises InputError where labels do not fit.
    """
    values, task = as_array(labels), graph.origin.task
    outputs = only_output(graph).size
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if len(values.shape) == 0 or len(values) != count or values.ndim > 2:
        raise InputError(f"labels are {values.dtype}{list(values.shape)}, expected [{count}], one for each sample")
    if task == "unknown":
        task = _guess(graph, values, outputs)
    if task == "regression":
        return Targets(task, _numbers(values, outputs))
    if task == "multilabel":
        return Targets(task, _flags(values, outputs))
    return Targets("classification", _indexes(graph, values, outputs))


def as_array(labels: Any) -> np.ndarray:
    """Numbers or words of an array, a list, a column or a table."""
    frame = labels if isinstance(labels, Frame) else from_dataframe(labels)
    if frame is not None:
        return np.stack(frame.columns, axis=1)
    to_numpy = getattr(labels, "to_numpy", None)
    values = np.asarray(to_numpy() if callable(to_numpy) else labels)
    if values.dtype.kind == "S":
        return np.char.decode(values, "utf-8", "replace")
    if values.dtype.kind == "O":
        kinds = {type(v) for v in values.reshape(-1).tolist()}
        if kinds <= {str}:
            return values.astype(str)
        if kinds <= {int, float, bool}:
            return values.astype(np.float64 if float in kinds else np.int64)
        found = ", ".join(sorted(k.__name__ for k in kinds))
        raise InputError(f"labels hold {found}, expected numbers or words: fill in what is missing")
    return values


def _guess(graph: Graph, values: np.ndarray, outputs: int) -> Task:
    if outputs > 1:
        floats = values.ndim == 2 and values.dtype.kind == "f" and not _is_one_hot(values)
        return "regression" if floats else "classification"
    if values.dtype.kind not in "iuf" or is_index(graph):
        return "classification"
    different = np.unique(values)
    if set(different.tolist()) <= {0, 1}:
        return "classification"
    if values.dtype.kind == "f" or len(different) >= MANY:
        return "regression"
    raise InputError(
        f"labels are {', '.join(map(str, different))} and {graph.name} has one output: give the two classes, "
        f"classes={different.tolist()}, or targets of a regression as floats"
    )


def _is_one_hot(values: np.ndarray) -> bool:
    return bool(np.isin(values, (0, 1)).all() and (values.sum(axis=1) == 1).all())


def _numbers(values: np.ndarray, outputs: int) -> np.ndarray:
    if values.dtype.kind not in "iufb":
        raise InputError(f"labels are words ({str(values.flat[0])[:20]!r}), expected numbers: this is a regression")
    found = values.reshape(len(values), -1).astype(np.float64)
    if found.shape[1] != outputs:
        raise InputError(f"labels are {list(values.shape)}, expected [{len(values)}, {outputs}], a target an output")
    if not np.isfinite(found).all():
        raise InputError("labels have NaN or infinite values: fill them in")
    return found


def _flags(values: np.ndarray, outputs: int) -> np.ndarray:
    found = values.reshape(len(values), -1)
    if found.shape[1] != outputs or values.dtype.kind not in "iufb" or not np.isin(found, (0, 1)).all():
        raise InputError(
            f"labels are {values.dtype}{list(values.shape)}, expected 0 or 1 for each of {outputs} classes"
        )
    return found.astype(np.int64)


def _indexes(graph: Graph, values: np.ndarray, outputs: int) -> np.ndarray:
    """The index of each label's class."""
    known, count = graph.classes, len(graph.classes) or max(outputs, 2)
    if values.ndim == 2:
        if values.shape[1] != count or values.dtype.kind not in "iufb" or not _is_one_hot(values):
            raise InputError(
                f"labels are {values.dtype}{list(values.shape)}, expected [{len(values)}], or a one in each row of "
                f"{count} classes"
            )
        return values.argmax(axis=1)
    if values.dtype.kind == "f" and not (values % 1 == 0).all():
        what = "NaN" if np.isnan(values).any() else f"{values[values % 1 != 0][0]:g}"
        raise InputError(f"labels are {values.dtype} with {what}, expected a class for each sample: {_expected(known)}")
    if known:
        return _named(known, values)
    if values.dtype.kind not in "iufb":
        raise InputError(
            f"labels are words ({str(values[0])[:20]!r}) and {graph.name} does not know its classes: give their names "
            "in the order of its scores, as classes=[…] or --classes"
        )
    if is_index(graph):
        return values.astype(np.int64)
    if values.min() < 0 or values.max() >= count:
        hint = ": they count from 1, subtract it" if values.min() == 1 and values.max() == count else ""
        raise InputError(f"labels are in {values.min():g}..{values.max():g}, the model has {count} classes{hint}")
    return values.astype(np.int64)


def _expected(known: tuple[Any, ...]) -> str:
    return some(known) if known else "its index"


def _named(known: tuple[Any, ...], values: np.ndarray) -> np.ndarray:
    """By name; where the names are words, integers are indexes."""
    places = {name: k for k, name in enumerate(known)}
    found = values.tolist()
    if all(isinstance(n, str) for n in known) and values.dtype.kind in "iufb":
        places = {k: k for k in range(len(known))}
    elif values.dtype.kind == "U" and not any(isinstance(n, str) for n in known):
        places = {str(n): k for n, k in places.items()}
    strange = sorted({str(v) for v in found if v not in places})
    if strange:
        raise InputError(f"labels {some(strange)} are not among the model's classes: {some(known)}")
    return np.array([places[v] for v in found], np.int64)

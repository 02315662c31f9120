"""How well scores meet labels: of classes, of two classes, of numbers."""

from __future__ import annotations

import numpy as np

from lapel.data.dataset import Dataset
from lapel.ir.origin import decide, r2
from lapel.records import Metrics


def measure(scores: np.ndarray, data: Dataset, loss: float | None = None) -> Metrics:
    """scores: float (N, outputs), logits or numbers; a class is decided for where its logit is the largest, or above 0.

    loss: the mean over the samples, if it is known.
    """
    scores = np.asarray(scores, np.float64).reshape(len(data), -1)
    if data.task == "regression":
        want = data.y.astype(np.float64)
        error = scores - want
        return Metrics(
            len(data),
            loss,
            r2=r2(scores, want),
            mae=float(np.abs(error).mean()),
            rmse=float(np.sqrt((error**2).mean())),
            baseline=0.0,
        )
    found = decide(scores, 0.0, data.task)
    if data.task == "multilabel":
        often = data.y.mean(axis=0)
        baseline = float(np.maximum(often, 1 - often).mean())
        return Metrics(len(data), loss, accuracy=float((found == data.y).mean()), baseline=baseline)
    metrics = _classes(found, data, loss)
    if len(data.classes) != 2:
        return metrics
    margin = scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores[:, 0]
    return Metrics(**{**vars(metrics), "auc": auc(margin, data.y == 1), "f1": f1(found == 1, data.y == 1)})


def _classes(found: np.ndarray, data: Dataset, loss: float | None) -> Metrics:
    count = len(data.classes)
    confusion = np.zeros((count, count), np.int64)
    np.add.at(confusion, (data.y, found), 1)
    totals = confusion.sum(axis=1)
    shares = tuple(float(confusion[k, k] / totals[k]) if totals[k] else None for k in range(count))
    rows = tuple(tuple(row) for row in confusion.tolist())
    accuracy, baseline = float((found == data.y).mean()), float(totals.max() / len(data))
    return Metrics(len(data), loss, accuracy, shares, rows, baseline=baseline)


def auc(margin: np.ndarray, positive: np.ndarray) -> float | None:
    """The area under the ROC curve: how often a positive sample is above a negative one, ties counting half.

    None if there are none of either. Source: Mann and Whitney (1947).
    """
    pos, neg = int(positive.sum()), int((~positive).sum())
    if not pos or not neg:
        return None
    _, inverse, counts = np.unique(margin, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[positive].sum() - pos * (pos + 1) / 2) / (pos * neg))


def f1(found: np.ndarray, positive: np.ndarray) -> float:
    """The harmonic mean of precision and recall; 0 where nothing is found."""
    hits = int((found & positive).sum())
    return 2 * hits / max(int(found.sum()) + int(positive.sum()), 1)

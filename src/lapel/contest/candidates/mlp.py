"""Multi-layer perceptron behind a scaler, quantized to int8."""

from __future__ import annotations

from typing import Any

from lapel.contest.candidate import BATCH, Candidate, Options, Size, behind_scaler, epochs, grid, sklearn_graph
from lapel.data import Dataset
from lapel.ir import Graph

HIDDEN = ((8,), (32,), (64, 32))


def sizes(data: Dataset) -> tuple[Size, ...]:
    return tuple(
        Size(
            "-".join(map(str, hidden)), grid(hidden_layer_sizes=(hidden,), alpha=(1e-4, 1e-1), max_iter=(epochs(data),))
        )
        for hidden in HIDDEN
    )


def fit(options: Options, data: Dataset, seed: int, name: str) -> Graph:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    kind: Any = MLPClassifier if data.task == "classification" else MLPRegressor
    batch = min(BATCH, len(data))
    estimator = kind(**options, learning_rate_init=0.003, batch_size=batch, random_state=seed)
    return sklearn_graph(behind_scaler(estimator), data, name)


CANDIDATE = Candidate("mlp", "perceptron with so many hidden units", ("classification", "regression"), sizes, fit)

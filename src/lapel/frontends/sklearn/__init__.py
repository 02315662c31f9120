"""scikit-learn estimators -> Graph. What they are, `estimators/` says, and how each kind becomes a graph, `kinds/`.

An estimator may be bare, or the last step of a `Pipeline` of scalers (`steps/`). The model takes raw feature values.
"""

from __future__ import annotations

import importlib
from typing import Any, get_args

from lapel.errors import UsageError
from lapel.frontends._calibration import check_calibration
from lapel.frontends._format import Format
from lapel.frontends.sklearn.asked import Asked, Input, Output
from lapel.frontends.sklearn.own import graph_written_by, writes_graph
from lapel.frontends.sklearn.parts import fitted_steps
from lapel.ir import Graph
from lapel.wish import Accumulators


def from_sklearn(
    estimator: Any,
    calibration: Any,
    *,
    name: str = "model",
    output: Output = "logits",
    input: Input = "auto",
    votes: int | None = None,
    outliers: float | None = None,
    accumulators: Accumulators = "int32",
    budget_bytes: int | None = None,
) -> Graph:
    """The estimator as an integer graph of batch 1.

    calibration: samples [n, features], as the estimator's own `predict` takes them. output: `logits` are the
    last layer's sums, `probabilities` what `predict_proba` gives; votes of trees are both. input: what the model takes;
    `int8`: raw feature values with one scale for all of them; `int16`: the same, of trees; `float`: raw feature values
    as float32, which layers scale feature by feature on the device, and trees compare as they are; `scaled`: what the
    pipeline's scalers make of the features, as int8, of layers. `auto`: of layers int8, unless it changes more than 1 %
    of what the estimator says to the calibration data and float at most half as much; of trees what holds the
    calibration data exactly. votes: of trees, how many a leaf of one class has for it, 1..127; fewer are smaller and
    faster, more are nearer to the probabilities. None: as many as a sum in int8 has room for, 7..15, or 127. outliers:
    of a mixture of distributions, the share of the calibration data, 0..1, below whose density a sample is an outlier:
    the output is one number, the logarithm of the density less that limit, and the classes are -1 and 1.
    accumulators: of layers; `int16`: weights so small that 16 bits hold every sum, by which 8-bit cores gain.
    budget_bytes: of nearest neighbours, what the prototypes that stand for all samples may take; 2048 if not given.

    The graph keeps the classes, the names of the features, and the float model (`Graph.origin`), whose accuracy is
    shown beside its own. Raises UnsupportedModel with every problem of the estimator, InputError if it is not fitted
    or the calibration data is no good.
    """
    chosen = ("output", output, Output), ("input", input, Input), ("accumulators", accumulators, Accumulators)
    for what, value, known in ((what, value, get_args(kind)) for what, value, kind in chosen):
        if value not in known:
            raise UsageError(f"{what} is {value!r}, expected {' or '.join(map(repr, known))}")
    steps, last, form = fitted_steps(estimator, output == "probabilities")
    first = (steps or [last])[0]
    features = tuple(map(str, getattr(first, "feature_names_in_", ())))
    data = check_calibration(calibration, int(first.n_features_in_), features, form.missing)
    kind = importlib.import_module(f"{__name__}.kinds.{form.kind}")
    taken = (*form.takes, *getattr(kind, "TAKES", ()))
    given = {
        "outliers": outliers is not None,
        "accumulators": accumulators != "int32",
        "budget_bytes": budget_bytes is not None,
    }
    for option, asked in given.items():
        if asked and option not in taken:
            raise UsageError(f"{option} was given, and {type(last).__name__} has no such: leave it out")
    if outliers is not None and not 0 < outliers < 1:
        raise UsageError(f"outliers is {outliers!r}, expected a share between 0 and 1, or None")
    options = output, input, votes, outliers, accumulators, budget_bytes
    graph: Graph = kind.convert(Asked(name, steps, last, form, data, features, *options))
    return graph


def _is_estimator(model: object) -> bool:
    return not isinstance(model, type) and all(
        callable(getattr(model, a, None)) for a in ("get_params", "fit", "predict")
    )


def _convert(model: Any, calibration: Any, name: str) -> Graph:
    if writes_graph(model):
        return graph_written_by(model, name)
    if calibration is None:
        raise UsageError(
            f"{type(model).__name__} has no calibration data, which int8 needs: lapel.load(estimator, calibration) "
            "with samples as its predict takes them"
        )
    return from_sklearn(model, calibration, name=name)


FORMAT = Format(name="scikit-learn", holds=_is_estimator, convert=_convert)

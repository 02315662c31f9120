"""scikit-learn estimators of linear layers -> int8 Graph, quantized after training from calibration data.

Perceptrons and linear models (`estimators/`), bare or as the last step of a `Pipeline` of affine steps (`steps/`). The
model takes raw feature values. Where one int8 scale for all features is good enough, the scalers are folded into the
first layer; where features differ in range by orders of magnitude it is not, and the model takes float32, which it
scales and quantizes feature by feature. What is good enough is measured: both are compared with the float model on the
calibration data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Literal, get_args

import numpy as np

from lapel.errors import InputError, UsageError, some
from lapel.frontends._format import Format
from lapel.frontends.sklearn.layers import after_affine, compute
from lapel.frontends.sklearn.own import graph_written_by, writes_graph
from lapel.frontends.sklearn.parts import Parts, take_apart
from lapel.frontends.sklearn.quantize import Network, float_graph, int8_graph
from lapel.ir import Graph, Origin, Task
from lapel.ir.origin import Agreement, decide, r2
from lapel.ops import evaluate
from lapel.records import LOUD_LOSS

Output = Literal["logits", "probabilities"]
Input = Literal["auto", "int8", "float", "scaled"]
Builder = Callable[..., Graph]
"""(name, network, name of the output, batch) -> graph."""

MEASURED_SAMPLES = 1024
LARGEST = 1e30
"""Calibration data beyond this overflows float32 somewhere."""


def from_sklearn(
    estimator: Any,
    calibration: Any,
    *,
    name: str = "model",
    output: Output = "logits",
    input: Input = "auto",
) -> Graph:
    """The estimator as an int8 graph of batch 1.

    calibration: samples [n, features], as the estimator's own `predict` takes them. output: `logits` are the
    last layer's sums, `probabilities` what `predict_proba` gives. input: what the model takes; `int8`: raw feature
    values with one scale for all of them; `float`: raw feature values as float32, scaled on the device feature by
    feature; `auto`: int8, unless it changes more than 1 % of what the estimator says to the calibration data and float
    at most half as much; `scaled`: what the pipeline's scalers make of the features, as int8.

    The graph keeps the classes, the names of the features, and the float model (`Graph.origin`), whose accuracy is
    shown beside its own. Raises UnsupportedModel with every problem of the estimator, InputError if it is not fitted
    or the calibration data is no good.
    """
    for what, value, known in (("output", output, get_args(Output)), ("input", input, get_args(Input))):
        if value not in known:
            raise UsageError(f"{what} is {value!r}, expected {' or '.join(map(repr, known))}")
    parts = take_apart(estimator, probabilities=output == "probabilities")
    data = _check_calibration(calibration, parts)
    if input == "scaled":
        network = Network(parts.layers, data * parts.slope + parts.offset)
    else:
        network = Network(after_affine(parts.layers, parts.slope, parts.offset), data)
    build, loss, measured = _choose(name, network, output, input, parts.task)
    origin = Origin(
        task=parts.task,
        classes=parts.classes,
        features=() if input == "scaled" else parts.features,
        numbers=True,
        scores=partial(compute, network.layers),
        warnings=_warnings(parts.task, input, loss, len(data)),
        agreement=Agreement(1 - loss, "numbers" if parts.task == "regression" else "classes", measured),
    )
    return replace(build(name, network, output), origin=origin)


def _choose(name: str, network: Network, output: str, input: Input, task: Task) -> tuple[Builder, float, int]:
    """How to build the graph, what it loses against the float model on calibration data, and on how many samples."""
    at = np.linspace(0, len(network.data) - 1, min(len(network.data), MEASURED_SAMPLES)).astype(np.intp)
    sample, want = network.data[at], compute(network.layers, network.data[at])

    def loss(build: Builder) -> float:
        graph = build(name, network, output, len(sample))
        return _loss(_evaluate(graph, sample), want, _threshold(output), task)

    if input != "auto":
        build = float_graph if input == "float" else int8_graph
        return build, loss(build), len(sample)
    plain = loss(int8_graph)
    if plain > LOUD_LOSS:
        by_feature = loss(float_graph)
        if by_feature <= plain / 2:
            return float_graph, by_feature, len(sample)
    return int8_graph, plain, len(sample)


def _threshold(output: Output | str) -> float:
    return 0.5 if output == "probabilities" else 0.0


def _evaluate(graph: Graph, x: np.ndarray) -> np.ndarray:
    """The real outputs of the reference for float samples, all in one batch."""
    t, y = (graph.tensors[n].type for n in (graph.arguments[0], graph.results[0]))
    q = x.astype(np.float32) if t.quant is None else np.clip(np.rint(x / t.scale) + t.zero, -128, 127).astype(np.int8)
    return (evaluate(graph, {graph.arguments[0]: q})[graph.results[0]].astype(np.float64) - y.zero) * y.scale


def _loss(found: np.ndarray, want: np.ndarray, threshold: float, task: Task) -> float:
    """The share of samples whose class is another one than the float model's; of a regression, of the variance."""
    if task == "regression":
        explained = r2(found, want)
        return 0.0 if explained is None else 1 - explained
    a, b = (decide(v, threshold, task).reshape(len(v), -1) for v in (found, want))
    return float((a != b).any(axis=1).mean())


def _warnings(task: Task, input: Input, loss: float, samples: int) -> tuple[str, ...]:
    """A sentence if the loss is loud."""
    if loss <= LOUD_LOSS:
        return ()
    what = (
        f"in int8 {100 * loss:.1f} % of the variance of the outputs is lost on {samples} calibration samples"
        if task == "regression"
        else f"in int8 {100 * loss:.1f} % of {samples} calibration samples get another class than from the float model"
    )
    advice = {
        "auto": "scale the features, look for outliers in the calibration data, or train a larger network",
        "float": "look for outliers in the calibration data, or train a larger network",
    }
    todo = advice.get(input, 'input="auto" chooses what the model takes by this loss')
    return (f"{what}, expected at most {100 * LOUD_LOSS:.0f} %: {todo}",)


def _check_calibration(calibration: Any, parts: Parts) -> np.ndarray:
    features = len(parts.slope)
    names = getattr(calibration, "columns", None)
    if names is not None and parts.features and tuple(map(str, names)) != parts.features:
        raise InputError(
            f"calibration data has columns {some(names)}, expected those that the estimator was fitted with: "
            f"{some(parts.features)}"
        )
    try:
        data = np.asarray(calibration, np.float64)
    except (TypeError, ValueError) as e:
        raise InputError(f"calibration data is not numeric ({e}), expected numbers [n, {features}]") from e
    if data.ndim != 2 or data.shape[1] != features or len(data) == 0:
        raise InputError(f"calibration data is {list(data.shape)}, expected [n, {features}] with n >= 1")
    bad = np.argwhere(~np.isfinite(data))
    if len(bad):
        raise InputError(
            f"calibration data has {len(bad)} NaN or infinite values, the first at {bad[0].tolist()}, "
            "expected finite ones: remove or impute them"
        )
    if np.abs(data).max() > LARGEST:
        raise InputError(f"calibration data reaches {np.abs(data).max():.3g}, expected at most {LARGEST:g}: scale it")
    return data


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

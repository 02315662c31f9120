"""scikit-learn multi-layer perceptrons -> int8 Graph, quantized after training from calibration data.

`MLPClassifier` and `MLPRegressor`, bare or as the last step of a `Pipeline` of affine scalers. The
scalers are folded into the first layer in float64, so that the model takes raw feature values, quantized
by the input's scale and zero point. That is one scale for all features: where their ranges differ by
orders of magnitude this costs accuracy (a warning says so), and `fold_scalers=False` leaves the scalers
to the caller instead.

Quantization follows the TFLite 8-bit specification: symmetric weights per output, int32 biases, asymmetric
activations from the least and greatest value that the calibration data produces (0 always included).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

import numpy as np

from lapel.errors import InputError, MissingTool, UnsupportedModel, UsageError
from lapel.frontends._format import Format
from lapel.ir import Graph, Node, Quant, Tensor, Type
from lapel.ir.verify import verify
from lapel.ops import evaluate

Output = Literal["logits", "probabilities"]

BIAS_LIMIT = 2**30
"""Biases stay below this, which leaves the other half of the accumulator to the products."""

WARN_SAMPLES = 256
WARN_ERROR = 0.2
"""Root mean square error of the outputs, in standard deviations, that is worth a warning."""


@dataclass(frozen=True)
class Activation:
    """What an activation function becomes: fused into its dense layer, or a node of its own.

    reach: outside -reach..reach the function is constant, to its output's resolution.
    """

    compute: Callable[[np.ndarray], np.ndarray]
    fused: str = "none"
    node: str = ""
    attrs: Mapping[str, Any] | None = None
    quant: Quant | None = None
    reach: float = float("inf")


def _softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


IDENTITY = Activation(lambda x: x)
ACTIVATIONS = {
    "identity": IDENTITY,
    "relu": Activation(lambda x: np.maximum(x, 0), fused="relu"),
    "tanh": Activation(np.tanh, node="tanh", attrs={}, quant=Quant((1 / 128,), (0,)), reach=4.0),
    "logistic": Activation(
        lambda x: 0.5 + 0.5 * np.tanh(x / 2),
        node="logistic",
        attrs={},
        quant=Quant((1 / 256,), (-128,)),
        reach=8.0,
    ),
    "softmax": Activation(_softmax, node="softmax", attrs={"beta": 1.0}, quant=Quant((1 / 256,), (-128,))),
}
"""By scikit-learn's names."""


Layer = tuple[np.ndarray, np.ndarray, Activation]
"""Weights [K, O], biases [O], what follows."""


def from_sklearn(
    estimator: Any,
    calibration: np.ndarray,
    *,
    name: str = "model",
    output: Output = "logits",
    fold_scalers: bool = True,
) -> Graph:
    """The estimator as an int8 graph of batch 1.

    calibration: samples [n, features], as the estimator's own `predict` takes them. output: `logits` are the
    last layer's sums, `probabilities` what `predict_proba` gives. fold_scalers: the model takes raw feature
    values; else it takes what the scalers make of them. Raises UnsupportedModel with every problem of the
    estimator, InputError if it is not fitted or the calibration data is no good.
    """
    if output not in ("logits", "probabilities"):
        raise UsageError(f"output is {output!r}, expected 'logits' or 'probabilities'")
    steps, mlp = _take_apart(estimator, output)
    data = _check_calibration(calibration, mlp.coefs_[0].shape[0] if not steps else steps[0].n_features_in_)
    slope, offset = _compose(steps, data.shape[1])
    if not fold_scalers:
        data, slope, offset = data * slope + offset, np.ones_like(slope), np.zeros_like(offset)
    weights = [np.asarray(w, np.float64) for w in mlp.coefs_]
    biases = [np.asarray(b, np.float64) for b in mlp.intercepts_]
    biases[0] = biases[0] + offset @ weights[0]
    weights[0] = slope[:, None] * weights[0]
    hidden = [ACTIVATIONS[mlp.activation]] * (len(weights) - 1)
    last = ACTIVATIONS[mlp.out_activation_] if output == "probabilities" else IDENTITY
    layers = list(zip(weights, biases, [*hidden, last], strict=True))
    _warn_if_coarse(name, data, layers)
    return _build(name, data, layers, output, batch=1)


def _take_apart(estimator: Any, output: Output) -> tuple[list[Any], Any]:
    """(scalers, perceptron) of a fitted, supported estimator."""
    try:
        from sklearn.exceptions import NotFittedError
        from sklearn.neural_network import MLPClassifier, MLPRegressor
        from sklearn.pipeline import Pipeline
        from sklearn.utils.validation import check_is_fitted
    except ImportError as e:
        raise MissingTool('scikit-learn is not installed, from_sklearn needs it: pip install "lapel[sklearn]"') from e
    steps = [s for _, s in estimator.steps] if isinstance(estimator, Pipeline) else [estimator]
    *scalers, mlp = steps
    scalers = [s for s in scalers if s is not None and not isinstance(s, str)]  # "passthrough"
    where = type(estimator).__name__
    if not isinstance(mlp, (MLPClassifier, MLPRegressor)):
        found = "is" if len(steps) == 1 else "ends in"
        raise UnsupportedModel(
            where, [f"{found} {_kind(mlp)}, expected MLPClassifier or MLPRegressor: train one of these"]
        )
    problems = [p for s in scalers for p in _scaler_problems(s)]
    if mlp.activation not in ACTIVATIONS or mlp.activation == "softmax":
        expected = ", ".join(a for a in ACTIVATIONS if a != "softmax")
        problems.append(f"hidden activation is {mlp.activation!r}, expected one of {expected}")
    loss = getattr(mlp, "loss", "squared_error")
    if isinstance(mlp, MLPRegressor) and loss != "squared_error":
        problems.append(f"loss is {loss!r}, expected 'squared_error', whose output is linear: train with that")
    if output == "probabilities" and not isinstance(mlp, MLPClassifier):
        problems.append(f"{_kind(mlp)} has no probabilities, expected a classifier: use output='logits'")
    if problems:
        raise UnsupportedModel(where, problems)
    for step in (*scalers, mlp):
        try:
            check_is_fitted(step)
        except NotFittedError as e:
            raise InputError(f"{where}: {_kind(step)} is not fitted, expected a fitted one: call fit first") from e
    return scalers, mlp


def _kind(step: Any) -> str:
    return step if isinstance(step, str) else type(step).__name__


def _scaler_problems(step: Any) -> list[str]:
    if type(step).__name__ not in SCALERS or not type(step).__module__.startswith("sklearn."):
        expected = ", ".join(SCALERS)
        return [f"step {_kind(step)} is not affine, expected {expected}: apply it to the data before the model"]
    if getattr(step, "clip", False):
        return [f"step {_kind(step)} has clip=True, which is not affine: use clip=False"]
    return []


def _standard(step: Any, n: int) -> tuple[np.ndarray, np.ndarray]:
    slope = 1 / step.scale_ if step.with_std else np.ones(n)
    return slope, -step.mean_ * slope if step.with_mean else np.zeros(n)


def _robust(step: Any, n: int) -> tuple[np.ndarray, np.ndarray]:
    slope = 1 / step.scale_ if step.with_scaling else np.ones(n)
    return slope, -step.center_ * slope if step.with_centering else np.zeros(n)


SCALERS: Mapping[str, Callable[[Any, int], tuple[np.ndarray, np.ndarray]]] = {
    "StandardScaler": _standard,
    "MinMaxScaler": lambda step, n: (step.scale_, step.min_),
    "MaxAbsScaler": lambda step, n: (1 / step.scale_, np.zeros(n)),
    "RobustScaler": _robust,
}
"""Class -> (slope, offset) of a fitted one, per feature, in float64."""


def _compose(steps: Sequence[Any], n: int) -> tuple[np.ndarray, np.ndarray]:
    """(slope, offset) of all scalers in sequence."""
    slope, offset = np.ones(n), np.zeros(n)
    for step in steps:
        a, b = (np.asarray(v, np.float64) for v in SCALERS[type(step).__name__](step, n))
        slope, offset = a * slope, a * offset + b
    return slope, offset


def _check_calibration(calibration: np.ndarray, features: int) -> np.ndarray:
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
    return data


def _build(name: str, data: np.ndarray, layers: Sequence[Layer], output: str, batch: int) -> Graph:
    x = Tensor("features", Type((batch, data.shape[1]), "int8", activation_quant(data)))
    tensors, nodes, first = [x], [], x.name
    for k, layer in enumerate(layers):
        end = output if k == len(layers) - 1 else f"hidden_{k}"
        made, added = _build_layer(f"dense_{k}", end, x, data, layer)
        tensors += made
        nodes += added
        x, data = made[-1], layer[2].compute(data @ layer[0] + layer[1])
    return verify(Graph(name, tuple(nodes), {t.name: t for t in tensors}, (first,), (x.name,)))


def _build_layer(stem: str, end: str, x: Tensor, data: np.ndarray, layer: Layer) -> tuple[list[Tensor], list[Node]]:
    """Tensors (the layer's output last) and nodes of one layer; `data` is its input for each sample."""
    w, b, activation = layer
    weight, bias = quantize_layer(stem, w, b, x.type.scale, data)
    sums = data @ w + b
    seen = np.clip(sums, -activation.reach, activation.reach) if activation.node else activation.compute(sums)
    shape = (x.type.shape[0], w.shape[1])
    y = Tensor(f"{stem}/sums" if activation.node else end, Type(shape, "int8", activation_quant(seen)))
    attrs = {"activation": activation.fused, "keep_dims": False, "rounding": "double"}
    tensors, nodes = (
        [weight, bias, y],
        [Node("dense", stem, (x.name, weight.name, bias.name), (y.name,), attrs)],
    )
    if activation.node:
        tensors.append(Tensor(end, Type(shape, "int8", activation.quant)))
        nodes.append(Node(activation.node, end, (y.name,), (end,), activation.attrs or {}))
    return tensors, nodes


def activation_quant(values: np.ndarray) -> Quant:
    """int8 scale and zero point whose range covers the values and 0."""
    lo, hi = min(0.0, float(values.min())), max(0.0, float(values.max()))
    scale = float(np.float32((hi - lo) / 255)) or 1.0
    return Quant((scale,), (int(np.clip(round(-128 - lo / scale), -128, 127)),))


def quantize_layer(
    stem: str, w: np.ndarray, b: np.ndarray, x_scale: float, inputs: np.ndarray
) -> tuple[Tensor, Tensor]:
    """(weights int8 [O, K], bias int32 [O]) of float weights [K, O] and biases; a symmetric scale an output.

    The bias takes up what rounding the weights changes on average over `inputs` [n, K].
    """
    least = np.abs(b) / (x_scale * BIAS_LIMIT)
    scales = np.maximum(weight_scales(w, inputs.var(axis=0)), 2 * least)
    scales = np.where(scales > 0, scales, 1.0).astype(np.float32).astype(np.float64)
    q = np.clip(np.rint(w / scales), -127, 127)
    b = b + inputs.mean(axis=0) @ (w - q * scales)
    q_bias = np.clip(np.rint(b / (x_scale * scales)), -BIAS_LIMIT, BIAS_LIMIT).astype(np.int32)
    bias_scales = (np.float32(x_scale) * scales.astype(np.float32)).tolist()
    zeros = (0,) * len(b)
    weight = Type(w.T.shape, "int8", Quant(tuple(scales.tolist()), zeros, 0))
    bias = Type(q_bias.shape, "int32", Quant(tuple(bias_scales), zeros, 0))
    return Tensor(f"{stem}/weights", weight, _int8(q.T)), Tensor(f"{stem}/bias", bias, q_bias)


def weight_scales(w: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """float64 [O]: of 33 scales from max|w|/127 down to 1/256 of it, what disturbs the sums least.

    Scales below the first clip the largest weights, which pays where these belong to inputs that hardly vary.
    """
    widest = np.abs(w).max(axis=0) / 127
    best, least = widest, np.full(w.shape[1], np.inf)
    for scale in (widest * 2 ** (-i / 4) for i in range(33)):
        safe = np.where(scale > 0, scale, 1.0)
        error = variance @ (w - np.clip(np.rint(w / safe), -127, 127) * safe) ** 2
        best, least = np.where(error < least, scale, best), np.minimum(error, least)
    return best


def _int8(values: np.ndarray) -> np.ndarray:
    return values.astype(np.int8)


def _warn_if_coarse(name: str, data: np.ndarray, layers: Sequence[Layer]) -> None:
    """Compare the int8 sums of the last layer with the float ones on calibration data."""
    sample = data[:WARN_SAMPLES]
    plain = [*layers[:-1], (*layers[-1][:2], IDENTITY)]
    graph = _build(name, data, plain, "logits", batch=len(sample))
    x, y = graph.tensors[graph.inputs[0]].type, graph.tensors[graph.outputs[0]].type
    q = _int8(np.clip(np.rint(sample / x.scale) + x.zero, -128, 127))
    found = (evaluate(graph, {graph.inputs[0]: q})[graph.outputs[0]].astype(np.int64) - y.zero) * y.scale
    want = sample
    for w, b, activation in plain:
        want = activation.compute(want @ w + b)
    error = float(np.sqrt(np.mean((found - want) ** 2)) / max(float(want.std()), y.scale))
    if error > WARN_ERROR:
        warnings.warn(
            f"{name}: int8 outputs are off by {error:.0%} of their standard deviation on the samples, "
            f"expected at most {WARN_ERROR:.0%}: if features differ in range, scale the data first "
            "(fold_scalers=False, or a scaler fitted beforehand)",
            stacklevel=3,
        )


def _refuse(data: bytes, name: str) -> NoReturn:
    raise UsageError(
        f"{name}: found a pickled Python object, expected a model file: a pickle can run any code and holds "
        "no calibration data, so load it yourself and call lapel.frontends.sklearn.from_sklearn"
    )


FORMAT = Format(
    name="scikit-learn",
    suffixes=(".pkl", ".pickle", ".joblib"),
    matches=lambda head: head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"),
    read=_refuse,
)

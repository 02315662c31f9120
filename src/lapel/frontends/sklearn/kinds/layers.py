"""Linear models and perceptrons: dense layers in int8, quantized from what the calibration data produces.

Where one int8 scale for all features is good enough, the scalers are folded into the first layer; where features
differ in range by orders of magnitude it is not, and the model takes float32, which it scales and quantizes feature by
feature. What is good enough is measured: both are compared with the float model on the calibration data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from lapel.errors import UsageError
from lapel.frontends._calibration import lost
from lapel.frontends.sklearn.asked import Asked, Input, Output
from lapel.frontends.sklearn.layers import after_affine, compute
from lapel.frontends.sklearn.parts import parts_of
from lapel.frontends.sklearn.quantize import Network, float_graph, int8_graph
from lapel.ir import Graph, Origin, Task
from lapel.ir.origin import Agreement
from lapel.ops import evaluate
from lapel.records import LOUD_LOSS

Builder = Callable[..., Graph]
"""(name, network, name of the output, batch) -> graph."""

TAKES = ("accumulators",)
"""Options of `from_sklearn` that other kinds have not."""
MEASURED_SAMPLES = 1024


def convert(asked: Asked) -> Graph:
    """The estimator as an int8 graph of batch 1."""
    if asked.input == "int16":
        raise UsageError("input is 'int16', which trees have, and layers have not: use 'int8', 'float' or 'auto'")
    if asked.votes is not None:
        raise UsageError("votes are of trees, and layers have none: leave them out")
    parts = parts_of(asked.steps, asked.last, asked.form, asked.probabilities)
    name, output, input, data = asked.name, asked.output, asked.input, asked.data
    if input == "scaled":
        network = Network(parts.layers, data * parts.slope + parts.offset, asked.accumulators)
    else:
        network = Network(after_affine(parts.layers, parts.slope, parts.offset), data, asked.accumulators)
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
        return lost(_evaluate(graph, sample), want, _threshold(output), task)

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

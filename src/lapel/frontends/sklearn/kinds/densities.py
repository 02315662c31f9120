"""Models of normal distributions: logarithms of densities in integers, feature by feature or with their covariances."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.building import GraphBuilder
from lapel.ensembles import grid_of
from lapel.errors import UnsupportedModel, UsageError
from lapel.frontends._calibration import loss_warnings, lost
from lapel.frontends.sklearn.asked import Asked
from lapel.frontends.sklearn.densities import Densities, Fixed, write
from lapel.frontends.sklearn.encoded import Encoded, of_quant
from lapel.frontends.sklearn.parts import affines_of, compose
from lapel.frontends.sklearn.quantize import feature_ranges
from lapel.ir import Graph, Origin
from lapel.ir.origin import Agreement
from lapel.ops import evaluate

DTYPES = {"auto": "auto", "int8": "int8", "int16": "int16", "float": "float32"}
MEASURED_SAMPLES = 1024
STEPS = 2047
"""Of a feature's range in the calibration data, to either side; twice as far is still told apart."""
FINE = {"int8": 4, "int16": 0}
BITS = (7, 6, 5, 4, 3, 2, 1)
"""Of a deviation, the finest first: the coarser ones reach farther."""
ALIKE = 0.005
"""What two resolutions may lose more and less by chance."""


def convert(asked: Asked) -> Graph:
    """The estimator as a graph of batch 1."""
    if asked.input not in DTYPES:
        raise UsageError(f"input is {asked.input!r}, and distributions fold scalers into themselves: use 'auto'")
    densities, classes = _densities(asked), asked.form.classes(asked.last)
    if asked.outliers is not None:
        densities, classes = _detector(densities, asked.data, asked.outliers), (-1, 1)
    at = np.linspace(0, len(asked.data) - 1, min(len(asked.data), MEASURED_SAMPLES)).astype(np.intp)
    loss, graph = _best(asked, densities, asked.data[at])
    origin = Origin(
        task=asked.task,
        classes=classes,
        features=asked.features,
        numbers=True,
        scores=densities.compute,
        warnings=loss_warnings(loss, len(at), asked.task, "scale the features, or look for those that hardly vary"),
        agreement=Agreement(1 - loss, "classes", len(at)),
    )
    return replace(graph, origin=origin)


def _densities(asked: Asked) -> Densities:
    """Of raw features; raises UnsupportedModel where a step mixes these."""
    n = int((*asked.steps, asked.last)[0].n_features_in_)
    affines = affines_of(asked.steps, n)
    mixing = [type(s).__name__ for s, a in zip(asked.steps, affines, strict=True) if a.mixes]
    if mixing:
        problem = f"step {mixing[0]} mixes features, expected scalers: apply it to the data before the model"
        raise UnsupportedModel(type(asked.last).__name__, [problem])
    slope, offset = compose(affines, n)
    made: Densities = asked.form.parts(asked.last, asked.probabilities)
    return made.behind(slope, offset)


def _detector(densities: Densities, data: np.ndarray, share: float) -> Densities:
    """One score, below zero for this share of the data."""
    one = replace(densities, mixed=True)
    return one.moved(-float(np.quantile(one.compute(data), share)))


def _best(asked: Asked, densities: Densities, sample: np.ndarray) -> tuple[float, Graph]:
    """(what is lost, the graph) of the resolution that loses least; of those that are alike the finest."""
    encoded = _encoded(asked)
    reach = {"int8": 255 << FINE["int8"], "int16": 4 * STEPS + 3 if encoded.quant is None else 2**15 - 1}
    fixed = Fixed(BITS[0], FINE[encoded.dtype], reach[encoded.dtype])
    want = densities.compute(sample)
    found: dict[int, float] = {}
    for bits in BITS:
        try:
            graph = _graph(asked.name, densities, encoded, replace(fixed, bits=bits), len(sample))
        except OverflowError:
            continue
        found[bits] = lost(_scores(graph, encoded, sample), want, 0.0, asked.task)
        if found[bits] <= ALIKE:
            break
    if not found:
        problem = "its logarithms of densities leave 31 bits, expected features that vary more: scale them"
        raise UnsupportedModel(type(asked.last).__name__, [problem])
    least = min(found.values())
    bits = next(bits for bits, loss in found.items() if loss <= least + ALIKE)
    return found[bits], _graph(asked.name, densities, encoded, replace(fixed, bits=bits), 1)


def _encoded(asked: Asked) -> Encoded:
    grid = grid_of(asked.data, DTYPES[asked.input])
    if grid.dtype != "float32":
        return of_quant(grid.dtype, grid.scale, grid.zero, asked.data.shape[1])
    centre, slope = feature_ranges(asked.data)
    return Encoded("int16", None, centre.astype(np.float64), (slope * np.float32(STEPS / 127)).astype(np.float64))


def _graph(name: str, densities: Densities, encoded: Encoded, fixed: Fixed, batch: int) -> Graph:
    b = GraphBuilder(name)
    x = encoded.add(b, batch)
    return b.graph(write(b, x, densities, encoded, fixed))


def _scores(graph: Graph, encoded: Encoded, sample: np.ndarray) -> np.ndarray:
    given = encoded.given(encoded.codes(sample), sample)
    y = graph.tensors[graph.results[0]].type
    return np.asarray(evaluate(graph, {graph.arguments[0]: given})[graph.results[0]].astype(np.float64) * y.scale)

"""`predict`: what a model says to samples, as its estimator would say it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from lapel.errors import LapelWarning, Mismatch
from lapel.frontends import Model
from lapel.ir import Graph
from lapel.proving import scoring
from lapel.proving.inputs import take
from lapel.proving.layouts import to_user, users_type
from lapel.proving.models import load
from lapel.proving.notices import notices
from lapel.proving.run import reference_outputs, run
from lapel.proving.samples import Samples, check_sequences
from lapel.targets import Target


def predict(
    model: Model,
    inputs: Any,
    *,
    target: str | Target | None = None,
    scores: bool = False,
    reset_every: int | None = None,
    calibration: Any = None,
    timeout_s: float = 600.0,
    warn: Callable[[str], None] | None = None,
) -> np.ndarray | dict[str, np.ndarray]:
    """What the model says to samples: by the reference arithmetic, or by its firmware on a target, which is the same.

    A model that knows its classes says the label of each sample (N,); of a multilabel model, flags (N, K). A
    regression of one output says numbers (N,). Any other model, and any with scores=True, says the real numbers that
    its outputs stand for, float64 (N, outputs…) with the model's own batch axis of one left out, by name if there are
    several outputs; images among them have their axes as the user's model has them, channels first if that does. model,
    calibration: see `lapel.load`; inputs, reset_every: see `lapel.run`; timeout_s: host seconds. warn: called with each
    sentence that a user has to know about the model and the samples, which elsewhere are a record's `warnings`; by
    default each is a Python warning, of the class `lapel.errors.LapelWarning`.

    Raises what `lapel.run` raises, and Mismatch should the firmware ever differ from the reference.
    """
    graph = load(model, calibration)
    if target is None:
        given = take(graph, inputs)
        check_sequences(graph, len(next(iter(given.samples.values()))), reset_every)
        outputs = reference_outputs(graph, given.samples, reset_every)
        said = (*notices(graph), *given.warnings)
    else:
        result = run(graph, target, inputs, reset_every=reset_every, timeout_s=timeout_s)
        if not result.bit_exact:
            raise Mismatch(f"{graph.name} on {result.target} differs from the reference: lapel diff says where")
        outputs, said = result.outputs, result.warnings
    for sentence in said:
        if warn is None:
            warnings.warn(sentence, LapelWarning, stacklevel=2)
        else:
            warn(sentence)
    if not scores and graph.origin.task in ("classification", "multilabel"):
        return _labels(graph, outputs)
    numbers = {o: _numbers(graph, o, y) for o, y in outputs.items()}
    if len(numbers) > 1:
        return numbers
    found = next(iter(numbers.values()))
    one = graph.origin.task == "regression" and not scores and found.ndim == 2 and found.shape[1] == 1
    return found[:, 0] if one else found


def _labels(graph: Graph, outputs: Samples) -> np.ndarray:
    found = scoring.classes(graph, scoring.real_outputs(graph, outputs))
    return found if graph.origin.task == "multilabel" or not graph.classes else np.array(graph.classes)[found]


def _numbers(graph: Graph, name: str, y: np.ndarray) -> np.ndarray:
    """(N, 1, …) integers -> (N, …) numbers."""
    t = graph.tensors[name].type
    values = y if t.quant is None or t.quant.axis is not None else (y.astype(np.float64) - t.zero) * t.scale
    values, shape = to_user(graph, name, values), users_type(graph, name).shape
    return values.reshape(len(y), *shape[1:]) if shape and shape[0] == 1 and len(shape) > 1 else values

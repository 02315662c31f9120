"""`quantize`: a float model and calibration data -> the integer model, compared layer by layer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lapel.errors import InputError, UnsupportedModel, UsageError, shown
from lapel.frontends import Model, load
from lapel.ir import Graph, Origin
from lapel.ir.origin import Agreement
from lapel.ir.signature import is_float
from lapel.proving import scoring
from lapel.proving.beside import float_scores
from lapel.proving.calibration import check_results, check_samples, few, unlike
from lapel.proving.fidelity import Fidelity, Measured
from lapel.proving.inputs import take
from lapel.proving.remedies import try_remedies, verdict, widen
from lapel.proving.run import Progress
from lapel.quantization.calibrated import Calibrated
from lapel.quantization.observers import observer_named
from lapel.records import Quantized
from lapel.wish import AS_IT_COMES, Quantization

HELD_EVERY, HELD_LEAST = 5, 20
"""Every so many samples is held back, where there are that many."""


def quantize(
    model: Model,
    data: Any,
    wish: Quantization = AS_IT_COMES,
    *,
    labels: Any = None,
    name: str | None = None,
    progress: Progress = lambda stage: None,
) -> Quantized:
    """Quantize a float model after training.

    model: see `lapel.load`. data: samples like those that the model will see, as `lapel.predict` takes them; of a model
    with state one sequence. wish: see `lapel.Quantization`. labels: of the samples, as `lapel.run` takes them; without
    them, results are compared with the float model's. progress: called with each stage's name.

    The result has the integer graph, and what became of each layer. Raises InputError for data or labels that do not
    fit, are not finite or are none, UsageError for a model that is quantized already and an accuracy_loss where none is
    known, UnsupportedModel for one that has weights which are no numbers, or that kernels cannot compute.
    """
    if not isinstance(wish, Quantization):
        raise UsageError(f"wish is of type {type(wish).__name__}, expected a lapel.Quantization: how to quantize")
    observer_named(wish.observer)
    graph = load(model, name=name)
    check_float(graph)
    if data is None:
        raise InputError(f"{graph.name}: no calibration data was given, expected samples: give some like its inputs")
    given = take(graph, data)
    check_samples(graph, given.samples)
    samples, count = given.samples, len(next(iter(given.samples.values())))
    targets = None if labels is None else scoring.targets(graph, labels, count)
    held = _held(graph, count)
    progress(f"running the float model on {count:,} samples")
    fidelity = Fidelity(graph, samples, held if held.any() else ~held, targets, progress)
    check_results(graph, fidelity)
    calibrated = Calibrated(graph, {n: x[~held] for n, x in samples.items()} if held.any() else samples)
    said = (*given.warnings, *few(samples), *unlike(fidelity, targets))
    return _Case(calibrated, fidelity, wish, held, said).quantized()


@dataclass(frozen=True, eq=False)
class _Case:
    """A calibrated float graph, and what is known before it is quantized."""

    calibrated: Calibrated
    fidelity: Fidelity
    wish: Quantization
    held: np.ndarray
    warnings: tuple[str, ...]

    def quantized(self) -> Quantized:
        """The result, with the remedies that were asked for, or tried."""
        graph, wish, fidelity = self.calibrated.graph, self.wish, self.fidelity
        fidelity.progress("quantizing")
        made = self.calibrated.quantized(wish)
        source = self.calibrated.source(wish)
        found, alone = fidelity.measure(made), fidelity.alone(made, source)
        wide, warnings = tuple[str, ...](), list(self.warnings)
        if wish.accuracy_loss is not None and found.loss is None:
            raise UsageError(f"{graph.name}: accuracy_loss is {wish.accuracy_loss:g}, but {_unknown(graph)}")
        if wish.accuracy_loss is not None and (found.loss or 0.0) > wish.accuracy_loss / 100:
            made, found, wide, said = widen(self.calibrated, fidelity, wish, alone, (made, found))
            warnings += said
        remedies, hints = try_remedies(self.calibrated, fidelity, wish, found)
        return Quantized(
            model=graph.name,
            wish=wish,
            samples=len(self.held),
            held_back=int(self.held.sum()),
            sqnr_db=found.sqnr_db,
            layers=fidelity.layers(made, source, alone),
            float_bytes=_constant_bytes(graph),
            integer_bytes=_constant_bytes(made),
            graph=replace(made, origin=self._origin(found)),
            score=found.score,
            float_score=fidelity.float_score,
            agreement=found.agreement,
            wide=wide,
            notes=(*graph.origin.warnings, *source.notes),
            remedies=remedies,
            warnings=(*warnings, *verdict(found, fidelity.float_score, alone), *hints),
        )

    def _origin(self, found: Measured) -> Origin:
        """That of the float graph, which the integer one is compared with from now on."""
        graph, score, agreement = self.calibrated.graph, found.agreement, None
        if score is not None and score.share is not None:
            agreement = Agreement(score.share, "numbers" if score.accuracy is None else "classes", len(self.held))
        return replace(graph.origin, scores=float_scores(graph), agreement=agreement, warnings=())


def _unknown(graph: Graph) -> str:
    """Why nobody knows what is lost."""
    if len(graph.results) > 1:
        return f"accuracy is that of one output, found {len(graph.results)}: leave it out"
    return "R² is not defined where labels or the float model's outputs are all the same: give other samples"


def _held(graph: Graph, count: int) -> np.ndarray:
    """bool [N]: the samples that are held back; none of a sequence, and of few."""
    if graph.carries or count < HELD_LEAST:
        return np.zeros(count, bool)
    return np.arange(count) % HELD_EVERY == HELD_EVERY - 1


def _constant_bytes(graph: Graph) -> int:
    return sum(t.type.bytes for t in graph.tensors.values() if t.data is not None)


def check_float(graph: Graph) -> None:
    """Raise UsageError for a graph that is no float one, UnsupportedModel for one whose constants are not finite."""
    done = [n for n, t in graph.tensors.items() if t.type.quant is not None]
    if done:
        found = f"{len(done)} of {len(graph.tensors)} tensors are quantized already ({shown(done[0])!r})"
        raise UsageError(f"{graph.name}: {found}, expected a float model: give the one that it was made from")
    if not graph.arguments:
        raise UsageError(f"{graph.name} has no inputs, expected some: a constant cannot be quantized by data")
    floats = [t for t in graph.tensors.values() if t.data is not None and is_float(t.type)]
    bad = [t.name for t in floats if t.data is not None and not np.isfinite(t.data).all()]
    if bad:
        cause = "has NaN or infinite values, expected finite numbers: train again"
        raise UnsupportedModel(graph.name, [f"constant {shown(n)!r} {cause}" for n in bad])

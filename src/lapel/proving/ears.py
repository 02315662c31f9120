"""`Ears`: a streaming graph from samples to scores, its detector, and what is known of its front end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lapel.audio.detector import make_detector
from lapel.audio.files import RATE_HZ
from lapel.audio.listener import step_samples
from lapel.frontends import Model
from lapel.ir import Graph
from lapel.proving.models import load
from lapel.records import Detector


@dataclass(frozen=True, eq=False)
class Ears:
    """What listens.

    graph: from the samples of a step to scores. front: the streaming front end alone, None where the model takes
    samples itself; features: the tensor of the graph that it makes.
    """

    graph: Graph
    detector: Detector
    rate_hz: int
    front: Graph | None = None
    features: str = ""


def take(
    model: Model,
    detector: Detector | None = None,
    *,
    words: Sequence[str] = (),
    calibration: Any = None,
    **numbers: Any,
) -> Ears:
    """Ears of a model that takes samples, with this detector, or one of these words and numbers.

    words: names of the model's first outputs; its classes if not given, or its own name. numbers: see
    `lapel.audio.detector.make_detector`.

    Raises UsageError if it cannot listen, or not for these words.
    """
    graph = load(model, calibration)
    size = step_samples(graph)
    if detector is None:
        detector = make_detector(words or words_of(graph), size / RATE_HZ, **numbers)
    step_samples(graph, detector)
    return Ears(graph, detector, RATE_HZ)


def words_of(graph: Graph) -> Sequence[str]:
    """The names of a graph's outputs: its classes, or the model's own name for a single one."""
    count = graph.tensors[graph.results[0]].type.size
    if len(graph.classes) == count:
        return [str(c) for c in graph.classes]
    return [graph.name] if count == 1 else [f"{graph.name} {k}" for k in range(count)]

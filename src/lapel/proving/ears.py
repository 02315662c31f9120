"""`Ears`: a streaming graph from samples to scores, its detector, and what is known of its front end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lapel.audio import frontend
from lapel.audio.chain import PREFIX, chain
from lapel.audio.detector import make_detector
from lapel.audio.files import RATE_HZ
from lapel.audio.listener import step_samples
from lapel.audio.mode import FEATURES
from lapel.codegen.listen import Hearing
from lapel.errors import UsageError, shown
from lapel.frontends import Model
from lapel.ir import Graph
from lapel.proving.models import load
from lapel.records import Detector
from lapel.records.frontend import FrontEnd


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

    @property
    def hearing(self) -> Hearing:
        """What codegen writes down of it."""
        return Hearing(self.detector, self.rate_hz)


def take(
    model: Model,
    detector: Detector | None = None,
    *,
    front: FrontEnd | str | None = None,
    words: Sequence[str] = (),
    calibration: Any = None,
    **numbers: Any,
) -> Ears:
    """Ears of a model, with this detector, or one of these words and numbers.

    front: what makes the features that the model takes, or its mode; None for a model that takes samples. words: names
    of the model's first outputs; its classes if not given, or its own name. numbers: see
    `lapel.audio.detector.make_detector`.

    Raises UsageError if it cannot listen, or not for these words; InputError if it takes other features.
    """
    graph = load(model, calibration)
    made, features, rate_hz = None, "", RATE_HZ
    if front is not None:
        front = frontend.make(front) if isinstance(front, str) else front
        rate_hz = front.sample_rate_hz
        made, features = frontend.streaming(front), PREFIX + FEATURES
        graph = chain(front, _streaming(graph))
    size = step_samples(graph)
    if detector is None:
        detector = make_detector(words or words_of(graph), size / rate_hz, **numbers)
    step_samples(graph, detector)
    return Ears(graph, detector, rate_hz, made, features)


def _streaming(graph: Graph) -> Graph:
    """A model with a state, which takes new frames alone."""
    if not graph.carries:
        raise UsageError(
            f"{shown(graph.name)} has no state and takes whole clips, expected a streaming model to listen: one that "
            "takes new frames and keeps the rest"
        )
    return graph


def words_of(graph: Graph) -> Sequence[str]:
    """The names of a graph's outputs: its classes, or the model's own name for a single one."""
    count = graph.tensors[graph.results[0]].type.size
    if len(graph.classes) == count:
        return [str(c) for c in graph.classes]
    return [graph.name] if count == 1 else [f"{graph.name} {k}" for k in range(count)]

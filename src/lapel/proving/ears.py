"""`Ears`: a streaming graph from samples to scores, its detector, and what is known of its front end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lapel.audio import frontend
from lapel.audio.chain import chain
from lapel.audio.detector import make_detector
from lapel.audio.feeding import PREFIX
from lapel.audio.files import RATE_HZ
from lapel.audio.listener import step_samples
from lapel.audio.mode import FEATURES
from lapel.codegen.listen import Hearing
from lapel.errors import UsageError
from lapel.frontends import Model
from lapel.ir import Graph
from lapel.proving.models import load
from lapel.proving.streaming import streaming
from lapel.records import Detector, Streaming
from lapel.records.frontend import FrontEnd


@dataclass(frozen=True, eq=False)
class Ears:
    """What listens.

    graph: from the samples of a step to scores. front: the streaming front end alone, None where the model takes
    samples itself; features: the tensor of the graph that it makes. settling_steps: steps after a reset in which a
    network over windows does not yet see a whole one.
    """

    graph: Graph
    detector: Detector
    rate_hz: int
    front: Graph | None = None
    features: str = ""
    settling_steps: int = 0
    warnings: tuple[str, ...] = ()

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
    """Ears of a model, with this detector, or one of these words and numbers; or of a trained wake word.

    model: see `lapel.load`, or the .json file of a wake word, which names its model and has its front end and detector.
    front: what makes the features that the model takes, or its mode; None for a model that takes samples. A network
    over windows becomes a stream of them (`lapel.streaming`). words: names of the model's first outputs; its classes if
    not given, or its own name. numbers: see `lapel.audio.detector.make_detector`; the warm-up is at least the stream's.

    Raises UsageError if it cannot listen, or not for these words; InputError if it takes other features; and what
    `lapel.streaming` raises.
    """
    if isinstance(model, str | Path) and Path(model).suffix == ".json":
        if detector is not None or front is not None or words or numbers:
            raise UsageError(f"{model} is a wake word, which has its own front end and detector: give no others")
        from lapel.proving.wakeword import read_wakeword  # which takes ears itself

        return read_wakeword(model)
    graph = load(model, calibration)
    if front is None:
        size = step_samples(graph)
        return _ears(Ears(graph, detector or _detector(graph, size / RATE_HZ, 0, words, numbers), RATE_HZ))
    front = frontend.make(front) if isinstance(front, str) else front
    stream = None if graph.carries else streaming(graph)
    chained = chain(front, graph if stream is None else _graph(stream))
    step_s = step_samples(chained) / front.sample_rate_hz
    settling = 0 if stream is None else stream.warmup_steps + math.ceil(front.window_ms / (1000 * step_s))
    return _ears(
        Ears(
            graph=chained,
            detector=detector or _detector(chained, step_s, settling, words, numbers),
            rate_hz=front.sample_rate_hz,
            front=frontend.streaming(front),
            features=PREFIX + FEATURES,
            settling_steps=settling,
            warnings=() if stream is None else stream.warnings,
        )
    )


def _graph(stream: Streaming) -> Graph:
    assert isinstance(stream.graph, Graph)
    return stream.graph


def _detector(graph: Graph, step_s: float, settling: int, words: Sequence[str], numbers: dict[str, Any]) -> Detector:
    count = graph.tensors[graph.results[0]].type.size
    if len(words) > count:
        scores = f"{count} score{'s' * (count != 1)}"
        raise UsageError(f"{len(words)} words are named, {graph.name} has {scores}: name so many")
    made = make_detector(words or words_of(graph), step_s, **numbers)
    return replace(made, warmup_steps=max(made.warmup_steps, settling))


def _ears(found: Ears) -> Ears:
    """With what its detector means for it said. Raises UsageError where that is another model's."""
    step_samples(found.graph, found.detector)
    if found.detector.warmup_steps >= found.settling_steps:
        return found
    said = (
        f"the detector's warm-up is {found.detector.warmup_steps} steps, and scores are the network's after "
        f"{found.settling_steps}: the first detections may be none"
    )
    return replace(found, warnings=(*found.warnings, said))


def words_of(graph: Graph) -> Sequence[str]:
    """The names of a graph's outputs: its classes, or the model's own name for a single one."""
    count = graph.tensors[graph.results[0]].type.size
    if len(graph.classes) == count:
        return [str(c) for c in graph.classes]
    return [graph.name] if count == 1 else [f"{graph.name} {k}" for k in range(count)]

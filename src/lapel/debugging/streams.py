"""Recordings of a sensor as a model's calls, one after the other: sound, by the model's own front end."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lapel.audio.files import RATE_HZ, read_sound
from lapel.errors import UsageError, shown
from lapel.ir import Graph
from lapel.proving import ears
from lapel.records.frontend import FrontEnd


def recorded(graph: Graph, path: Path, front: FrontEnd | None) -> tuple[Graph, np.ndarray]:
    """A model that takes samples, and those of each of its steps, int16 [steps, *shape]; what is left over is not in.

    front: what makes the features that the model takes. Raises what `lapel.listen` raises of models and recordings.
    """
    made, rate_hz = (graph, RATE_HZ) if front is None else _hearing(graph, front)
    t = made.tensors[made.arguments[0]].type
    if len(made.arguments) != 1 or t.dtype != "int16":
        found = ", ".join(str(made.tensors[n].type) for n in made.arguments)
        raise UsageError(f"{shown(made.name)} takes {found}, expected samples as int16: say --front, or give an array")
    samples = read_sound(path, rate_hz, t.size).samples
    steps = len(samples) // t.size
    return made, samples[: steps * t.size].reshape(steps, *t.shape)


def _hearing(graph: Graph, front: FrontEnd) -> tuple[Graph, int]:
    """The model behind its front end; nobody asks what its scores are called."""
    made = ears.take(graph, front=front, words=("watched",))
    return made.graph, made.rate_hz

"""`<name>_listen` in Python: samples, as many as come, through a streaming graph and a detector; the definition.

A graph can listen if it has one argument, int16 samples of a step, and one result, int8 or uint8 scores. A step is one
call of it. Samples wait until a step is full.
"""

from __future__ import annotations

import math

import numpy as np

from lapel.audio.detector import Detecting, to_scores
from lapel.errors import InputError, UsageError, shown
from lapel.ir import Graph
from lapel.ops import evaluate, initial_states
from lapel.records.detector import Detector, Event

MOST_GAP = 65535
"""Samples; a longer gap resets also where the warm-up is longer: what the smallest cores count with."""


def step_samples(graph: Graph, detector: Detector | None = None) -> int:
    """How many samples a step of the graph takes. Raises UsageError if it cannot listen, or not for these words."""
    name = shown(graph.name)
    if len(graph.arguments) != 1 or len(graph.results) != 1:
        raise UsageError(
            f"{name} has {len(graph.arguments)} inputs and {len(graph.results)} outputs, expected one of each to "
            "listen: samples in, scores out"
        )
    x, y = graph.tensors[graph.arguments[0]].type, graph.tensors[graph.results[0]].type
    if x.dtype != "int16" or (x.quant is not None and x.zero != 0):
        raise UsageError(
            f"{name} takes {x}, expected samples as int16 to listen: put a front end before it "
            "(--front, or lapel.audio.chain)"
        )
    if y.dtype not in ("int8", "uint8"):
        raise UsageError(f"{name} gives {y}, expected scores as int8 or uint8 to listen: quantize its output")
    if detector is not None and max(detector.outputs) >= y.size:
        raise UsageError(
            f"the detector reads output {max(detector.outputs)} of {name}, which has {y.size}: is it this model's?"
        )
    return x.size


def gap_samples(detector: Detector, step: int) -> int:
    """From how many lost samples on a gap resets; fewer are taken as zeros."""
    return min(max(1, detector.warmup_steps) * step, MOST_GAP)


class Listener:
    """A model that listens. scores: uint8, a row for each step so far."""

    def __init__(self, graph: Graph, detector: Detector) -> None:
        self.step_samples = step_samples(graph, detector)
        self.scores: list[np.ndarray] = []
        self._graph = graph
        self._gap = gap_samples(detector, self.step_samples)
        self._detecting = Detecting(detector)
        self.reset()

    def reset(self) -> None:
        """As at the start of the program."""
        self._states = initial_states(self._graph)
        self._detecting.reset()
        self._waiting = np.zeros(0, np.int16)
        self.scores.clear()

    def listen(self, samples: np.ndarray) -> tuple[Event, ...]:
        """The events of the steps that these samples fill. samples: int16 [count]. Raises InputError."""
        if samples.dtype != np.int16 or samples.ndim != 1:
            raise InputError(f"samples are {samples.dtype} {list(samples.shape)}, expected int16 [count]")
        heard = np.concatenate([self._waiting, samples])
        whole = len(heard) // self.step_samples * self.step_samples
        self._waiting = heard[whole:]
        found = (self._step(part) for part in heard[:whole].reshape(-1, self.step_samples))
        return tuple(e for e in found if e is not None)

    def gap(self, count: int) -> tuple[Event, ...]:
        """`count` samples were lost: a short gap is zeros, behind a long one the model begins anew, at its step."""
        if count < self._gap:
            return self.listen(np.zeros(count, np.int16))
        self._states = initial_states(self._graph)
        self._detecting.restart()
        steps, rest = divmod(len(self._waiting) + count, self.step_samples)
        self._detecting.steps += steps
        self._waiting = np.zeros(rest, np.int16)
        return ()

    def _step(self, samples: np.ndarray) -> Event | None:
        (name,), (result,) = self._graph.arguments, self._graph.results
        shape = self._graph.tensors[name].type.shape
        assert math.prod(shape) == len(samples)
        values = evaluate(self._graph, {name: samples.reshape(shape), **self._states})
        self._states = {c.state: values[c.update] for c in self._graph.carries}
        (scores,) = to_scores(values[result].reshape(1, -1))
        self.scores.append(scores)
        return self._detecting.step(scores)

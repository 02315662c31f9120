"""`<name>_listen` of a cascade in Python: samples, as many as come -> events; the definition, step by step.

| state | at the start | in a step of samples |
|---|---|---|
| active | 0 | steps in a row that the gate finds active, this one the last |
| open | 0 | hangover + 1 where active is onset or more; one less where the words are heard |
| slept | 0 | steps since the words were heard, at most preroll + 1; 0 where they are |
| passed | 0 | steps that slept was preroll + 1 in; 0 where the words are heard, and where it is refresh |
| detector, features | as initialized | anew where `open` is not 0 and slept is preroll + 1; a refractory time goes on |
| model | as initialized | as the last step left it that was heard |

Where `open` is not 0, all steps since the last one are heard, at most the last preroll of them, and this one.
Where it is 0 and passed has become refresh, the model hears the step preroll before this one, and the detector does
not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lapel.audio.detector import Detecting, to_scores
from lapel.audio.listener import gap_samples
from lapel.cascades.gate import ACTIVE
from lapel.cascades.stages import Stages
from lapel.errors import InputError
from lapel.ir import Graph
from lapel.ops import evaluate, initial_states
from lapel.records import Event


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a stage: whether it began anew, and its inputs."""

    fresh: bool
    arrays: tuple[np.ndarray, ...]


class _Model:
    """A graph with its state, and its calls."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.calls: list[Call] = []
        self.reset()

    def reset(self) -> None:
        self._states, self._fresh = initial_states(self._graph), True

    def __call__(self, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        shapes = (self._graph.tensors[n].type.shape for n in self._graph.arguments)
        given = {n: x.reshape(s) for n, x, s in zip(self._graph.arguments, arrays, shapes, strict=True)}
        self.calls.append(Call(self._fresh, tuple(given.values())))
        self._fresh = False
        values = evaluate(self._graph, {**given, **self._states})
        self._states = {c.state: values[c.update] for c in self._graph.carries}
        return tuple(values[n] for n in self._graph.results)


class CascadeListener:
    """A cascade that listens.

    active: bool, of each step so far; heard_in: steps that were heard in each; scores: uint8 of each that was heard, in
    order; heard, checks: counts. template: int8, of the speaker who has to say a word; None: of nobody, all may;
    embedding: int8, of the last detection, where speakers are checked.
    """

    def __init__(self, stages: Stages) -> None:
        self.stages = stages
        self.step_samples = stages.step_samples
        self._gate, self._words = _Model(stages.gate), _Model(stages.words)
        self._check = None if stages.check is None else _Model(stages.check)
        self._detecting = Detecting(stages.gating.hearing.detector)
        self._gap = gap_samples(stages.gating.hearing.detector, self.step_samples)
        self.template: np.ndarray | None = None
        self.embedding: np.ndarray | None = None
        self.active: list[bool] = []
        self.heard_in: list[int] = []
        self.scores: list[np.ndarray] = []
        self.reset()

    def calls(self) -> tuple[Sequence[Call], ...]:
        """Of each stage, in the order of the program's models."""
        models = (self._gate, self._words, *([self._check] if self._check else []))
        return tuple(m.calls for m in models)

    def reset(self) -> None:
        """As at the start of the program."""
        self._gate.reset()
        self._forget()
        self._close()
        self.steps = self.heard = self.checks = 0
        self._waiting = np.zeros(0, np.int16)
        self.active.clear()
        self.heard_in.clear()
        self.scores.clear()

    def listen(self, samples: np.ndarray) -> tuple[Event, ...]:
        """The events of the steps that these samples fill. samples: int16 [count]. Raises InputError."""
        if samples.dtype != np.int16 or samples.ndim != 1:
            raise InputError(f"samples are {samples.dtype} {list(samples.shape)}, expected int16 [count]")
        given = np.concatenate([self._waiting, samples])
        whole = len(given) // self.step_samples * self.step_samples
        self._waiting = given[whole:]
        return tuple(e for part in given[:whole].reshape(-1, self.step_samples) for e in self._step(part))

    def gap(self, count: int) -> tuple[Event, ...]:
        """`count` samples were lost: a short gap is zeros; behind a long one only the gate's state is kept."""
        if count < self._gap:
            return self.listen(np.zeros(count, np.int16))
        self._forget()
        self._close()
        steps, rest = divmod(len(self._waiting) + count, self.step_samples)
        self.steps += steps
        self._waiting = np.zeros(rest, np.int16)
        return ()

    def _forget(self) -> None:
        self._words.reset()
        self._detecting.restart()
        self._features: list[np.ndarray] = []

    def _begin(self) -> None:
        self._detecting.resume()
        self._features = []

    def _close(self) -> None:
        self._open = self._active = self._passed = 0
        self._kept: list[np.ndarray] = []

    def _step(self, samples: np.ndarray) -> list[Event]:
        asked = self.stages.gating.asked
        (rows,) = self._gate(samples[:: asked.stride])
        self.active.append(bool(rows[:, ACTIVE].any()))
        self._kept.append(samples)
        self.steps += 1
        self._active = self._active + 1 if self.active[-1] else 0
        if self._active >= asked.onset_steps:
            self._open = asked.hangover_steps + 1
        if not self._open:
            self._kept = self._kept[-(asked.preroll_steps + 1) :]
            self.heard_in.append(self._refresh())
            return []
        if len(self._kept) > asked.preroll_steps + 1:
            self._begin()
            self._kept = self._kept[1:]
        heard, self._kept, self._passed = self._kept, [], 0
        self.heard_in.append(len(heard))
        self._open -= 1
        found = [self._hear(x, self.steps - len(heard) + k) for k, x in enumerate(heard)]
        return [e for e in found if e is not None]

    def _refresh(self) -> int:
        """How many steps are heard for the sake of the model's state: the oldest one that is kept, or none."""
        asked = self.stages.gating.asked
        if not asked.refresh_steps or len(self._kept) <= asked.preroll_steps:
            return 0
        self._passed = (self._passed + 1) % asked.refresh_steps
        if self._passed:
            return 0
        self._score(self._kept[0])
        return 1

    def _score(self, samples: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """The scores of one step of the model of words, uint8, and the features that it gives."""
        scores, *features = self._words(samples)
        self.heard += 1
        (row,) = to_scores(scores.reshape(1, -1))
        self.scores.append(row)
        return row, features

    def _hear(self, samples: np.ndarray, step: int) -> Event | None:
        """The event of one step of the model of words."""
        row, features = self._score(samples)
        if self.stages.gating.check:
            self._features = [*self._features, *features][-self.stages.gating.check.frames :]
        event = self._detecting.step(row)
        if event is None or not self._passes(event.word):
            return None
        return Event(event.word, step, event.score)

    def _passes(self, word: int) -> bool:
        check = self.stages.gating.check
        if check is None or self._check is None:
            return True
        self.checks += 1
        rest = np.full((check.frames, check.channels), check.rest, np.int8)
        frames = np.concatenate([rest, *(f.reshape(-1, check.channels) for f in self._features)])[-check.frames :]
        self._features = [frames]
        if not check.template:
            (scores,) = self._check(frames)
        else:
            speaker = np.zeros(check.template, np.int8) if self.template is None else self.template
            embedding, scores = self._check(frames, speaker)
            self.embedding = embedding.reshape(-1)
            if self.template is None:
                return True
        return int(scores.reshape(-1)[check.outputs[word]]) + check.offset >= check.thresholds[word]

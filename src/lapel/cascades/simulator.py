"""A cascade's stages as firmware of this computer, each called on all of a recording at once.

What the gate sees of a row does not depend on its thresholds but for `rise` and `fall`, so that many of them are tried
on one pass; what the model of words says depends on all that it heard before, which it is given as runs of steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lapel.audio.detector import detect, to_scores
from lapel.cascades.gate import refreshes
from lapel.cascades.stages import Stages
from lapel.proving.hosted import hosted
from lapel.records import Cascade, Detector, Event
from lapel.simulate.process import TIMEOUT_S

Run = tuple[int, int]
"""Steps, the first and the one behind the last."""
VARIANCE, CROSSINGS, FLOOR = range(3)
"""Columns of the gate's output, before the one that says whether a row is active."""


@dataclass(frozen=True, eq=False)
class Heard:
    """What was said of consecutive steps. scores: uint8 [steps, outputs]; features: int8 [steps, frames of a step,
    channels], empty where detections are not checked."""

    scores: np.ndarray
    features: np.ndarray


@dataclass(frozen=True)
class Candidate:
    """A detection, and what the check says of it: a score beyond 0..255, None without a check."""

    event: Event
    checked: int | None = None

    def passes(self, thresholds: Sequence[int]) -> bool:
        """With these thresholds of the words."""
        return self.checked is None or self.checked >= thresholds[self.event.word]


class Simulator:
    """The stages of a cascade on this computer. Steps are int16 [N, samples].

    template: int8, of the speaker who has to say a word; None: of nobody, every detection passes.
    """

    def __init__(self, stages: Stages, timeout_s: float = TIMEOUT_S) -> None:
        self.stages = stages
        self.template: np.ndarray | None = None
        self._gate, self._words = (hosted(g, timeout_s=timeout_s) for g in stages.graphs[:2])
        self._check = None if stages.check is None else hosted(stages.check, timeout_s=timeout_s)

    def rows(self, steps: np.ndarray) -> np.ndarray:
        """int32 [N, rows, 4]: what the gate says of consecutive steps, from a reset on."""
        x = self._gate.graph.tensors[self._gate.graph.arguments[0]].type
        self._gate.reset()
        picked = np.ascontiguousarray(steps[:, :: self.stages.gating.asked.stride]).reshape(-1, *x.shape)
        return np.asarray(self._gate(picked)).reshape(len(steps), -1, 4)

    def hear(self, steps: np.ndarray, fresh: bool = True) -> Heard:
        """What the model of words says of consecutive steps. fresh: from a reset on; else it goes on with its state."""
        graph, check = self._words.graph, self.stages.gating.check
        if fresh:
            self._words.reset()
        made = self._words(np.ascontiguousarray(steps).reshape(-1, *graph.tensors[graph.arguments[0]].type.shape))
        if check is None:
            return Heard(to_scores(np.asarray(made)), np.zeros((len(steps), 0, 0), np.int8))
        return Heard(to_scores(np.asarray(made[0])), np.asarray(made[1]).reshape(len(steps), -1, check.channels))

    def runs(self, steps: np.ndarray, runs: Sequence[Run], asked: Cascade) -> list[Heard]:
        """What the model of words says of each of these runs of steps, of which the first begins behind a reset, after
        what refreshes its state before it."""
        found = []
        for k, ((first, end), slept) in enumerate(zip(runs, refreshes(runs, len(steps), asked)[:-1], strict=True)):
            heard = self.hear(np.concatenate([steps[list(slept)], steps[first:end]]), fresh=k == 0)
            found.append(Heard(heard.scores[len(slept) :], heard.features[len(slept) :]))
        return found

    def candidates(self, heard: Sequence[Heard], detector: Detector) -> list[tuple[int, Candidate]]:
        """The detections in runs of steps that the model of words heard, each with the number of its run, and with what
        the check says of it. The detector begins anew in each run, but what is left of a refractory time goes on."""
        found, quiet = list[tuple[int, Candidate]](), detector.warmup_steps
        for k, run in enumerate(heard):
            events = detect(replace(detector, warmup_steps=quiet), run.scores)
            found += [(k, Candidate(e, self._checked(run, e))) for e in events]
            since = len(run.scores) - 1 - events[-1].step if events else 0
            left = detector.refractory_steps - since if events else quiet - len(run.scores)
            quiet = max(detector.warmup_steps, left)
        return found

    def embedding(self, steps: np.ndarray) -> np.ndarray | None:
        """int8: what the check of a speaker makes of the first detection in steps that are all heard."""
        heard = self.hear(steps)
        found = detect(self.stages.gating.hearing.detector, heard.scores)
        check = self.stages.gating.check
        if not found or check is None or self._check is None:
            return None
        nobody = np.zeros(check.template, np.int8)
        embedding, _ = self._check(self._window(heard, found[0]), nobody)
        return np.asarray(embedding).reshape(-1)

    def _checked(self, heard: Heard, event: Event) -> int | None:
        check = self.stages.gating.check
        if check is None or self._check is None:
            return None
        window = self._window(heard, event)
        if check.template:
            if self.template is None:
                return None
            _, score = self._check(window, self.template)
            return int(np.asarray(score).reshape(-1)[check.outputs[event.word]]) + check.offset
        return int(np.asarray(self._check(window)).reshape(-1)[check.outputs[event.word]]) + check.offset

    def _window(self, heard: Heard, event: Event) -> np.ndarray:
        """The features that the check gets of a detection."""
        check = self.stages.gating.check
        assert check is not None and self._check is not None
        known = heard.features[: event.step + 1].reshape(-1, check.channels)[-check.frames :]
        rest = np.full((check.frames - len(known), check.channels), check.rest, np.int8)
        graph = self._check.graph
        return np.concatenate([rest, known]).reshape(graph.tensors[graph.arguments[0]].type.shape)


def active_steps(rows: np.ndarray, asked: Cascade) -> np.ndarray:
    """bool [N]: whether a row of a step is active with these thresholds. rows: as of `Simulator.rows`, of a gate with
    the same rise and fall."""
    variance, floor = 16 * rows[:, :, VARIANCE].astype(np.int64), rows[:, :, FLOOR].astype(np.int64)
    hiss = (rows[:, :, CROSSINGS] >= asked.crossings) & (variance > floor * asked.hiss)
    heard = (rows[:, :, VARIANCE] >= asked.least) & ((variance > floor * asked.ratio) | hiss)
    return np.asarray(heard.any(axis=1))

"""Bytes that are not the ones that were meant: of another tensor, or left over from the call before."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lapel.debugging.scene import Scene
from lapel.debugging.traces import Traced
from lapel.ir import DTYPES
from lapel.planning.labels import labels

UNKNOWN = -1
"""A byte of the arena that nobody has traced."""
LEAST_SEEN = 0.5
"""Of a tensor's bytes in one sample: what was there before has to be known of so many."""


def find(scene: Scene) -> str:
    """Another tensor, or the call before, that gives what the device has."""
    return _not_written(scene) or _read(scene)


def _later(scene: Scene) -> list[Traced]:
    """Samples that have one before them."""
    return [t for t in scene.rows if t.sample > 0]


def _not_written(scene: Scene) -> str:
    """Whether a tensor holds what other tensors left in its place."""
    plan = scene.trace.plan
    place = plan.placements.get(scene.tensor.tensor)
    if place is None or (scene.right == scene.found).all():
        return ""
    memory, seen = np.full(plan.arena_bytes, UNKNOWN, np.int16), 0
    for row in scene.rows:
        for name in scene.graph.arguments:
            _store(scene, memory, name, scene.trace.given[row.sample][name])
        for t in scene.trace.samples[row.sample]:
            there = memory[place.offset : place.offset + place.bytes]
            if t is row:
                made = np.frombuffer(np.ascontiguousarray(row.found).tobytes(), np.uint8)
                if (made != there)[there != UNKNOWN].any():
                    return ""
                seen += int((there != UNKNOWN).sum())
            _store(scene, memory, t.tensor, t.found)
            scratch = plan.steps[t.step].scratch
            if scratch is not None:
                memory[scratch.offset : scratch.offset + scratch.bytes] = UNKNOWN
    if seen < LEAST_SEEN * place.bytes:
        return ""
    return "a stale buffer: it holds what was in its place before the step, so the step did not write it"


def _store(scene: Scene, memory: np.ndarray, name: str, value: np.ndarray) -> None:
    """A tensor's bytes to where the plan has it."""
    p = scene.trace.plan.placements.get(name)
    if p is not None:
        memory[p.offset : p.offset + p.bytes] = np.frombuffer(np.ascontiguousarray(value).tobytes(), np.uint8)


def _read(scene: Scene) -> str:
    names = labels(scene.graph)
    for name in scene.inputs:
        for other in _others(scene, name):
            said = "" if other == name else f" {names[other]!r} instead of"
            if other != name and scene.gives_found(scene.with_inputs(_as(scene, name, other, 0))):
                return f"a stale buffer: it reads{said} {names[name]!r}: an address, or a tensor that was overwritten"
            if _later(scene) and _gives_later(scene, name, other):
                return f"a stale buffer: it reads{said} {names[name]!r} as it was in the call before"
    return ""


def _others(scene: Scene, name: str) -> Iterator[str]:
    """The tensor itself, and all of as many bytes that are there before the step."""
    t = scene.graph.tensors[name].type
    made = [o for s in scene.trace.plan.steps[: scene.tensor.step] for o in s.node.outputs]
    for other in dict.fromkeys([name, *made, *scene.graph.arguments]):
        if scene.graph.tensors[other].type.bytes == t.bytes:
            yield other


def _as(scene: Scene, name: str, other: str, back: int) -> dict[int, dict[str, np.ndarray]]:
    """An input's bytes replaced by those of another tensor, `back` calls before, by sample."""
    t = scene.graph.tensors[name].type
    found = dict[int, dict[str, np.ndarray]]()
    for row in scene.rows:
        values = scene.trace.values(max(row.sample - back, 0))
        raw = np.ascontiguousarray(values[other]).tobytes()
        found[row.sample] = {name: np.frombuffer(raw, DTYPES[t.dtype]).reshape(t.shape)}
    return found


def _gives_later(scene: Scene, name: str, other: str) -> bool:
    """Whether the call before explains all samples but the first, before which there was none."""
    tries = list(scene.with_inputs(_as(scene, name, other, 1)))
    pairs = zip(scene.rows, tries, strict=True)
    return all(bool((t.found == y).all()) for t, y in pairs if t.sample > 0)

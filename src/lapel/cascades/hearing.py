"""`listen_cascade`: a recording, step by step, through the firmware of a cascade on an emulated core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lapel.audio.files import Sound, as_sound, read_sound
from lapel.cascades.build import read_cascade
from lapel.cascades.costs import StepCosts, power_of, step_costs
from lapel.cascades.firmware import Progress, count, make
from lapel.cascades.simulation import simulate, whole_steps
from lapel.cascades.simulator import Simulator
from lapel.errors import InputError, UsageError
from lapel.ops import evaluate
from lapel.records import CascadeBuild, Cascaded, CascadeListening, Event, Heard
from lapel.records.document import KIND, read_json
from lapel.targets import Target, load_target
from lapel.wish import ANY, Wish

TARGET_S = 10.0


def listen_cascade(
    recording: str | Path | np.ndarray | Sound,
    path: Path | str,
    target: str | Target | None = None,
    *,
    target_s: float = TARGET_S,
    enrol: Sequence[str | Path | np.ndarray | Sound] = (),
    microphone: str | None = None,
    wish: Wish = ANY,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> CascadeListening:
    """Stream a recording through a cascade's firmware: its detections, and what its stages take.

    recording: a file of sound, or samples as int16 at the cascade's rate. path: of a cascade.json. target: the
    cascade's own if not given. target_s: how many seconds of the recording run on the emulated core, where every
    event, count and score is compared with the reference; all of it runs as firmware of this computer. enrol:
    recordings in which a speaker says a word, where speakers are checked; without them every detection passes.
    microphone: whose power is added.

    Raises InputError, UsageError, FormatError, UnknownTarget, DoesNotFit, MissingTool, SimulationError.
    """
    if not target_s > 0:
        raise UsageError(f"{target_s} seconds are to run on the target, expected more than 0")
    progress("reading the cascade")
    record, stages = read_cascade(path)
    chosen = load_target(record.target if target is None else target) if not isinstance(target, Target) else target
    progress("reading the recording")
    sound = _sound(recording, record.rate_hz, stages.step_samples)
    steps = whole_steps(np.asarray(sound.samples), stages.step_samples)
    first = np.ascontiguousarray(steps[: max(1, round(target_s * record.rate_hz / stages.step_samples))])
    simulator = Simulator(stages, timeout_s)
    template, notices = _enrolled(record, simulator, enrol)
    simulator.template = template
    made = make(stages, record.name, chosen, wish, timeout_s, progress, template)
    counted = count(made, first, timeout_s, progress)
    progress("listening to all of it")
    whole, events, checks = simulate(simulator, steps)
    whole = replace(whole, model=record.name)
    duty = power_uw = None
    unknown: tuple[str, ...] = ()
    if len(counted.instructions):
        costs = step_costs(counted, chosen)
        whole = costs.applied(whole, checks)
        duty, power_uw, unknown = _load(whole, costs, microphone)
    return CascadeListening(
        target=chosen.name,
        core=chosen.core,
        recording=sound.recording,
        detector=record.detector,
        whole=whole,
        target_steps=len(first),
        heard_steps=int(counted.heard_in.sum()),
        checks=counted.checks,
        mismatches=counted.mismatches,
        events=tuple(_heard(e, record.detector.words, whole.step_ms / 1000) for e in events),
        instructions=counted.mean(counted.heard_in >= 0),
        most_instructions=int(counted.instructions.max()) if len(counted.instructions) else None,
        listening_instructions=counted.listening,
        stages=counted.stages,
        memory=counted.memory,
        duty=duty,
        power_uw=power_uw,
        unknown=unknown,
        warnings=(*sound.recording.notices, *whole.warnings, *notices),
    )


def _enrolled(
    record: CascadeBuild, simulator: Simulator, recordings: Sequence[str | Path | np.ndarray | Sound]
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """The template of a speaker, and what is to be known of it. Raises UsageError, InputError."""
    stages, verifier = simulator.stages, record.verifier
    if stages.enrol is None or verifier is None:
        if recordings:
            raise UsageError(f"{record.name} checks no speaker: nobody can be enrolled, leave the recordings out")
        return None, ()
    if not recordings:
        return None, ("no speaker is enrolled: every detection passes, whoever said the word",)
    if len(recordings) != verifier.utterances:
        raise UsageError(f"{len(recordings)} recordings to enrol by, expected {verifier.utterances}")
    said = [_embedding(record, simulator, _sound(r, record.rate_hz, stages.step_samples)) for r in recordings]
    made = evaluate(stages.enrol, {stages.enrol.arguments[0]: np.stack(said)})
    template, alike = (made[n].reshape(-1) for n in stages.enrol.results)
    unlike = [_name(r) for r, a in zip(recordings, alike.tolist(), strict=True) if a < verifier.agreement]
    notices = (f"enrolment: {', '.join(unlike)} is unlike the others: another speaker?",) if unlike else ()
    return template, notices


def _embedding(record: CascadeBuild, simulator: Simulator, sound: Sound) -> np.ndarray:
    """int8: of the first detection in a recording of one word."""
    steps = whole_steps(np.asarray(sound.samples), simulator.stages.step_samples)
    found = simulator.embedding(steps)
    if found is None:
        raise InputError(f"{sound.recording.source}: no word is heard in it, by which its speaker could be enrolled")
    return found


def _name(recording: str | Path | np.ndarray | Sound) -> str:
    if isinstance(recording, np.ndarray):
        return "an array"
    return recording.recording.source if isinstance(recording, Sound) else str(recording)


def is_cascade(path: Path) -> bool:
    """Whether a file is a cascade's record. Raises FormatError where a .json file cannot be read."""
    if path.suffix != ".json":
        return False
    content = read_json(path)
    return isinstance(content, dict) and content.get(KIND) == CascadeBuild.kind()


def _sound(recording: str | Path | np.ndarray | Sound, rate_hz: int, least: int) -> Sound:
    if isinstance(recording, np.ndarray):
        return as_sound(recording, rate_hz, least)
    return recording if isinstance(recording, Sound) else read_sound(recording, rate_hz, least)


def _load(
    whole: Cascaded, costs: StepCosts, microphone: str | None
) -> tuple[float | None, float | None, tuple[str, ...]]:
    """Duty, power and what is not known of it; None where the target has no clock, or no cycles are known."""
    target = costs.target
    if target.clock_hz is None or whole.cycles is None:
        return None, None, ()
    duty = whole.cycles.value / target.clock_hz / (whole.step_ms / 1000)
    if target.pj_per_cycle is None:
        return duty, None, (f"how much energy a cycle of {target.name} takes is not known",)
    found = power_of(whole, microphone)
    return duty, found.power_uw.value, found.unknown


def _heard(event: Event, words: tuple[str, ...], step_s: float) -> Heard:
    return Heard(words[event.word], event.step, (event.step + 1) * step_s, event.score)


__all__ = ["is_cascade", "listen_cascade"]

"""`build_cascade`: a recipe -> thresholds that are tuned, a C program that was run, and a folder with both."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lapel.cascades.audio import takes_of
from lapel.cascades.costs import check_power, step_costs
from lapel.cascades.firmware import Counted, Made, Progress, count, make
from lapel.cascades.recipe import CascadeRecipe
from lapel.cascades.simulator import Simulator
from lapel.cascades.stages import Stages, stages_of
from lapel.cascades.tuning import REACHED, Take, tune
from lapel.cascades.verification import check_of
from lapel.codegen.names import identifier
from lapel.codegen.sound import sound_name, sound_text
from lapel.errors import Mismatch
from lapel.files import LEDGER, check_folder, write_folder
from lapel.proving.ears import Ears, take
from lapel.proving.modelfile import recorded_model
from lapel.proving.models import load
from lapel.proving.verifier import Verification, read_verifier, verification_of
from lapel.proving.wakeword import read_wakeword
from lapel.records import (
    CASCADE_FILE,
    Cascade,
    CascadeBuild,
    CascadePoint,
    CascadeTuning,
    Detector,
    Verifier,
    WakeWord,
)
from lapel.reports import report
from lapel.simulate.firmware import code_flags
from lapel.simulate.toolchain import compiler_version
from lapel.targets import Target, load_target
from lapel.version import VERSION
from lapel.wish import ANY, Wish

WORDS_FILE, CHECK_FILE, PICTURE = "words.tflite", "check.tflite", "cascade.svg"
BEFORE_S, AFTER_S = 3.0, 2.0
"""Of the audio around the first word, what runs on the emulated core."""
WITHOUT_EVENT = 50
"""Steps of sound that are written where no word is heard."""
LOOKED = 32
"""Samples of a row that the gate looks at, where the recipe does not say."""


@dataclass(frozen=True, eq=False)
class Parts:
    """What a cascade is put together from. model: of the words, their file."""

    ears: Ears
    words: WakeWord
    model: bytes
    verification: Verification | None
    check_model: bytes | None

    def stages(self, asked: Cascade, detector: Detector, thresholds: Sequence[int] = ()) -> Stages:
        """With these thresholds; of the check none: those of its record."""
        check = None if self.verification is None else check_of(self.verification, detector)
        if check is not None and thresholds:
            check = (check[0], replace(check[1], thresholds=tuple(thresholds)))
        enrol = None if self.verification is None else self.verification.enrol
        return stages_of(replace(self.ears, detector=detector), asked, check, enrol)


def read_parts(words: Path, verifier: Path | None) -> Parts:
    """The words and the verifier of these files. Raises FormatError, InputError: other front ends among them."""
    record = WakeWord.read(words, ignored=(LEDGER,))
    model = recorded_model(words, record.model, record.model_sha256).read_bytes()
    found = None if verifier is None else read_verifier(verifier, record.front)
    check = None
    if found is not None and verifier is not None:
        check = recorded_model(verifier, found.record.model, found.record.model_sha256).read_bytes()
    return Parts(read_wakeword(words), record, model, found, check)


def usual_gate(step: int) -> Cascade:
    """The gate of a step of so many samples: rows of 20 ms, or 10 ms, of which it looks at 32 samples."""
    hop = 320 if step % 320 == 0 else 160
    return Cascade(hop_samples=hop, stride=hop // LOOKED)


def build_cascade(
    recipe: CascadeRecipe,
    folder: Path | None = None,
    *,
    wish: Wish = ANY,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> CascadeBuild:
    """Tune a cascade, make its program, run that beside the reference, and write both to a folder.

    wish: see `lapel.Wish`. timeout_s: host seconds for the emulator, and for a compiler.

    Raises InputError, UsageError, UnknownTarget, DoesNotFit, MissingTool, Mismatch.
    """
    started = time.perf_counter()
    target = load_target(recipe.target)
    check_power(target)
    progress("reading the stages")
    parts = read_parts(recipe.words, recipe.verifier)
    asked = replace(usual_gate(_step(parts.ears)), **recipe.gate)
    stages = parts.stages(asked, parts.ears.detector)
    name = identifier(recipe.name or parts.words.name)
    if folder is not None:
        check_folder(folder, _names(name, stages), CASCADE_FILE)
    progress("making scenes")
    takes, audio = takes_of(recipe, parts.words, stages.step_samples)
    steps = _around_a_word(takes, stages)
    costs = step_costs(count(make(stages, name, target, wish, timeout_s, progress), steps, timeout_s, progress), target)
    progress("trying thresholds")
    tuning = tune(Simulator(stages, timeout_s), takes, costs, recipe.tuning, audio)
    chosen = _tuned(parts, tuning.point)
    made = make(chosen, name, target, wish, timeout_s, progress)
    counted = count(made, steps, timeout_s, progress)
    if counted.mismatches:
        raise Mismatch(f"{name} on {target.name} differs from the reference: report this defect of Lapel")
    record = replace(_record(parts, made, counted, tuning, len(steps)), seconds=time.perf_counter() - started)
    return record if folder is None else written(folder, parts, made, counted, steps, record, progress)


def read_cascade(path: Path | str) -> tuple[CascadeBuild, Stages]:
    """A cascade.json, with the models beside it. Raises FormatError, InputError."""
    path = Path(path)
    record = CascadeBuild.read(path, ignored=(LEDGER,))
    file = recorded_model(path, record.words, record.words_sha256)
    ears = take(replace(load(file, None), name=record.name), record.detector, front=record.front)
    if record.verifier is None:
        return record, stages_of(ears, record.cascade)
    found = verification_of(record.verifier, path)
    return record, stages_of(ears, record.cascade, check_of(found, record.detector), found.enrol)


def _step(ears: Ears) -> int:
    return ears.graph.tensors[ears.graph.arguments[0]].type.size


def _around_a_word(takes: Sequence[Take], stages: Stages) -> np.ndarray:
    """Steps of the take with the first word, from some time before to some after it."""
    take, rate_hz = next(t for t in takes if t.marks), stages.gating.hearing.rate_hz
    mark = min(take.marks, key=lambda m: m.start)
    first = max(0, int(mark.start - BEFORE_S * rate_hz) // stages.step_samples)
    return np.ascontiguousarray(take.steps[first : int(mark.end + AFTER_S * rate_hz) // stages.step_samples])


def _tuned(parts: Parts, point: CascadePoint) -> Stages:
    detector = replace(
        parts.ears.detector,
        smoothing=point.smoothing,
        threshold_sums=point.threshold_sums,
        warmup_steps=point.warmup_steps,
    )
    return parts.stages(point.cascade, detector, point.verifier)


def _record(parts: Parts, made: Made, counted: Counted, tuning: CascadeTuning, steps: int) -> CascadeBuild:
    gating, target = made.stages.gating, made.target
    return CascadeBuild(
        lapel=VERSION,
        name=made.code.prefix,
        target=target.name,
        core=target.core,
        rate_hz=gating.hearing.rate_hz,
        step_samples=made.stages.step_samples,
        words=WORDS_FILE,
        words_sha256=hashlib.sha256(parts.model).hexdigest(),
        front=parts.words.front,
        cascade=gating.asked,
        detector=gating.hearing.detector,
        verifier=_verifier(parts, gating.check.thresholds if gating.check else ()),
        steps=steps,
        quiet_instructions=counted.mean(counted.heard_in == 0),
        heard_instructions=counted.mean(counted.heard_in == 1),
        most_instructions=int(counted.instructions.max()) if len(counted.instructions) else None,
        stages=counted.stages,
        memory=counted.memory,
        ring_bytes=2 * made.stages.step_samples * (gating.asked.preroll_steps + 1),
        tuning=tuning,
        warnings=tuple(_warnings(tuning, target)),
        compiler=compiler_version(target),
        flags=" ".join(code_flags(target)),
    )


def _verifier(parts: Parts, thresholds: Sequence[int]) -> Verifier | None:
    """The record of the check, for its words in the order of the detector's."""
    if parts.verification is None:
        return None
    record, words = parts.verification.record, parts.ears.detector.words
    if record.checks == "speaker":
        return replace(record, model=CHECK_FILE)
    known = dict(zip(words, thresholds, strict=True))
    made = tuple(known.get(w, t) for w, t in zip(record.words, record.thresholds, strict=True))
    return replace(record, model=CHECK_FILE, thresholds=made)


def _warnings(tuning: CascadeTuning, target: Target) -> list[str]:
    said = [] if tuning.choice.startswith(REACHED) else [tuning.choice]
    if tuning.point.power_uw > 1000:
        said.append(f"{target.name}: {tuning.point.power_uw:,.0f} uW are known of it alone, more than 1 mW")
    return said


def _names(name: str, stages: Stages) -> tuple[str, ...]:
    """Files that are written."""
    headers = [f"{name}_{stage}.h" for stage in stages.gating.stages]
    models = [WORDS_FILE, *([CHECK_FILE] if stages.check is not None else [])]
    listens = f"{name}_listen.h", f"{name}_listen.c", sound_name(name)
    return (f"{name}.h", f"{name}.c", *listens, *headers, *models, PICTURE)


def sound_of(prefix: str, counted: Counted, steps: np.ndarray) -> str:
    """The header of what was run, int16 [N, samples]: from its start to the first event, or WITHOUT_EVENT steps."""
    first = counted.events[0].step + 1 if counted.events else min(len(steps), WITHOUT_EVENT)
    events = [e for e in counted.events if e.step < first]
    return sound_text(prefix, steps[:first].reshape(-1), events, int(counted.heard_in[:first].sum()))


def written(
    folder: Path,
    parts: Parts,
    made: Made,
    counted: Counted,
    steps: np.ndarray,
    record: CascadeBuild,
    progress: Progress,
) -> CascadeBuild:
    """Write the folder. steps: that were counted, the record is of; what it has for files is added."""
    progress(f"writing {folder}")
    contents = {name: text.encode() for name, text in made.written(counted.memory).items()}
    if made.target.rom != "separate":  # where constants cannot be given as samples
        contents[sound_name(made.code.prefix)] = sound_of(made.code.prefix, counted, steps).encode()
    contents[WORDS_FILE] = parts.model
    if parts.check_model is not None:
        contents[CHECK_FILE] = parts.check_model
    if record.tuning is not None:
        (drawn,) = report(record).pictures.values()
        contents[PICTURE] = drawn.encode()
    record = replace(record, files=tuple(str(folder / name) for name in (*contents, CASCADE_FILE)))
    write_folder(folder, contents, CASCADE_FILE, replace(record, seconds=None).to_json())
    return record


__all__ = ["build_cascade", "read_cascade", "read_parts", "usual_gate"]

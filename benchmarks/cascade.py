"""A wake word behind a gate on long audio that is 95 % silence or noise: what is missed, and what it takes.

    python benchmarks/cascade.py build/wakewords/jarvis/wakeword.json --json benchmarks/cascade.json

The thresholds are tuned on the validation side of the word's recordings, as `lapel cascade` does it, and judged on
their test side, by which nothing is chosen: each clip in several scenes, mixed with as much other speech into silence
and noise. Instructions and cycles are those of the firmware on the emulated cores of both boards; power follows from
the boards' figures.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lapel.cascades.audio import make_scenes
from lapel.cascades.build import build_cascade, read_parts
from lapel.cascades.costs import StepCosts, power_of, step_costs
from lapel.cascades.firmware import count, make
from lapel.cascades.recipe import CascadeRecipe, SceneOptions
from lapel.cascades.simulator import Simulator
from lapel.cascades.stages import Stages
from lapel.cascades.tuning import Judged, Take, TuningOptions, judge
from lapel.errors import LapelError
from lapel.records import Cascade, CascadeBuild, Cascaded, CascadeStage, WakeWord, WakeWordOptions
from lapel.targets import load_target
from lapel.wakewords import Source, augmentations
from lapel.wakewords.evaluation import missed_rate
from lapel.wish import ANY

ROOT = Path(__file__).resolve().parent.parent
BOARDS = ("nucleo-u385rg-q", "nucleo-l4r5zi")
MICROPHONE = "ics-40310"
WORDS = ("computer", "jarvis", "smart_mirror", "snowboy")
TIMEOUT_S = 1200.0
RATIOS = (96, 192)
TRIED: dict[str, Any] = {
    "onset_ms": (120.0,),
    "hangover_ms": (560.0, 640.0, 720.0),
    "preroll_ms": (240.0, 320.0, 400.0),
    "smoothing_ms": (0.0, 80.0, 120.0),
    "strictness": (0.9, 1.0, 1.1, 1.2, 1.35),
}
"""A detector that sums fewer scores has its threshold at a higher mean."""
SAVED_TIMES = 8.25
"""Of which 8 should be left in a test."""
ROUNDS = 4
"""Scenes in which each recording of a side is said."""
DRAWN, INTERVAL = 4000, (2.5, 97.5)
"""Of recordings drawn again (bootstrap), and the percentiles of what they give."""
REDUCED = (
    "windows", "sentences", "hours_train", "hours_mined", "hours_val", "hours_test", "rounds", "epochs", "epochs_mined",
    "epochs_quantized",
)  # fmt: skip
"""Options of a training by which it takes less time."""
FALSE_ACCEPTS_PER_H = 1.0


def recipe(wakeword: Path, data: Path, word: str, side: SceneOptions, tuning: TuningOptions) -> CascadeRecipe:
    """The word against the recordings of other words."""
    others = tuple(Source(data / "wakewords" / w) for w in WORDS if w != word)
    return CascadeRecipe(
        where=Path("benchmarks/cascade.py"),
        target=BOARDS[0],
        words=wakeword,
        verifier=None,
        name=word,
        positives={word: Source(data / "wakewords" / word)},
        negatives=others,
        recordings=(),
        scenes=side,
        tuning=tuning,
        gate={},
    )


def test_takes(asked: CascadeRecipe, wakeword: Path, step: int) -> list[Take]:
    """Scenes of the test side."""
    words = read_parts(wakeword, None).words
    scenes = make_scenes(asked.positives, asked.negatives, words, replace(asked.scenes, side="test"))
    return [Take(s.wave[: len(s.wave) // step * step].reshape(-1, step), s.marks) for s in scenes]


def costs_on(stages: Stages, name: str, board: str, takes: list[Take]) -> tuple[StepCosts, dict[str, Any]]:
    """What steps take on a board, of those around the first word of the test."""
    target, size = load_target(board), stages.step_samples
    first = min(takes[0].marks, key=lambda m: m.start)
    steps = takes[0].steps[max(0, first.start // size - 150) : first.end // size + 100].copy()
    counted = count(make(stages, name, target, ANY, TIMEOUT_S), steps, TIMEOUT_S)
    m = counted.memory
    found = {
        "steps_on_core": len(steps),
        "mismatches": counted.mismatches,
        "quiet_instructions": counted.mean(counted.heard_in == 0),
        "heard_instructions": counted.mean(counted.heard_in == 1),
        "most_instructions": int(counted.instructions.max()),
        "flash_bytes": m.flash_bytes,
        "ram_bytes": m.ram_bytes,
        "arena_bytes": m.arena_bytes,
        "static_ram_bytes": m.static_ram_bytes,
        "stack_bytes": m.stack_bytes,
        "stages": {s.name: stage(s) for s in counted.stages},
    }
    return step_costs(counted, target), found


def stage(s: CascadeStage) -> dict[str, Any]:
    """Its figures."""
    cycles = s.modelled
    return {
        "instructions": s.instructions,
        "front_end_instructions": s.front_end_instructions,
        "modelled_cycles": None if cycles is None else [cycles.cycles, cycles.low, cycles.high],
        "flash_alone_bytes": s.flash_bytes,
        "arena_alone_bytes": s.arena_bytes,
        "stack_bytes": s.stack_bytes,
    }


def by_recording(takes: Sequence[Take], heard: Sequence[bool]) -> np.ndarray:
    """float [recordings]: the share of each one's scenes in which it is missed."""
    numbers = np.array([m.recording for t in takes for m in t.marks])
    missed = ~np.array(heard)
    return np.array([missed[numbers == n].mean() for n in np.unique(numbers)])


def interval(shares: np.ndarray) -> list[float]:
    """Of the mean of what was found of each recording: bounds that recordings drawn again keep to (Efron, 1979)."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(shares), size=(DRAWN, len(shares)))
    return [float(v) for v in np.percentile(shares[drawn].mean(axis=1), INTERVAL)]


def figures(judged: Judged, takes: Sequence[Take], hours: float) -> dict[str, Any]:
    """Misses with an interval that takes the scenes of a recording for one: exact where none or all are missed."""
    shares = by_recording(takes, judged.heard)
    low, high = interval(shares)
    if shares.min() == shares.max():
        exact = missed_rate(round(float(shares.sum())), len(shares))
        low, high = exact.low, exact.high
    missed = len(judged.heard) - sum(judged.heard)
    return {
        "missed": [missed, len(judged.heard), missed / len(judged.heard), low, high],
        "recordings": len(shares),
        "false_accepts": [judged.accepts, hours],
        "listened": judged.listened,
    }


def cost_of_gate(takes: Sequence[Take], cascade: Judged, alone: Judged) -> list[float]:
    """By how much more is missed behind the gate, a share, with its interval: recording by recording."""
    shares = by_recording(takes, cascade.heard) - by_recording(takes, alone.heard)
    return [float(shares.mean()), *interval(shares)]


def power(costs: StepCosts, asked: Cascade, listened: float, step_ms: float, alone: bool) -> dict[str, Any]:
    """The energy of a cascade on a board, all parts. listened: share of the steps."""
    steps = 1_000_000
    made = Cascaded(
        model="words", target=None, cascade=asked, seconds=steps * step_ms / 1000, steps=steps, step_ms=step_ms,
        active_steps=0, listened_steps=round(listened * steps), openings=0, events=0, events_alone=0, missed=0,
        added=0, ring_bytes=0,
    )  # fmt: skip
    found = power_of(costs.alone(made) if alone else costs.applied(made, 0), MICROPHONE)
    return {
        "power_uw": [found.power_uw.value, found.power_uw.low, found.power_uw.high],
        "parts_uw": {part.name: part.power_uw.value for part in found.parts},
        "duty": None if found.duty is None else found.duty.value,
        "unknown": [text.partition(":")[0] for text in found.unknown],
        "verdict": found.verdict,
        "needed": found.needed,
    }


def commands(words: WakeWord, word: str) -> dict[str, str]:
    """How the word was trained, with the options that are not the usual ones, and how it is judged."""
    usual = vars(WakeWordOptions())
    sets = [f"--set {k}={v}" for k, v in vars(words.options).items() if k in REDUCED and v != usual[k]]
    augment = {k: list(v) if isinstance(v, tuple) else v for k, v in words.options.augment.items()}
    if any(words.options.augment[k] != v for k, v in augmentations.usual().items()):
        sets.append(f"--set 'augment={json.dumps(augment)}'")
    return {
        "trained": " ".join(["python benchmarks/wakewords.py --json build/wakewords.json --word", word, *sets]),
        "command": f"python benchmarks/cascade.py build/wakewords/{word}/wakeword.json --json benchmarks/cascade.json",
    }


def measure(wakeword: Path, data: Path, word: str, given: SceneOptions) -> dict[str, Any]:
    """Tuned on validation, judged on the test."""

    def say(text: str) -> None:
        print(f"{word}: {text}", file=sys.stderr, flush=True)

    tuning = TuningOptions(
        ratio=RATIOS, microphone=MICROPHONE, false_accepts_per_h=FALSE_ACCEPTS_PER_H, saved_times=SAVED_TIMES, **TRIED
    )
    asked = recipe(wakeword, data, word, given, tuning)
    built: CascadeBuild = build_cascade(asked, timeout_s=TIMEOUT_S, progress=say)
    assert built.tuning is not None
    step_ms = 1000 * built.step_samples / built.rate_hz
    parts = read_parts(wakeword, None)
    stages = parts.stages(built.cascade, built.detector)
    takes = test_takes(asked, wakeword, built.step_samples)
    boards: dict[str, Any] = {}
    costs: dict[str, StepCosts] = {}
    for board in BOARDS:
        say(f"counting on {board}")
        costs[board], boards[board] = costs_on(stages, word, board, takes)
    say("judging on the test")
    tuned = built.tuning
    own = replace(
        built.detector,
        smoothing=tuned.alone.smoothing,
        threshold_sums=tuned.alone.threshold_sums,
        warmup_steps=tuned.alone.warmup_steps,
    )  # alone it begins as its stream does, with the detector that is best for it
    same = replace(built.detector, warmup_steps=own.warmup_steps)
    simulator = Simulator(stages, TIMEOUT_S)
    (gated,) = judge(simulator, takes, [built.detector], gated=True)
    alone, alone_same = judge(simulator, takes, [own, same], gated=False)
    seconds = sum(t.steps.size for t in takes) / built.rate_hz
    for board in BOARDS:
        boards[board]["cascade"] = power(costs[board], built.cascade, gated.listened, step_ms, alone=False)
        boards[board]["alone"] = power(costs[board], built.cascade, 1.0, step_ms, alone=True)
        spent = costs[board].spend(gated.listened, 0.0)[0]
        per_s = 1000 / step_ms
        boards[board]["instructions_s"] = {"cascade": spent * per_s, "alone": costs[board].words[0] * per_s}
        boards[board]["saved_times"] = costs[board].words[0] / spent
    return {
        "word": word,
        **commands(parts.words, word),
        "test": {
            "audio": f"{len(gated.heard)} words, recordings of the test side in {ROUNDS} scenes each, "
            f"{seconds / 60:.0f} minutes",
            "cascade": figures(gated, takes, seconds / 3600),
            "alone_same_thresholds": figures(alone_same, takes, seconds / 3600),
            "alone": figures(alone, takes, seconds / 3600),
            "cost": cost_of_gate(takes, gated, alone),
            "cost_same_thresholds": cost_of_gate(takes, gated, alone_same),
        },
        "boards": boards,
        "tuning": built.to_json()["tuning"],
        "words_sha256": built.words_sha256,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("wakeword", type=Path, help="wakeword.json of benchmarks/wakewords.py")
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("LAPEL_SHARED") or ROOT.parent / "shared") / "data"
    )
    parser.add_argument("--most", type=int, default=200, help="recordings of a side that are used")
    args = parser.parse_args()
    word = json.loads(args.wakeword.read_text(encoding="utf-8"))["name"]
    try:
        found = measure(args.wakeword, args.data, word, SceneOptions(most=args.most, rounds=ROUNDS))
    except LapelError as e:
        print(e.message, file=sys.stderr)
        return e.exit_code
    kept = json.loads(args.json.read_text(encoding="utf-8")) if args.json.exists() else {}
    kept[word] = found
    args.json.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

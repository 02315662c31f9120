"""Cascades as tables: how thresholds were chosen, what the stages take, and what was heard through them."""

from __future__ import annotations

from pathlib import Path

from lapel.cli import tables
from lapel.cli.grid import Column
from lapel.cli.screen import number, percent, print_table, say, say_lines, say_warning
from lapel.records import CascadeBuild, CascadeListening, CascadePoint, CascadeStage, CascadeTuning
from lapel.targets import Target

MOST_ROWS = 12
LIMIT_UW = 1000


def print_build(found: CascadeBuild, target: Target, folder: Path) -> None:
    """What was chosen and why, stage by stage, and where the files are."""
    say(
        f"{found.name} on {found.target}: {found.steps:,} steps on the emulated core, every event, count and score as "
        "the reference"
    )
    if found.tuning is not None:
        _print_tuning(found.tuning, found)
    _print_stages(found.stages)
    say(
        f"a step that only the gate looks at takes {number(found.quiet_instructions)} instructions, one that is heard "
        f"{number(found.heard_instructions)}; the dearest call, which begins to listen, "
        f"{number(found.most_instructions)}"
    )
    tables.print_memory(found.memory, target)
    say(f"of the RAM, {found.ring_bytes:,} bytes are the ring of the last samples")
    for warning in found.warnings:
        say_warning(warning)
    say(f"written: {len(found.files)} files in {folder}")


def _print_tuning(tuning: CascadeTuning, found: CascadeBuild) -> None:
    say_lines(f"tuned on {tuning.seconds / 60:.1f} minutes with {tuning.words} words: {tuning.audio}")
    step_ms = 1000 * found.step_samples / found.rate_hz
    columns = [
        Column("", "name"),
        Column("ratio"),
        Column("onset ms"),
        Column("hangover ms"),
        Column("pre-roll ms"),
        Column("refresh ms", spare=1),
        Column("warm-up ms"),
    ]
    columns += [Column("smoothing ms", spare=1), Column("threshold"), Column("check", spare=1), Column("missed")]
    columns += [Column("false/h"), Column("listens"), Column("instructions/s", spare=1), Column("uW")]
    rows = [_row("words alone", tuning.alone, step_ms, gated=False)]
    rows += [_row("chosen" if p is tuning.point else "", p, step_ms) for p in _some(tuning)]
    print_table("", columns, rows)
    say_lines(f"of {tuning.tried:,} settings {len(tuning.points)} are the best at something; chosen: {tuning.choice}")


def _some(tuning: CascadeTuning) -> list[CascadePoint]:
    """As many points as are read, the chosen one among them."""
    every = -(-len(tuning.points) // MOST_ROWS)
    return [p for k, p in enumerate(tuning.points) if k % every == 0 or p is tuning.point]


def _row(name: str, p: CascadePoint, step_ms: float, gated: bool = True) -> list[str]:
    c = p.cascade
    times = [f"{step_ms * n:g}" for n in (c.onset_steps, c.hangover_steps, c.preroll_steps, c.refresh_steps)]
    return [
        name,
        *([str(c.ratio), *times] if gated else ["-"] * 5),
        f"{step_ms * p.warmup_steps:g}",
        f"{step_ms * p.smoothing:g}",
        " ".join(map(str, p.threshold_sums)),
        " ".join(map(str, p.verifier)) or "-",
        percent(p.missed),
        f"{p.false_accepts:.2f}",
        percent(p.listened),
        number(p.instructions_s),
        number(p.power_uw),
    ]


def _print_stages(stages: tuple[CascadeStage, ...]) -> None:
    columns = [Column("stage", "name"), Column("calls", spare=2), Column("instructions"), Column("most", spare=1)]
    columns += [Column("modelled cycles"), Column("flash alone"), Column("arena alone"), Column("state", spare=1)]
    columns += [Column("stack", spare=1)]
    rows = []
    for s in stages:
        cycles = s.cycles if s.cycles is not None else s.modelled.cycles if s.modelled else None
        sizes = map(number, (s.flash_bytes, s.arena_bytes, s.state_bytes, s.stack_bytes))
        rows.append(
            [s.name, number(s.runs), number(s.instructions), number(s.most_instructions), number(cycles), *sizes]
        )
        if s.front_end_instructions is not None:
            rows.append(["  its front end", "", number(s.front_end_instructions), *[""] * 6])
    print_table("", columns, rows)


def print_listening(found: CascadeListening, target: Target) -> None:
    """What was heard, how often the stages ran, and what that means for the board."""
    whole, r = found.whole, found.recording
    ran = found.target_steps * whole.step_ms / 1000
    exact = "as the reference" if found.bit_exact else f"{found.mismatches:,} steps differ"
    say(
        f"{whole.model} on {found.target}: {r.seconds:.2f} s of {Path(r.source).name}, {ran:.2f} s on the emulated core"
    )
    say(f"every event, count and score there: {exact}; all of it by firmware of this computer")
    if found.events:
        rows = [[e.word, f"{e.end_s:.2f}", f"{e.score / 255:.3f}", number(e.step)] for e in found.events]
        print_table("", [Column("word", "name"), Column("ends at, s"), Column("mean score"), Column("step")], rows)
    else:
        say("nothing was heard")
    share = percent(whole.listened_steps / whole.steps)
    say(
        f"listens in {whole.listened_steps:,} of {whole.steps:,} steps, {share}, in "
        f"{whole.openings:,} stretches; without a gate {whole.events_alone} detections, of which {whole.missed} are "
        f"missed, and {whole.added} more are made"
    )
    _print_stages(found.stages)
    if found.instructions is not None and whole.average_instructions_s is not None:
        say(
            f"a step on the core takes {number(found.instructions)} instructions, the mean, the dearest "
            f"{number(found.most_instructions)}; {number(found.listening_instructions)} are ring and detector"
        )
        say(
            f"over the recording: {number(whole.average_instructions_s)} instructions a second, without a gate "
            f"{number(whole.alone_instructions_s)}: {whole.saved_times:.1f} times as many"
        )
    tables.print_memory(found.memory, target)
    _print_power(found)
    for warning in found.warnings:
        say_warning(warning)


def _print_power(found: CascadeListening) -> None:
    if found.duty is not None:
        say(f"duty: {100 * found.duty:.2f} % of the time")
    if found.power_uw is None:
        return
    below = "below" if found.power_uw < LIMIT_UW else "above"
    say(f"average power: {number(found.power_uw)} uW of all that is known, {below} 1 mW; not measured on silicon")
    for what in found.unknown:
        say_lines(f"not in it: {what}")

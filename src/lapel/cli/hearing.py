"""Models that listen: the options that say what one listens for, and what it heard as tables."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click

import lapel
from lapel.audio import frontend
from lapel.audio.detector import QUIET_S, SMOOTHING, THRESHOLD
from lapel.audio.modes import modes
from lapel.cli import tables
from lapel.cli.grid import Column
from lapel.cli.screen import number, percent, print_table, say, say_warning
from lapel.errors import UsageError, shown
from lapel.frontends import is_model
from lapel.proving.ears import Ears, take
from lapel.proving.wakeword import read_wakeword
from lapel.records import Listening, Stage
from lapel.records.frontend import FrontEnd
from lapel.targets import Target

WHOLE = {f.name for f in fields(FrontEnd) if f.type == "int"}


def read_front(text: str | None) -> FrontEnd | None:
    """A front end of a mode and fields, as in lfbe,peak=32768. Raises UsageError."""
    if text is None:
        return None
    mode, *given = text.split(",")
    numbers: dict[str, int | float] = {}
    for one in given:
        name, _, value = one.partition("=")
        try:
            numbers[name.strip()] = int(value) if name.strip() in WHOLE else float(value)
        except ValueError:
            raise UsageError(
                f"--front {shown(text)}: {shown(one)!r} is no field and number, expected such as hop_ms=20"
            ) from None
    return frontend.make(mode.strip(), **numbers)


ROWS: tuple[Any, ...] = (
    click.option(
        "--front", metavar="MODE[,FIELD=VALUE]...", callback=lambda c, p, v: read_front(v),
        help=f"The front end before a model that takes features: {', '.join(modes())}, with fields such as hop_ms=20.",
    ),
    click.option("--word", "words", metavar="NAME", multiple=True, help="Name of a score; repeated, in their order."),
    click.option(
        "--threshold", type=float, metavar="SHARE", help=f"Mean score of a detection, 0 to 1; else {THRESHOLD}."
    ),
    click.option("--smoothing", type=int, metavar="N", help=f"The scores that the mean is of; else {SMOOTHING}."),
    click.option(
        "--refractory", "refractory_s", type=float, metavar="SECONDS",
        help=f"How long nothing counts after a detection; else {QUIET_S:g}.",
    ),
    click.option(
        "--warmup", "warmup_s", type=float, metavar="SECONDS",
        help=f"How long nothing counts after a reset; else {QUIET_S:g}.",
    ),
)  # fmt: skip


def is_record(model: Path) -> bool:
    """Whether a file is the record of what listens, by its name, and no model that is written as JSON."""
    return model.suffix == ".json" and not is_model(model)


@dataclass(frozen=True)
class Asked:
    """What the options say: of the detector, what was given."""

    front: FrontEnd | None
    words: tuple[str, ...]
    detector: dict[str, Any]

    @property
    def given(self) -> bool:
        """Whether any of them was used."""
        return bool(self.front or self.words or self.detector)

    def ears(self, model: Path, name: str | None, classes: Any = None) -> Ears:
        """The ears of a model's file, or a wake word's. Raises as `lapel.proving.ears.take`."""
        if is_record(model):
            if self.given or classes is not None:
                raise UsageError(f"{model} is a wake word, which has its front end, words and detector: give no others")
            return read_wakeword(model, name)
        graph = lapel.load(model, name=name, classes=classes)
        return take(graph, front=self.front, words=self.words, **self.detector)


def asked(command: Callable[..., int]) -> Callable[..., int]:
    """The options of a command that takes a model which listens; it is given them as `asked`."""

    @functools.wraps(command)
    def called(front: FrontEnd | None, words: tuple[str, ...], **given: Any) -> int:
        names = ("threshold", "smoothing", "refractory_s", "warmup_s")
        found = {n: given.pop(n) for n in names}
        return command(asked=Asked(front, words, {n: v for n, v in found.items() if v is not None}), **given)

    return functools.reduce(lambda made, option: option(made), reversed(ROWS), called)


def print_listening(found: Listening, target: Target, drawn: Path | None) -> None:
    """What was heard, what a step costs stage by stage, and what that means for the board."""
    r = found.recording
    core = "this computer" if target.emulator.kind == "native" else "the emulated core"
    say(f"{found.model} on {found.target}: {r.seconds:.2f} s of {Path(r.source).name}, {_proof(found, core)}")
    _print_events(found)
    _print_stages(found)
    tables.print_memory(found.memory, target)
    _print_load(found)
    if drawn is not None:
        say(f"written: {drawn}")
    for warning in found.warnings:
        say_warning(warning)


def _proof(found: Listening, core: str) -> str:
    where = "all of it" if found.whole_on_target else f"the first {_seconds(found):.2f} s"
    exact = "every score as the reference" if found.bit_exact else f"{found.mismatches:,} steps differ"
    rest = "" if found.whole_on_target else "; the rest by firmware of this computer"
    return f"{where} on {core}, {exact}{rest}"


def _seconds(found: Listening) -> float:
    return found.target_steps * found.step_ms / 1000


def _print_events(found: Listening) -> None:
    if not found.events:
        say(f"nothing was heard: no mean of {found.detector.smoothing} scores reached its threshold")
        return
    rows = [[e.word, f"{e.end_s:.2f}", f"{e.score / 255:.3f}", number(e.step)] for e in found.events]
    columns = [Column("word", "name"), Column("ends at, s"), Column("mean score"), Column("step", spare=1)]
    print_table("", columns, rows)


def _print_stages(found: Listening) -> None:
    if found.instructions is None:
        say(f"one step, {found.step_ms:g} ms: not counted on this computer")
        return
    columns = [Column("stage", "name"), Column("instructions"), Column("share", spare=1)]
    rows = [[s.name, number(s.instructions), percent(_share(s, found))] for s in found.stages]
    total = [f"one step, {found.step_ms:g} ms", number(found.instructions), ""]
    if found.cycles is not None:
        columns.append(Column("cycles"))
        cells = [s.cycles for s in found.stages]
        whole: int | None = found.cycles
    elif found.cycle_model is not None:
        columns.append(Column("modelled cycles"))
        cells = [s.modelled.cycles if s.modelled else None for s in found.stages]
        whole = found.cycle_model.inference.cycles
    else:
        cells, whole = [], None
    for row, cell in zip(rows, cells, strict=False):
        row.append(number(cell))
    print_table("", columns, rows, total=[*total, number(whole)] if cells else total)
    say(
        f"means of {number(found.target_steps)} counted steps, the dearest one takes {number(found.most_instructions)} "
        f"instructions" + (f"; cycles are modelled of {found.modelled_steps}" if found.modelled_steps else "")
    )


def _share(stage: Stage, found: Listening) -> float | None:
    return stage.instructions / found.instructions if stage.instructions is not None and found.instructions else None


def _print_load(found: Listening) -> None:
    if found.duty is None or found.time_us is None:
        return
    line = f"duty: {100 * found.duty:.2f} % of the time, {found.time_us / 1000:.3f} ms of each {found.step_ms:g} ms"
    if found.duty > 1:
        say_warning(f"{line}: too slow to listen")
        return
    say(line)
    if found.computing_uw is None:
        return
    line = f"average power: {number(found.computing_uw)} uW for computing"
    if found.power_uw is not None:
        line += f", {number(found.power_uw)} uW with the sleep between"
    say(f"{line}, by the board's energy per cycle; not measured on silicon")

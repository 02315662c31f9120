"""`lapel train wakeword`: folders of recordings -> a model that listens, with its front end and detector."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lapel import wakewords
from lapel.cli import options, screen, trainings
from lapel.cli.grid import Column
from lapel.cli.settings import read_settings, settings_option
from lapel.cli.supervision import supervised
from lapel.errors import UsageError
from lapel.files import check_folder, make_folder, write_folder
from lapel.records import Rate, WakeWord, WakeWordOptions, WordFigures
from lapel.reports import report
from lapel.wakewords.work import check_work, clear, finished

MANIFEST = "wakeword.json"
PICTURE = "wakeword.svg"
WORK = "work"
EXAMPLE = "hours_test=6"


@click.command("wakeword")
@click.argument("recipe", required=False, callback=options.path, shell_complete=options.complete_path)
@click.option("--word", "words", multiple=True, metavar="NAME", help="A word; repeated, one model hears several.")
@click.option(
    "--positives", multiple=True, metavar="DIR", callback=lambda c, p, v: tuple(map(Path, v)),
    shell_complete=options.complete_path,
    help="Recordings of the word, a folder for each in their order; none: espeak-ng says the words.",
)  # fmt: skip
@click.option(
    "--negatives", multiple=True, metavar="DIR", callback=lambda c, p, v: tuple(map(Path, v)),
    shell_complete=options.complete_path, help="Recordings of anything else; may be repeated.",
)  # fmt: skip
@click.option(
    "--group", metavar="PATTERN",
    help="A regular expression whose first group, in a path, says who spoke; else its folder, or the clip alone.",
)  # fmt: skip
@settings_option(EXAMPLE)
@options.path_option("-o", "--out", help="Folder to write; build/WORD if not given.")
@click.option("--fresh", is_flag=True, help="Begin anew, even if steps are finished already.")
@options.JSON
@supervised(lambda **given: _steps(**given))
def COMMAND(
    recipe: Path | None,
    words: tuple[str, ...],
    positives: tuple[Path, ...],
    negatives: tuple[Path, ...],
    group: str | None,
    settings: tuple[str, ...],
    out: Path | None,
    fresh: bool,
    as_json: bool,
) -> int:
    """Train a model that hears words in a stream, choose its detector, and count what it misses and hears by mistake.

    Words and folders are given as options, or all of it as a RECIPE, a .toml file. The folder gets WORD.tflite (int8),
    wakeword.json (front end, detector, figures) and wakeword.svg: misses against false accepts. Steps that are finished
    lie in its folder work: interrupted, the same command goes on from there.
    """
    request = _request(recipe, words, positives, negatives, group, settings)
    folder = _folder(request, out)
    check_folder(folder, [f"{request.name}.tflite", PICTURE], MANIFEST)
    check_work(folder / WORK)
    if fresh:
        clear(folder / WORK)
    make_folder(folder / WORK)
    with trainings.shown(quiet=as_json) as progress:
        made = wakewords.train_wakewords(request, folder / WORK, progress)
    (drawn,) = report(made.record).pictures.values()
    contents = {made.record.model: made.model, PICTURE: drawn.encode()}
    write_folder(folder, contents, MANIFEST, made.record.to_json())
    if as_json:
        screen.print_json(made.record.to_json())
        return 0
    print_record(made.record)
    screen.say(f"written: {' '.join(str(folder / n) for n in (*contents, MANIFEST))}")
    return 0


def _folder(request: wakewords.Request, out: Path | None) -> Path:
    return Path("build") / request.name if out is None else out


def _steps(
    recipe: Path | None, words: tuple[str, ...], positives: tuple[Path, ...], negatives: tuple[Path, ...],
    group: str | None, settings: tuple[str, ...], out: Path | None, **_: Any,
) -> list[Path]:  # fmt: skip
    """The folder of steps, if there are any."""
    work = _folder(_request(recipe, words, positives, negatives, group, settings), out) / WORK
    return finished(work)


def _request(
    recipe: Path | None, words: tuple[str, ...], positives: tuple[Path, ...], negatives: tuple[Path, ...],
    group: str | None, settings: tuple[str, ...],
) -> wakewords.Request:  # fmt: skip
    given = read_settings(settings, WakeWordOptions.__dataclass_fields__, EXAMPLE)
    if recipe is None:
        if not words:
            raise UsageError("no word was given: add --word NAME, or name a recipe, a .toml file")
        return wakewords.make_request(words, positives, negatives, group, given)
    if words or positives or negatives or group:
        raise UsageError(f"{recipe} is given, and words or folders beside it: say them in the recipe")
    return wakewords.read_request(recipe, given)


def print_record(record: WakeWord) -> None:
    """Figures of each word, on validation and on test audio, with their intervals."""
    d = record.detector
    step_ms = record.steps_frames * record.front.hop_ms
    screen.say(
        f"{record.name}: a step every {step_ms:g} ms, smoothed over {d.smoothing}, deaf for "
        f"{d.refractory_steps * step_ms / 1000:g} s after a detection, and for {d.warmup_steps * step_ms / 1000:g} s "
        "after a reset"
    )
    snr = record.options.snr_db
    heads = ("threshold", "missed", f"at {snr:g} dB", "false accepts an hour", "hours", "sound-alikes")
    columns = [Column("word", "name"), Column("on", "name"), *map(Column, heads)]
    rows = [
        _row(f, part, d.threshold_sums[k] / d.smoothing)
        for part, found in (("validation", record.validation), ("test", record.test))
        for k, f in enumerate(found)
    ]
    screen.print_table("", columns, rows)
    screen.say(
        "in brackets: exact 95 % intervals; words made to sound alike are counted apart: so many were taken for it"
    )
    for warning in record.warnings:
        screen.say_warning(warning)


def _row(f: WordFigures, part: str, threshold: float) -> list[str]:
    a = f.false_accepts
    return [f.word, part, f"{threshold:.0f}", _share(f.missed), _share(f.missed_noisy),
            f"{a.value:.2f} [{a.low:.2f} {a.high:.2f}]", f"{a.trials:.1f}",
            "none" if f.alike is None else f"{f.alike.events} of {f.alike.trials:g}"]  # fmt: skip


def _share(rate: Rate) -> str:
    low, high = 100 * rate.low, 100 * rate.high
    return f"{rate.events} of {rate.trials:g}: {100 * rate.value:.1f} % [{low:.1f} {high:.1f}]"

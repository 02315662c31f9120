"""`lapel train speaker`: recordings or synthesized voices -> a network that tells speakers apart, and its threshold."""

from __future__ import annotations

from pathlib import Path

import click

from lapel import speakers
from lapel.cli import options, screen, trainings
from lapel.cli.grid import Column
from lapel.cli.settings import read_settings, settings_option
from lapel.cli.supervision import supervised
from lapel.files import check_folder, make_folder, write_folder
from lapel.records import Interval, SpeakerFigures, SpeakerOptions, Verifier
from lapel.wakewords.work import check_work, clear, finished

MANIFEST = "verifier.json"
WORK = "work"
EXAMPLE = "voices=200"


@click.command("speaker")
@click.argument("recipe", callback=options.path, shell_complete=options.complete_path)
@settings_option(EXAMPLE)
@options.path_option("-o", "--out", help="Folder to write; build/RECIPE if not given.")
@click.option("--fresh", is_flag=True, help="Begin anew, even if steps are finished already.")
@options.JSON
@supervised(lambda recipe, out, **_: finished(_folder(recipe, out) / WORK))
def COMMAND(recipe: Path, settings: tuple[str, ...], out: Path | None, fresh: bool, as_json: bool) -> int:
    """Train a network that tells who said a word, of synthesized voices and of recordings that a RECIPE names.

    The folder gets speaker_WORDS.tflite (int8) and verifier.json: front end, threshold, and the rate of equal errors
    with its interval, on speakers that were not learned. Steps that are finished lie in its folder work: interrupted,
    the same command goes on from there. `lapel verify` enrols a user by three recordings and verifies others.
    """
    request = speakers.read_request(recipe, read_settings(settings, SpeakerOptions.__dataclass_fields__, EXAMPLE))
    folder = _folder(recipe, out)
    check_folder(folder, [f"{request.name}.tflite"], MANIFEST)
    check_work(folder / WORK)
    if fresh:
        clear(folder / WORK)
    make_folder(folder / WORK)
    with trainings.shown(quiet=as_json) as progress:
        made = speakers.train_speakers(request, folder / WORK, progress)
    write_folder(folder, {made.record.model: made.model}, MANIFEST, made.record.to_json())
    if as_json:
        screen.print_json(made.record.to_json())
        return 0
    print_record(made.record)
    screen.say(f"written: {folder / made.record.model} {folder / MANIFEST}")
    return 0


def _folder(recipe: Path, out: Path | None) -> Path:
    return Path("build") / recipe.stem if out is None else out


def print_record(record: Verifier) -> None:
    """Figures of each material by each method, with their intervals."""
    screen.say(
        f"{record.name}: an embedding of {record.embedding} values, accepted from a similarity of "
        f"{record.thresholds[0] / 32768:.3f} on to a template of {record.utterances} utterances"
    )
    heads = ("speakers", "trials", "equal errors", "refused", "accepted")
    columns = [Column("on", "name"), Column("said by", "name"), Column("by", "name"), *map(Column, heads)]
    rows = [
        _row(part, f)
        for part, found in (("validation", record.validation), ("test", record.test))
        for f in found
    ]  # fmt: skip
    screen.print_table("", columns, rows)
    screen.say(
        "equal errors: as many of the speaker refused as of others accepted; refused, accepted: at the threshold, "
        "which is the validation's; in brackets: 95 % intervals over speakers and utterances"
    )
    for warning in record.warnings:
        screen.say_warning(warning)


def _row(part: str, f: SpeakerFigures) -> list[str]:
    trials = f"{f.genuine:,} + {f.impostors:,}"
    return [part, f.material, f.method, str(f.speakers), trials, *map(_share, (f.equal_error, f.refused, f.accepted))]


def _share(found: Interval | None) -> str:
    if found is None:
        return "-"
    return f"{100 * found.value:.1f} % [{100 * found.low:.1f} {100 * found.high:.1f}]"

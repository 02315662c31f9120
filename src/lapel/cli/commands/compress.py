"""`lapel compress`: a recipe of steps -> a network made smaller, and what each step saves in firmware."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click

from lapel.cli import compressions, options, screen, trainings
from lapel.cli.supervision import supervised
from lapel.errors import DoesNotFit, UsageError
from lapel.ladder import compress, read_recipe
from lapel.ladder.folder import CHECKPOINTS, MANIFEST
from lapel.ladder.picture import HOW
from lapel.ladder.steps import known, option_defaults, training_options
from lapel.records import Budgets, CompressionRecord


@click.command("compress")
@click.argument("recipe", required=False, callback=options.path, shell_complete=options.complete_path)
@options.path_option("-o", "--out", help="Folder to write; build/RECIPE if not given.")
@click.option("--list", "listed", is_flag=True, help="Print the steps that there are, with their options, and end.")
@click.option(
    "--without", metavar="STEP", multiple=True,
    help="Another ladder without that step, beside the recipe's own; may be repeated. `all`: without each, one by one.",
)  # fmt: skip
@click.option(
    "--sweep", metavar="STEP.OPTION=A,B,…", multiple=True,
    help="A ladder for each of these values of an option; repeated, for each combination.",
)  # fmt: skip
@click.option(
    "--search", "trials", type=int, metavar="N",
    help="Try N settings of what the recipe's [search.STEP] leaves open; the best within the budgets is built.",
)  # fmt: skip
@click.option("--max-flash", type=int, metavar="BYTES", help="Of a search: flash of the firmware, estimated.")
@click.option("--max-ram", type=int, metavar="BYTES", help="Of a search: RAM, estimated without the stack.")
@click.option("--max-cycles", type=int, metavar="N", help="Of a search: cycles of one inference, estimated.")
@click.option("--min-accuracy", type=float, metavar="SHARE", help="Of a search: on the validation samples, 0 to 1.")
@click.option("--fresh", is_flag=True, help="Begin anew, even if steps are finished already.")
@options.JSON
@supervised(lambda recipe, out, **_: [] if recipe is None else _steps(_folder(recipe, out)))
def COMMAND(
    recipe: Path | None,
    out: Path | None,
    listed: bool,
    without: tuple[str, ...],
    sweep: tuple[str, ...],
    trials: int | None,
    max_flash: int | None,
    max_ram: int | None,
    max_cycles: int | None,
    min_accuracy: float | None,
    fresh: bool,
    as_json: bool,
) -> int:
    """Compress the network of a RECIPE, a .toml file, step by step, and measure the firmware after each step.

    The folder gets the network after each step (.tflite), compression.json, and compression.svg: accuracy against bytes
    of flash. Interrupted, the same command goes on after the last step that was finished. Between steps the firmware
    runs on some of the test samples (the recipe's `samples`), after the last one on all. Exit code 7 if a search finds
    nothing within its budgets: the nearest is built all the same.
    """
    if listed:
        compressions.print_methods(known(), option_defaults(), training_options())
        return 0
    if recipe is None:
        raise UsageError("no recipe was given: name a .toml file; `lapel compress --list` shows the steps")
    read = read_recipe(recipe)
    folder = _folder(recipe, out)
    left_out = [s.name for s in read.steps] if "all" in without else list(without)
    with trainings.shown(quiet=as_json) as progress:
        found = compress(
            read, folder, without=left_out, sweep=_sweep(sweep), search=trials, fresh=fresh, progress=progress,
            budgets=Budgets(max_flash, max_ram, max_cycles, min_accuracy),
        )  # fmt: skip
    if as_json:
        screen.print_json(found.to_json())
    else:
        _print(found, folder)
    if found.search is None or found.search.met:
        return 0
    screen.say_error(f"{recipe}: no trial is within the budgets: {'; '.join(found.search.limits)}")
    return DoesNotFit.exit_code


def _folder(recipe: Path, out: Path | None) -> Path:
    return Path("build") / recipe.stem if out is None else out


def _steps(folder: Path) -> list[Path]:
    """What names the finished steps, and checkpoints of those that are not."""
    return [folder / MANIFEST, *sorted(folder.glob(CHECKPOINTS))]


def _print(found: CompressionRecord, folder: Path) -> None:
    compressions.print_ladder(found)
    rungs = (*found.rungs, *(r for v in found.variants for r in v.rungs))
    names = [*dict.fromkeys(r.file for r in rungs if r.file), *filter(None, [found.picture]), MANIFEST]
    if found.picture is None:
        screen.say(HOW)
    screen.say(f"took {found.seconds:.0f} s; written: {' '.join(str(folder / n) for n in names)}")


def _sweep(given: tuple[str, ...]) -> dict[str, list[Any]]:
    """Values by option."""
    found: dict[str, list[Any]] = {}
    for text in given:
        option, equals, values = text.partition("=")
        if not equals or not values:
            raise UsageError(f"--sweep {text}: expected STEP.OPTION=A,B,…, such as prune.density=0.1,0.05")
        found[option] = [_value(v.strip()) for v in values.split(",")]
    return found


def _value(text: str) -> Any:
    """As TOML has it; what is none of its values is text."""
    try:
        return tomllib.loads(f"v = {text}")["v"]
    except tomllib.TOMLDecodeError:
        return text

"""`lapel compare`: models of many kinds on the user's data, each run as firmware on a target."""

from __future__ import annotations

from pathlib import Path

import click

import lapel
from lapel.cli import comparisons, options, screen, wishes
from lapel.cli.supervision import supervised
from lapel.contest import list_candidates
from lapel.contest.folder import MANIFEST, PICTURE
from lapel.contest.picture import HOW
from lapel.errors import UsageError
from lapel.records import Comparison
from lapel.targets import Target, load_target
from lapel.wish import Wish


def _target(ctx: click.Context, param: click.Parameter, value: str | None) -> Target | None:
    return None if value is None else load_target(value)


def _names(ctx: click.Context, param: click.Parameter, value: str | None) -> list[str] | None:
    return None if value is None else [name.strip() for name in value.split(",") if name.strip()]


def _manifest(data: Path | None, out: Path | None) -> list[Path]:
    return [] if data is None else [_folder(data, out) / MANIFEST]


@click.command("compare")
@click.argument("data", required=False, callback=options.path, shell_complete=options.complete_path)
@options.target_option("-t", "--target", callback=_target, help="A core or board.")
@click.option("--label", metavar="COLUMN", help="What is to be learned: of a .csv the last column if not given.")
@click.option("--group", metavar="COLUMN", help="Samples of a group, such as a person, are on one side of every split.")
@click.option(
    "--task", type=click.Choice(("classification", "regression")),
    help="Which it is, where labels do not look like it: fractions are a regression, all else are classes.",
)  # fmt: skip
@click.option("--candidates", metavar="A,B,…", callback=_names, help="Those that take part; all if not given.")
@click.option("--test", type=float, default=0.3, show_default=True, metavar="SHARE", help="Of the samples, held out.")
@click.option("--folds", type=int, default=5, show_default=True, metavar="N", help="Of the rest, to choose by.")
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Of splits and trainings.")
@click.option("--samples", type=int, metavar="N", help="Held-out samples that run on the chip; all if not given.")
@options.path_option("-o", "--out", help="Folder to write; build/compare-DATA if not given.")
@click.option("--list", "listed", is_flag=True, help="Print the candidates that there are, and end.")
@click.option("--fresh", is_flag=True, help="Begin anew, even if contenders are finished already.")
@options.TIMEOUT
@options.JSON
@supervised(lambda data, out, **_: _manifest(data, out))
@wishes.wished
def COMMAND(
    data: Path | None,
    target: Target | None,
    label: str | None,
    group: str | None,
    task: str | None,
    candidates: list[str] | None,
    test: float,
    folds: int,
    seed: int,
    samples: int | None,
    out: Path | None,
    listed: bool,
    fresh: bool,
    wish: Wish,
    timeout_s: float,
    as_json: bool,
) -> int:
    """Train models of many kinds on DATA (.csv, .npz, a folder), and run the firmware of each on the emulated chip.

    Of the samples a share is held out; settings are chosen by folds of the rest, and held-out samples decide nothing.
    The folder gets the firmware of each, comparison.json, and comparison.svg: accuracy against flash, RAM and time.
    Interrupted, the same command goes on after the last model that was finished.
    """
    if listed:
        comparisons.print_candidates(tuple(list_candidates().values()))
        return 0
    if data is None or target is None:
        missing = "no data was given: name a .csv or .npz file" if data is None else "no target was given: add --target"
        raise UsageError(f"{missing}; `lapel boards` lists targets, `lapel compare --list` the candidates")
    folder = _folder(data, out)
    with screen.stages(quiet=as_json) as progress:
        found = lapel.compare(
            data, target, folder, label=label, group=group, task=task, candidates=candidates, test=test, folds=folds,
            seed=seed, samples=samples, wish=wish, fresh=fresh, timeout_s=timeout_s, progress=progress,
        )  # fmt: skip
    if as_json:
        screen.print_json(found.to_json())
    else:
        _print(found, folder)
    return 0


def _folder(data: Path, out: Path | None) -> Path:
    return Path("build") / f"compare-{data.stem}" if out is None else out


def _print(found: Comparison, folder: Path) -> None:
    comparisons.print_comparison(found)
    written = [folder / MANIFEST]
    if found.picture is None:
        screen.say(HOW)
    else:
        written.append(folder / PICTURE)
    builds = sum(c.build is not None for c in found.contenders)
    files = " ".join(map(str, written))
    screen.say(f"took {found.seconds:.0f} s; written: {files}, and {builds} firmwares in folders beside them")

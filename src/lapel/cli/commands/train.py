"""`lapel train`: a recipe and data -> a trained float model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from lapel.cli import kinds, options, screen, trainings
from lapel.cli.supervision import supervised
from lapel.errors import InputError, TrainingError
from lapel.files import check_folder, write_folder
from lapel.frontends.tflite import write_tflite
from lapel.keywords import meant
from lapel.records import TrainingRecord
from lapel.training import Trained
from lapel.training.recipe import TrainingRecipe, checkpoints_of, read_recipe, train_quantized, train_recipe

MANIFEST = "training.json"
QUANTIZED = "quantized.json"
CHECKPOINTS = ("checkpoint.pt", "checkpoint_quantized.pt")
LONGEST = 200
"""Characters of the line that says what a kind of training does."""


class Trainings(click.Command):
    """The command of recipes, or one of those in `lapel.cli.kinds` where its name stands in the recipe's place."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        kind = kinds.command(args[0]) if args else None
        if kind is not None:
            return kind.make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)
        if args and not args[0].startswith("-") and not Path(args[0]).suffix and not Path(args[0]).exists():
            known = meant(args[0], kinds.kinds())
            raise InputError(f"{args[0]} is no recipe, a .toml file, and no kind of training: {known}")
        return super().make_context(info_name, args, parent, **extra)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Every kind, with the first line of its help."""
        with formatter.section("Kinds, in the recipe's place"):
            found = [(name, kinds.command(name)) for name in kinds.kinds()]
            formatter.write_dl([(name, c.get_short_help_str(LONGEST)) for name, c in found if c is not None])


@click.command("train", cls=Trainings)
@click.argument("recipe", callback=lambda c, p, v: Path(v), shell_complete=options.complete_path)
@options.path_option("-o", "--out", help="Folder to write; build/RECIPE if not given.")
@click.option("--fresh", is_flag=True, help="Begin anew, even if a checkpoint is there.")
@options.JSON
@supervised(lambda recipe, out, **_: _checkpoints(recipe, out))
def COMMAND(recipe: Path, out: Path | None, fresh: bool, as_json: bool) -> int:
    """Train the network of a RECIPE, a .toml file, with the data that it names.

    The folder gets NETWORK.tflite (float32), training.json (options and metrics), and while it trains a checkpoint
    after each epoch: interrupted, the same command goes on from there, and ends as it would have without. A recipe with
    a table [quantize] trains once more, quantization-aware: NETWORK_int8.tflite (or int4, …) and quantized.json. Exit
    code 15 if a training diverged; what was best before is written all the same. A network that does no better than
    the most frequent class, or than the mean, is written with a warning. Other kinds of training have a name in the
    recipe's place, and options of their own: `lapel train KIND --help`.
    """
    read = read_recipe(recipe)
    folder = _folder(recipe, out)
    names = _names(read)
    check_folder(folder, names, MANIFEST)
    first, second = (folder / name for name in CHECKPOINTS)
    with trainings.shown(quiet=as_json) as progress:
        made = [train_recipe(read, first, progress, checkpoints_of(read, first, second) if fresh else ())]
        if read.aware is not None:
            made.append(train_quantized(read, made[0], second, progress))
    _write(folder, names, made)
    records = [m.record for m in made]
    if as_json:
        screen.print_json(records[-1].to_json())
    else:
        for record in records:
            trainings.print_record(record)
        screen.say(f"written: {' '.join(str(folder / n) for n in (*names, MANIFEST))}")
    return _ended(recipe, records)


def _folder(recipe: Path, out: Path | None) -> Path:
    return Path("build") / recipe.stem if out is None else out


def _checkpoints(recipe: Path, out: Path | None) -> list[Path]:
    """Those that are there, of any seed."""
    return sorted(_folder(recipe, out).glob("checkpoint*.pt"))


def _names(recipe: TrainingRecipe) -> list[str]:
    """Of the files that are written, but for the manifest."""
    stem = recipe.name or (recipe.model.stem if recipe.model else "model")
    aware = recipe.aware
    return [f"{stem}.tflite", *([] if aware is None else [f"{stem}_int{aware.weight_bits}.tflite", QUANTIZED])]


def _write(folder: Path, names: list[str], made: list[Trained]) -> None:
    contents = {name: write_tflite(m.graph) for name, m in zip(names, made, strict=False)}
    if len(made) > 1:
        contents[QUANTIZED] = (json.dumps(made[1].record.to_json(), indent=2) + "\n").encode()
    write_folder(folder, contents, MANIFEST, made[0].record.to_json())


def _ended(recipe: Path, records: list[TrainingRecord]) -> int:
    """The exit code, and why it is not 0."""
    for record in records:
        diverged = [r.seed for r in record.runs if r.ended == "diverged"]
        if diverged:
            screen.say_error(
                f"{recipe}: seed {', '.join(map(str, diverged))}: the loss became no finite number; what was kept is "
                f"the best epoch before: lower learning_rate ({record.options.learning_rate:g})"
            )
            return TrainingError.exit_code
    return 0

"""`lapel train`: a recipe and data -> a trained float model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from lapel.cli import options, screen, trainings, wakewords
from lapel.cli.supervision import supervised
from lapel.errors import TrainingError
from lapel.files import check_folder, write_folder
from lapel.frontends.tflite import write_tflite
from lapel.records import TrainingRecord
from lapel.training import Trained
from lapel.training.recipe import TrainingRecipe, checkpoints_of, read_recipe, train_quantized, train_recipe

MANIFEST = "training.json"
QUANTIZED = "quantized.json"
KINDS: Mapping[str, click.Command] = {"wakeword": wakewords.COMMAND}
"""Trainings of another kind than a recipe's, by the word that asks for them."""
CHECKPOINTS = ("checkpoint.pt", "checkpoint_quantized.pt")


class Trainings(click.Command):
    """The command of recipes, or one of those in KINDS where its name stands in the recipe's place."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        kind = KINDS.get(args[0]) if args else None
        if kind is not None:
            return kind.make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


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
    the most frequent class, or than the mean, is written with a warning. `lapel train wakeword` trains a model that
    hears words in a stream: `lapel train wakeword --help`.
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

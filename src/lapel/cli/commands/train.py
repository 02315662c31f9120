"""`lapel train`: a recipe and data -> a trained float model."""

from __future__ import annotations

from pathlib import Path

import click

from lapel.cli import options, screen, trainings
from lapel.errors import TrainingError
from lapel.files import check_folder, write_folder
from lapel.frontends.tflite import write_tflite
from lapel.training.recipe import read_recipe, train_recipe

MANIFEST = "training.json"
CHECKPOINT = "checkpoint.pt"


@click.command("train")
@click.argument("recipe", callback=lambda c, p, v: Path(v), shell_complete=options.complete_path)
@options.path_option("-o", "--out", help="Folder to write; build/RECIPE if not given.")
@click.option("--fresh", is_flag=True, help="Begin anew, even if a checkpoint is there.")
@options.JSON
def COMMAND(recipe: Path, out: Path | None, fresh: bool, as_json: bool) -> int:
    """Train the network of a RECIPE, a .toml file, with the data that it names.

    The folder gets NETWORK.tflite (float32), training.json (options and metrics), and while it trains a checkpoint
    after each epoch: interrupted, the same command goes on from there, and ends as it would have without. Exit code 15
    if a training diverged; what was best before is written all the same.
    """
    read = read_recipe(recipe)
    folder = Path("build") / recipe.stem if out is None else out
    name = f"{read.name or (read.model and read.model.stem) or 'model'}.tflite"
    check_folder(folder, [name], MANIFEST)
    folder.mkdir(parents=True, exist_ok=True)
    if fresh:
        for old in folder.glob(f"{Path(CHECKPOINT).stem}*{Path(CHECKPOINT).suffix}"):
            old.unlink()
    with trainings.shown(quiet=as_json) as progress:
        trained = train_recipe(read, folder / CHECKPOINT, progress)
    record = trained.record
    write_folder(folder, {name: write_tflite(trained.graph)}, MANIFEST, record.to_json())
    if as_json:
        screen.print_json(record.to_json())
    else:
        trainings.print_record(record)
        screen.say(f"written: {folder / name} {folder / MANIFEST}")
    diverged = [r.seed for r in record.runs if r.ended == "diverged"]
    if not diverged:
        return 0
    screen.say_error(
        f"{recipe}: seed {', '.join(map(str, diverged))}: the loss became no finite number; what was kept is the "
        f"best epoch before: lower learning_rate ({record.options.learning_rate:g})"
    )
    return TrainingError.exit_code

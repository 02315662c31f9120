"""`lapel cascade`: a gate, a wake word and a check of detections, tuned together and written as one C program."""

from __future__ import annotations

from pathlib import Path

import click

from lapel.cascades.build import build_cascade
from lapel.cascades.recipe import read_recipe
from lapel.cli import cascades, options, screen, wishes
from lapel.targets import load_target
from lapel.wish import Wish


@click.command("cascade")
@click.argument("recipe", callback=options.path, shell_complete=options.complete_path)
@options.path_option("-o", "--out", help="Folder to write; build/RECIPE if not given.")
@options.BOARDS
@wishes.wished
@options.TIMEOUT
@options.JSON
def COMMAND(recipe: Path, out: Path | None, wish: Wish, timeout_s: float, as_json: bool) -> int:
    """Tune and build the cascade of a RECIPE, a .toml file: gate, wake word and verifier as one C program.

    Every setting of their thresholds that the recipe names is tried on scenes of its recordings, and weighed: words
    missed, false accepts and average power on the board. The folder gets the C, cascade.json with all figures, and
    cascade.svg. `lapel listen FILE --model FOLDER/cascade.json` streams a recording through it.
    """
    with screen.stages(quiet=as_json) as progress:
        read = read_recipe(recipe)
        folder = Path("build") / recipe.stem if out is None else out
        found = build_cascade(read, folder, wish=wish, timeout_s=timeout_s, progress=progress)
    if as_json:
        screen.print_json(found.to_json())
    else:
        cascades.print_build(found, load_target(found.target), folder)
    return 0

"""`lapel build`: a model to C in a folder."""

from __future__ import annotations

import os
from pathlib import Path

import click

import lapel
from lapel.cli import options, screen, tables
from lapel.plan import Goal
from lapel.targets import Target

NAME_BYTES = 200
"""Of a model's name in its folder's; file systems take 255 for all of it."""


@click.command("build")
@options.MODEL
@options.TARGET
@options.path_option("-o", "--out", help="Folder to write; build/MODEL-TARGET if not given.")
@options.OPTIMIZE
@options.FLASH_BUDGET
@options.WHOLE_INPUT
@options.TIMEOUT
@options.JSON
def COMMAND(
    model: Path,
    target: Target,
    out: Path | None,
    optimize: Goal,
    flash_budget: int | None,
    whole_input: bool,
    timeout_s: float,
    as_json: bool,
) -> int:
    """Compile MODEL to C for a target, and measure it there.

    The folder gets MODEL.c, MODEL.h, plan.txt (why each thing is as it is) and lapel.json (the figures). Of the files
    there only those are replaced that lapel wrote and nobody changed since.
    """
    with screen.stages() as progress:
        progress(f"reading {model}")
        graph = lapel.load(model)
        folder = _folder(graph.name, target.name) if out is None else out
        built = lapel.build(
            graph,
            target,
            folder,
            optimize=optimize,
            flash_budget=flash_budget,
            whole_input=whole_input,
            timeout_s=timeout_s,
            progress=progress,
        )
    if as_json:
        screen.print_json(built.to_json())
        return 0
    screen.say(f"{built.model} for {built.target}: the firmware gave the reference's bits")
    tables.print_layers(built.layers, built.instructions, built.cycles, built.cycle_model)
    tables.print_memory(built.memory, target)
    tables.print_model(built.cycle_model, target)
    if built.fits is None:
        screen.say(f"{target.name} is a core; boards with room: {', '.join(built.boards) or 'none'}")
    screen.say(f"written: {' '.join(built.files)}")
    return 0


def _folder(model: str, target: str) -> Path:
    """build/MODEL-TARGET: in UTF-8 whatever the locale says, and of a name that file systems take."""
    name = model.encode(errors="replace")[:NAME_BYTES].decode(errors="ignore")
    return Path("build") / os.fsdecode(f"{name}-{target}".encode())

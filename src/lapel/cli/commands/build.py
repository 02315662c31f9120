"""`lapel build`: a model to C in a folder."""

from __future__ import annotations

from pathlib import Path

import click

import lapel
from lapel.cli import data, options, screen, tables, wishes
from lapel.codegen.names import identifier
from lapel.targets import Target
from lapel.wish import Wish


@click.command("build")
@options.MODEL
@options.TARGET
@options.path_option("-o", "--out", help="Folder to write; build/MODEL-TARGET if not given.")
@options.CLASSES
@wishes.wished
@options.NAME
@options.TIMEOUT
@options.JSON
def COMMAND(
    model: Path,
    target: Target,
    out: Path | None,
    classes: str | None,
    wish: Wish,
    name: str | None,
    timeout_s: float,
    as_json: bool,
) -> int:
    """Compile MODEL to C for a target, and measure it there.

    The folder gets MODEL.c, MODEL.h, plan.txt (why each thing is as it is) and lapel.json (the figures). Of the files
    there only those are replaced that lapel wrote and nobody changed since.
    """
    with screen.stages(quiet=as_json) as progress:
        progress(f"reading {model}")
        graph = lapel.load(model, name=name, classes=data.read_classes(classes))
        folder = Path("build") / f"{identifier(graph.name)}-{target.name}" if out is None else out
        built = lapel.build(
            graph,
            target,
            folder,
            wish=wish,
            timeout_s=timeout_s,
            progress=progress,
        )
    if as_json:
        screen.print_json(built.to_json())
        return 0
    random = "random sample" if built.samples == 1 else "random samples"
    screen.say(f"{built.model} for {built.target}: the firmware gave the reference's bits on {built.samples} {random}")
    if identifier(built.model) != built.model:
        screen.say(f"its name in C is {identifier(built.model)}; --name gives it another")
    tables.print_layers(built.layers, built.instructions, built.cycles, built.cycle_model)
    tables.print_memory(built.memory, target, built.stack_worst_bytes)
    tables.print_model(built.cycle_model, target)
    if built.fits is None:
        screen.say(f"{target.name} is a core; boards with room: {', '.join(built.boards) or 'none'}")
    screen.say(f"written: {' '.join(built.files)}")
    for warning in built.warnings:
        screen.say_warning(warning)
    return 0

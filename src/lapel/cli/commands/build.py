"""`lapel build`: a model, or a program of several, to C in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

import lapel
from lapel.cli import blobs, data, hearing, options, scores, screen, tables, wishes
from lapel.codegen.names import identifier
from lapel.codegen.program import program_name
from lapel.errors import UsageError
from lapel.proving.run import Progress
from lapel.records import Build, Generated, ProgramBuild
from lapel.targets import Target
from lapel.wish import Wish


@click.command("build")
@options.MODELS
@options.TARGET
@options.path_option("-o", "--out", help="Folder to write; build/MODEL-TARGET if not given.")
@options.CLASSES
@click.option(
    "--listen", "listens", is_flag=True, help="Write NAME_listen.c and .h as well: samples in, detections out."
)
@hearing.asked
@click.option(
    "--sample", metavar="FILE", callback=options.path, shell_complete=options.complete_path,
    help="Samples, as for `lapel run`: the first one is proven and in MODEL_sample.h in place of a random one.",
)  # fmt: skip
@click.option(
    "--no-prove", is_flag=True,
    help="Write the C without compiling, running and measuring it; it says so. Needs no compiler and no emulator.",
)  # fmt: skip
@blobs.ASKED
@wishes.wished
@options.NAME
@options.TIMEOUT
@options.JSON
def COMMAND(
    models: tuple[Path, ...],
    target: Target,
    out: Path | None,
    classes: str | None,
    listens: bool,
    asked: hearing.Asked,
    sample: Path | None,
    no_prove: bool,
    blob: blobs.Asked,
    wish: Wish,
    name: str | None,
    timeout_s: float,
    as_json: bool,
) -> int:
    """Compile MODEL to C for a target, and measure it there.

    The folder gets MODEL.c, MODEL.h, plan.txt (why each thing is as it is) and lapel.json (the figures); and, for who
    wants them, MODEL_values.h (floats in and out, classes) and MODEL_sample.h (a sample, with its outputs). Of the
    files there only those are replaced that lapel wrote and nobody changed since.

    Several models become one program, in which they share kernels, equal constants and the arena: one source, a header
    for each, and one for all; --name is the program's.

    --format blob: the model as data, and the interpreter that checks and runs it where it lies in flash: MODEL.blob,
    lapel_interpreter.c and .h, MODEL_kernels.c and .h, and lapel.json; and, for who wants them, MODEL.h and .c, which
    load and call it as generated code is called, with MODEL_values.h and MODEL_sample.h, and lapel_update.c and .h
    (`lapel update`).
    """
    listens = listens or (len(models) == 1 and hearing.is_record(models[0]))
    if asked.given and not listens:
        raise UsageError("what to listen for was given without --listen: add it, or leave these options out")
    if no_prove and (listens or len(models) > 1):
        raise UsageError("--no-prove is for one model that does not listen: leave it out")
    if blob.given:
        if len(models) > 1 or listens or no_prove:
            raise UsageError("--format blob is for one model, without --listen and --no-prove")
        return blobs.build(
            blob, models[0], target, out, data.read_classes(classes), wish, name, sample, timeout_s, as_json
        )
    found: Build | ProgramBuild | Generated
    with screen.stages(quiet=as_json) as progress:
        if len(models) > 1:
            if classes is not None:
                raise UsageError("--classes are those of one model: build it alone, or leave them out")
            if listens:
                raise UsageError("--listen is for one model: build it alone, or leave it out")
            if sample is not None:
                raise UsageError("--sample is for one model: build it alone, or leave it out")
            found = _build_program(models, target, out, wish, name, timeout_s, progress)
        else:
            progress(f"reading {models[0]}")
            labels = data.read_classes(classes)
            ears = asked.ears(models[0], name, labels) if listens else None
            graph = ears.graph if ears else lapel.load(models[0], name=name, classes=labels)
            folder = Path("build") / f"{identifier(graph.name)}-{target.name}" if out is None else out
            given = None if sample is None else data.by_recipe(graph, data.read_table(sample), None)[0]
            if no_prove:
                found = lapel.generate(graph, target, folder, sample=given, wish=wish, progress=progress)
            else:
                found = lapel.build(
                    ears or graph, target, folder, sample=given, wish=wish, timeout_s=timeout_s, progress=progress
                )
    if as_json:
        screen.print_json(found.to_json())
        return 0
    if isinstance(found, Build):
        _print_build(found, target, random=sample is None)
    elif isinstance(found, Generated):
        _print_generated(found)
    else:
        _print_program(found, target)
    if not isinstance(found, Generated) and found.fits is None:
        screen.say(f"{target.name} is a core; boards with room: {', '.join(found.boards) or 'none'}")
    screen.say(f"written: {' '.join(found.files)}")
    for warning in found.warnings:
        screen.say_warning(warning)
    return 0


def _build_program(
    models: Sequence[Path],
    target: Target,
    out: Path | None,
    wish: Wish,
    name: str | None,
    timeout_s: float,
    progress: Progress,
) -> ProgramBuild:
    graphs = []
    for model in models:
        progress(f"reading {model}")
        graphs.append(lapel.load(model))
    program = name or program_name([g.name for g in graphs])
    folder = Path("build") / f"{identifier(program)}-{target.name}" if out is None else out
    return lapel.build(graphs, target, folder, name=program, wish=wish, timeout_s=timeout_s, progress=progress)


def _print_build(built: Build, target: Target, random: bool) -> None:
    samples = f"{built.samples} {'random ' if random else ''}sample{'' if built.samples == 1 else 's'}"
    screen.say(f"{built.model} for {built.target}: the firmware gave the reference's bits on {samples}")
    if identifier(built.model) != built.model:
        screen.say(f"its name in C is {identifier(built.model)}; --name gives it another")
    tables.print_layers(built.layers, built.instructions, built.cycles, built.cycle_model)
    tables.print_memory(built.memory, target, built)
    tables.print_deepest(built.stack_bound)
    tables.print_model(built.cycle_model, target)
    scores.print_agreement(built)
    tables.print_int8(built)


def _print_generated(made: Generated) -> None:
    screen.say(f"{made.model} for {made.target}: not proven: nothing was compiled, run or measured")
    screen.say(f"arena {made.plan.arena_bytes:,} bytes, {made.macs:,} multiply-accumulates")


def _print_program(built: ProgramBuild, target: Target) -> None:
    proven = f"each of {len(built.models)} models in turn gave the reference's bits on {built.samples} random samples"
    screen.say(f"{built.program} for {built.target}: {proven}")
    tables.print_program(built)
    tables.print_memory(built.memory, target, built)
    tables.print_deepest(built.stack_bound)

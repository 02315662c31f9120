"""`lapel diff`: where host, cores, reference and float model differ first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import lapel
from lapel import files
from lapel.cli import data, options, screen, wishes
from lapel.cli.differences import print_diff, print_element
from lapel.debugging.heatmap import heatmap
from lapel.errors import Mismatch, UsageError
from lapel.records import Element
from lapel.targets import Target, load_target
from lapel.wish import Wish


def _targets(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[Target, ...]:
    return tuple(load_target(v) for v in value)


TARGETS: Any = options.target_option(
    "-t", "--target", "targets", multiple=True, callback=_targets, help="A core or board; may be repeated."
)


@click.command("diff")
@options.MODEL
@TARGETS
@options.INPUT
@options.path_option("--float", "float_model", help="The float model that MODEL was made from: layers beside its.")
@click.option("--reals", is_flag=True, help="Layers beside MODEL's own network over the reals, without a float model.")
@options.path_option("--build", "folder", help="The folder of a build: its C is compared as it is now.")
@options.path_option("--svg", help="Where to write the picture of layers and machines, .svg.")
@click.option(
    "--element",
    metavar="LAYER[I,J,…]",
    help="Take one element to pieces, number by number; without an index the first that differs.",
)
@click.option("--sample", metavar="N", type=int, help="For --element: which of the samples.")
@options.RESET_EVERY
@wishes.wished
@options.NAME
@options.TIMEOUT
@options.JSON
def COMMAND(
    model: Path,
    targets: tuple[Target, ...],
    inputs: Path | None,
    float_model: Path | None,
    reals: bool,
    folder: Path | None,
    svg: Path | None,
    element: str | None,
    sample: int | None,
    reset_every: int | None,
    wish: Wish,
    name: str | None,
    timeout_s: float,
    as_json: bool,
) -> int:
    """Compare every tensor of MODEL on this computer and on emulated cores with the reference.

    Exit code 12 if any element differs; the first one of each machine is printed, and which layer differs on which
    machine. With --float or --reals, each layer's signal to quantization noise, too. With --element, one element of a
    layer on one target: exit code 12 if it is another one there.
    """
    if element is not None and (float_model is not None or reals or svg is not None):
        raise UsageError("--element takes one element to pieces: leave out --float, --reals and --svg")
    if sample is not None and element is None:
        raise UsageError("--sample is for --element: add it, or give that sample alone as --input")
    with screen.stages(quiet=as_json) as progress:
        progress(f"reading {model}")
        graph = lapel.load(model, name=name)
        if svg is not None:
            files.check_file(svg, [p for p in (model, inputs, float_model) if p is not None])
        given, _ = data.by_recipe(graph, *data.read_samples(inputs, None))
        if element is not None:
            told = lapel.explain(
                graph, _only(targets), element, given, sample=sample, folder=folder, reset_every=reset_every, wish=wish,
                timeout_s=timeout_s, progress=progress,
            )  # fmt: skip
            return _say_element(told, as_json)
        found = lapel.diff(
            graph, targets, given, float_model=float_model, reals=reals, folder=folder, reset_every=reset_every,
            wish=wish, timeout_s=timeout_s, progress=progress,
        )  # fmt: skip
    if svg is not None:
        files.write_file(svg, heatmap(found).encode())
    if as_json:
        screen.print_json(found.to_json())
    else:
        print_diff(found)
    for difference in found.differences:
        screen.say_error(str(difference))
    for cause in found.causes:
        screen.say_error(f"likely cause: {cause}")
    if not as_json:
        for warning in found.warnings:
            screen.say_warning(warning)
    return 0 if found.equal else Mismatch.exit_code


def _only(targets: tuple[Target, ...]) -> Target | None:
    if len(targets) > 1:
        raise UsageError(f"--element is for one target, found {len(targets)}: give one")
    return targets[0] if targets else None


def _say_element(told: Element, as_json: bool) -> int:
    if as_json:
        screen.print_json(told.to_json())
    else:
        print_element(told)
    if not told.parted:
        return 0
    screen.say_error(told.why)
    return Mismatch.exit_code

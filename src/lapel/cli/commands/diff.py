"""`lapel diff`: where host, core and reference differ first."""

from __future__ import annotations

from pathlib import Path

import click

import lapel
from lapel.cli import data, options, screen, wishes
from lapel.errors import Mismatch
from lapel.targets import Target
from lapel.wish import Wish


@click.command("diff")
@options.MODEL
@options.TARGET
@options.INPUT
@options.RESET_EVERY
@wishes.wished
@options.NAME
@options.TIMEOUT
@options.JSON
def COMMAND(
    model: Path,
    target: Target,
    inputs: Path | None,
    reset_every: int | None,
    wish: Wish,
    name: str | None,
    timeout_s: float,
    as_json: bool,
) -> int:
    """Compare every tensor of MODEL on this computer and on an emulated core with the reference.

    Exit code 12 if any element differs; the first one of each machine is printed.
    """
    with screen.stages(quiet=as_json) as progress:
        progress(f"reading {model}")
        graph = lapel.load(model, name=name)
        given, _ = data.by_recipe(graph, *data.read_samples(inputs, None))
        found = lapel.diff(
            graph,
            target,
            given,
            reset_every=reset_every,
            wish=wish,
            timeout_s=timeout_s,
            progress=progress,
        )
    if as_json:
        screen.print_json(found.to_json())
    elif found.equal:
        machines = " and ".join(found.machines)
        screen.say(f"{found.model}: {found.tensors:,} tensors of {found.samples:,} samples are the same on {machines}")
    for difference in found.differences:
        screen.say_error(str(difference))
    if not as_json:
        for warning in found.warnings:
            screen.say_warning(warning)
    return 0 if found.equal else Mismatch.exit_code

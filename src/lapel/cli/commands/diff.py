"""`lapel diff`: where host, core and reference differ first."""

from __future__ import annotations

from pathlib import Path

import click

import lapel
from lapel.cli import data, options, screen
from lapel.errors import Mismatch
from lapel.plan import Goal
from lapel.targets import Target


@click.command("diff")
@options.MODEL
@options.TARGET
@options.INPUT
@options.OPTIMIZE
@options.FLASH_BUDGET
@options.WHOLE_INPUT
@options.NAME
@options.TIMEOUT
@options.JSON
def COMMAND(
    model: Path,
    target: Target,
    inputs: Path | None,
    optimize: Goal,
    flash_budget: int | None,
    whole_input: bool,
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
        given = data.read_samples(inputs, None)[0]
        found = lapel.diff(
            graph,
            target,
            given,
            optimize=optimize,
            flash_budget=flash_budget,
            whole_input=whole_input,
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
    return 0 if found.equal else Mismatch.exit_code

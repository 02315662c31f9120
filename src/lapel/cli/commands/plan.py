"""`lapel plan`: how a model would run on a target, and why."""

from __future__ import annotations

from pathlib import Path

import click

import lapel
from lapel.cli import options, screen, wishes
from lapel.targets import Target
from lapel.wish import Wish


@click.command("plan")
@options.MODEL
@options.TARGET
@wishes.wished
@options.NAME
@options.TIMEOUT
@options.JSON
def COMMAND(
    model: Path,
    target: Target,
    wish: Wish,
    name: str | None,
    timeout_s: float,
    as_json: bool,
) -> int:
    """Print the plan of MODEL for a target: order, kernels, places in the arena, and the reasons.

    Of each layer: the kernel, how its constants lie, what it costs, and what was rejected at what cost.
    """
    with screen.stages(quiet=as_json) as progress:
        progress(f"reading {model}")
        graph = lapel.load(model, name=name)
        plan = lapel.plan(graph, target, wish=wish, timeout_s=timeout_s, progress=progress).record()
    if as_json:
        screen.print_json(plan.to_json())
    else:
        screen.say_lines(str(plan).rstrip("\n"))
    return 0

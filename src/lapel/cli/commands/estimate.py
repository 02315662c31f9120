"""`lapel estimate`: what a model's firmware will take, without building it."""

from __future__ import annotations

from pathlib import Path

import click

import lapel
from lapel.cli import options, screen, tables, wishes
from lapel.targets import Target
from lapel.wish import Wish


@click.command("estimate")
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
    """Print what MODEL will take on a target: time, flash and arena, layer by layer, without building it.

    Figures are those of its plan and of its kernel calls, which are measured one by one and kept.
    """
    with screen.stages(quiet=as_json) as progress:
        progress(f"reading {model}")
        graph = lapel.load(model, name=name)
        estimated = lapel.estimate(graph, target, wish=wish, timeout_s=timeout_s, progress=progress)
    if as_json:
        screen.print_json(estimated.to_json())
    else:
        tables.print_estimate(estimated, target)
    return 0

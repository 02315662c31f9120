"""`lapel plan`: how a model would run on a target, and why; nothing is compiled."""

from __future__ import annotations

from pathlib import Path

import click

import lapel
from lapel.cli import options, screen
from lapel.plan import Goal
from lapel.prove.firmware import plan_for
from lapel.targets import Target


@click.command("plan")
@options.MODEL
@options.TARGET
@options.OPTIMIZE
def COMMAND(model: Path, target: Target, optimize: Goal) -> int:
    """Print the plan of MODEL for a target: order, kernels, places in the arena, and the reasons."""
    screen.say(str(plan_for(lapel.load(model), target, optimize)).rstrip("\n"))
    return 0

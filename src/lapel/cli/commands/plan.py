"""`lapel plan`: how a model would run on a target, and why."""

from __future__ import annotations

from pathlib import Path

import click

import lapel
from lapel.cli import blobruns, options, screen, wishes
from lapel.errors import UsageError
from lapel.proving.blobfolder import is_blob
from lapel.targets import Target
from lapel.wish import Wish


@click.command("plan")
@options.MODEL
@options.TARGET_UNLESS_BUILT
@options.path_option("--build", "folder", help="Of a blob: the build whose firmware it is for, which names kernels.")
@wishes.wished
@options.NAME
@options.TIMEOUT
@options.JSON
def COMMAND(
    model: Path,
    target: Target | None,
    folder: Path | None,
    wish: Wish,
    name: str | None,
    timeout_s: float,
    as_json: bool,
) -> int:
    """Print the plan of MODEL for a target: order, kernels, places in the arena, and the reasons.

    Of each layer: the kernel, how its constants lie, what it costs, and what was rejected at what cost.

    MODEL may also be a blob, or the folder of its build: what it says of itself is printed, and what it needs.
    """
    if is_blob(model):
        blobruns.check_alone(target=target, name=name, wish=wish)
        return blobruns.show(model, folder, as_json)
    if folder is not None:
        raise UsageError(f"--build is for a blob, and {model} is none: leave it out")
    chosen = options.wanted(target)
    with screen.stages(quiet=as_json) as progress:
        progress(f"reading {model}")
        graph = lapel.load(model, name=name)
        plan = lapel.plan(graph, chosen, wish=wish, timeout_s=timeout_s, progress=progress).record()
    if as_json:
        screen.print_json(plan.to_json())
    else:
        screen.say_lines(str(plan).rstrip("\n"))
    return 0

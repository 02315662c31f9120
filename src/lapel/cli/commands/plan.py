"""`lapel plan`: how a model would run on a target, and why."""

from __future__ import annotations

from pathlib import Path

import click

import lapel
from lapel.cli import blobruns, blobs, options, screen, wishes
from lapel.errors import UsageError
from lapel.proving.blobfolder import is_blob
from lapel.proving.kernelneeds import kernel_needs
from lapel.targets import Target
from lapel.wish import Wish


@click.command("plan")
@options.MODEL
@options.TARGET_UNLESS_BUILT
@options.path_option("--build", "folder", help="Of a blob: the build whose firmware it is for, which names kernels.")
@wishes.wished
@options.form_option(", with the kernels that its firmware has to have")
@options.NAME
@options.TIMEOUT
@options.JSON
def COMMAND(
    model: Path,
    target: Target | None,
    folder: Path | None,
    wish: Wish,
    form: str,
    name: str | None,
    timeout_s: float,
    as_json: bool,
) -> int:
    """Print the plan of MODEL for a target: order, kernels, places in the arena, and the reasons.

    Of each layer: the kernel, how its constants lie, what it costs, and what was rejected at what cost. Of a model as
    data: also which kernel set that is, and what each kernel costs in flash.

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
        if form == "blob":
            needs = kernel_needs(graph, chosen, wish=wish, timeout_s=timeout_s, progress=progress)
        else:
            plan = lapel.plan(graph, chosen, wish=wish, timeout_s=timeout_s, progress=progress).record()
    if form == "blob":
        blobs.print_needs(needs, as_json=as_json)
    elif as_json:
        screen.print_json(plan.to_json())
    else:
        screen.say_lines(str(plan).rstrip("\n"))
    return 0

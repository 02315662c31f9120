"""`lapel watch`: one tensor on an emulated core, call after call, or the core paused for GDB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import lapel
from lapel import files
from lapel.cli import data, hearing, options, screen, wishes
from lapel.cli.grid import Column
from lapel.debugging.attach import attach
from lapel.debugging.streams import recorded
from lapel.debugging.tensorpicture import tensor_svg
from lapel.errors import Mismatch, UsageError
from lapel.frontends import Model
from lapel.records import Watched
from lapel.records.frontend import FrontEnd
from lapel.targets import Target, load_target
from lapel.wish import Wish

SHOWN_CALLS = 12
"""The last ones of a long recording."""
MOST_VALUES = 1024
"""Elements of a tensor that are printed."""


def _target(ctx: click.Context, param: click.Parameter, value: str | None) -> Target | None:
    return None if value is None else load_target(value)


TARGET: Any = options.target_option("-t", "--target", callback=_target, help="A core or board.")


@click.command("watch")
@options.MODEL
@TARGET
@click.option("--tensor", metavar="NAME", required=True, help="A layer, by the name in `lapel run` and `lapel plan`.")
@options.path_option(
    "-i", "--input", help="Calls in their order: .npy, .npz, .csv, or a recording, .wav and the like; else random ones."
)
@click.option(
    "--front", metavar="NAME|FILE", help="The audio front end before MODEL, of a recording: see `lapel listen`."
)
@click.option(
    "--stop", type=click.Choice(("either", "saturated", "wrong", "never")), default="either", show_default=True,
    help="At the first call with such a value of the tensor.",
)  # fmt: skip
@click.option("--values", is_flag=True, help="Print the tensor after the last call.")
@options.path_option("--svg", help="Where to write the tensor after the last call as a picture, .svg.")
@options.path_option("--build", "folder", help="The folder of a build: its C runs as it is now.")
@click.option("--gdb", "port", metavar="PORT", type=click.IntRange(1, 65535), help="Wait for GDB with the core paused.")
@options.RESET_EVERY
@wishes.wished
@options.NAME
@options.TIMEOUT
@options.JSON
def COMMAND(
    model: Path,
    target: Target | None,
    tensor: str,
    input: Path | None,
    front: str | None,
    stop: Any,
    values: bool,
    svg: Path | None,
    folder: Path | None,
    port: int | None,
    reset_every: int | None,
    wish: Wish,
    name: str | None,
    timeout_s: float,
    as_json: bool,
) -> int:
    """Run MODEL on an emulated core, and look at one tensor after the step that makes it, call after call.

    Recorded samples are replayed up to the first saturated or wrong value. Exit code 12 if it stopped at one that is
    not the reference's. With --gdb the core stands still at its first instruction until GDB has connected.
    """
    with screen.stages(quiet=as_json) as progress:
        progress(f"reading {model}")
        if svg is not None:
            files.check_file(svg, [p for p in (model, input) if p is not None])
        source, given = _read(model, input, hearing.read_front(front), name)
        if port is not None:
            return attach(source, target, tensor, given, port, folder, wish, timeout_s, screen.say)
        found = lapel.watch(
            source, target, tensor, given, stop=stop, folder=folder, reset_every=reset_every, wish=wish,
            timeout_s=timeout_s, progress=progress,
        )  # fmt: skip
    if svg is not None:
        title = f"{found.layer} of {found.model} after call {found.calls[-1].call}"
        files.write_file(svg, tensor_svg(found.values, title).encode())
    if as_json:
        screen.print_json(found.to_json())
    else:
        _print(found, values)
    return Mismatch.exit_code if found.stopped and found.calls[-1].wrong else 0


def _read(model: Path, path: Path | None, front: FrontEnd | None, name: str | None) -> tuple[Model, Any]:
    """The model and its calls; of a recording the model with its front end, and the samples of each step."""
    graph = lapel.load(model, name=name)
    if path is not None and path.suffix.lower() not in (".npy", ".npz", ".csv"):
        return recorded(graph, path, front)
    if front is not None:
        raise UsageError("--front is for recordings, expected one as --input: .wav, .flac or the like")
    return graph, data.by_recipe(graph, *data.read_samples(path, None))[0]


def _print(found: Watched, values: bool) -> None:
    stands = "" if found.scale is None else f", {found.scale:.6g} * (q {-(found.zero or 0):+d})"
    what = f"{found.dtype}{list(found.shape)}{stands}"
    screen.say(f"{found.layer}: step {found.step} {found.op} [{found.kernel}] on {found.target}, {what}")
    columns = [Column("call"), Column("least"), Column("most"), Column("saturated"), Column("wrong")]
    if found.scale is not None:
        columns[3:3] = [Column("least, real", spare=1), Column("most, real", spare=1)]
    rows = []
    for c in found.calls[-SHOWN_CALLS:]:
        row = [screen.number(c.call), f"{c.least:,}", f"{c.most:,}", screen.number(c.saturated), screen.number(c.wrong)]
        if found.scale is not None:
            row[3:3] = [f"{(v - (found.zero or 0)) * found.scale:.4g}" for v in (c.least, c.most)]
        rows.append(row)
    left_out = len(found.calls) - len(rows)
    screen.print_table(f"the last {len(rows)} of {len(found.calls)} calls" if left_out else "", columns, rows)
    if values:
        _print_values(found)
    screen.say(found.why)


def _print_values(found: Watched) -> None:
    x = found.values
    if x.size > MOST_VALUES:
        screen.say(f"{x.size:,} values are more than the {MOST_VALUES:,} that are printed: --svg draws them")
        return
    width = max(len(f"{v:g}") for v in x.reshape(-1).tolist())
    for row in x.reshape(-1, x.shape[-1] if x.ndim else 1):
        screen.say(" ".join(f"{v:g}".rjust(width) for v in row.tolist()))
    screen.say("")

"""`lapel stream`: a network over windows of time to one that takes what is new alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

import lapel
from lapel.cli import options, screen, streams, wishes
from lapel.errors import UsageError
from lapel.exporters import exporters
from lapel.files import check_file
from lapel.targets import Target, load_target
from lapel.wish import Wish


@click.command("stream")
@options.MODEL
@options.path_option("-o", "--out", help="The network to write, .tflite or .onnx; MODEL_stream.tflite if not given.")
@click.option(
    "-f", "--frames", type=int, metavar="N",
    help="New frames that a call takes, a multiple of the strides in time; if not given, as few as they allow.",
)  # fmt: skip
@click.option("--axis", type=int, default=1, show_default=True, metavar="K", help="The input's axis of time.")
@options.target_option(
    "-t", "--target", callback=lambda c, p, v: None if v is None else load_target(v),
    help="A core or board on which a call of both networks is run and measured.",
)  # fmt: skip
@wishes.wished
@options.NAME
@options.TIMEOUT
@options.JSON
def COMMAND(
    model: Path,
    out: Path | None,
    frames: int | None,
    axis: int,
    target: Target | None,
    wish: Wish,
    name: str | None,
    timeout_s: float,
    as_json: bool,
) -> int:
    """Make a stream of MODEL, a network over a window of time: it takes new frames alone and computes nothing twice.

    Ring buffers keep what its layers see again. From its warm-up on, which is printed, its results are those of MODEL
    over the newest window, bit for bit; every tensor is compared on random frames. What is written has state, and is
    built, run and compared as any model. A layer that is padded in time is refused.
    """
    path = Path(f"{model.stem}_stream.tflite") if out is None else out
    known = sorted(suffix for e in exporters().values() for suffix in e.suffixes)
    if path.suffix.lower() not in known:
        raise UsageError(f"{path} ends in {path.suffix or 'nothing'!r}, expected one of {', '.join(known)}")
    check_file(path, [model])
    with screen.stages(quiet=as_json) as progress:
        progress(f"reading {model}")
        graph = lapel.load(model, name=name)
        found = lapel.streaming(
            graph, frames, axis=axis, target=target, wish=wish, timeout_s=timeout_s, progress=progress
        )
    lapel.convert(found.graph, path)
    if as_json:
        screen.print_json(replace(found, file=str(path)).to_json())
        return 0
    streams.print_streaming(found)
    screen.say(f"written: {path}")
    for warning in found.warnings:
        screen.say_warning(warning)
    return 0

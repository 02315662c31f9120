"""`lapel convert`: a model as a file of another format."""

from __future__ import annotations

from pathlib import Path

import click

import lapel
from lapel.cli import options, screen
from lapel.exporters import moved_inputs
from lapel.files import check_file


@click.command("convert")
@options.MODEL
@click.argument("out", callback=lambda c, p, v: Path(v), shell_complete=options.complete_path)
@click.option("--int4", is_flag=True, help="Store weights of int8 layers that are all -8..7 in four bits.")
def COMMAND(model: Path, out: Path, int4: bool) -> int:
    """Write MODEL to OUT, in the format that OUT's suffix names: .tflite or .onnx.

    A graph of integers stays one: in an .onnx file its operators stand between DequantizeLinear and QuantizeLinear. An
    existing file is replaced.
    """
    check_file(out, [model])
    with screen.stages() as progress:
        progress(f"reading {model}")
        graph = lapel.convert(model, out, int4=int4)
    for warning in graph.origin.warnings:
        screen.say_warning(warning)
    screen.say(f"{out}: {len(graph.nodes)} operators, {out.stat().st_size:,} bytes")
    for said in moved_inputs(graph, out):
        screen.say(said)
    return 0

"""`lapel quantize`: a float model and calibration data to an integer model, layer by layer beside the float one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

import lapel
from lapel.cli import data, fidelity, options, screen, wishes
from lapel.errors import AccuracyLost, OutputError, UsageError
from lapel.exporters import exporters, moved_inputs
from lapel.files import check_file
from lapel.records import Quantized, loss_text
from lapel.wish import Quantization


@click.command("quantize")
@options.MODEL
@click.option(
    "-d", "--data", "samples", metavar="FILE", callback=options.path, shell_complete=options.complete_path,
    help="Calibration data: samples like those that the model will see, as .npy, .csv, or .npz by input.",
)  # fmt: skip
@click.option(
    "-l", "--labels", metavar="FILE[:COLUMN]",
    help="The class of each sample, or a regression's targets, .npy or .csv; else the float model is what counts.",
)  # fmt: skip
@options.CLASSES
@options.path_option(
    "-o", "--out", help="The integer model to write, .tflite or .onnx; MODEL_int8.tflite if not given (int4, int16)."
)
@wishes.quantization
@options.NAME
@options.JSON
def COMMAND(
    model: Path,
    samples: Path | None,
    labels: str | None,
    classes: str | None,
    out: Path | None,
    wish: Quantization,
    name: str | None,
    as_json: bool,
) -> int:
    """Quantize the float MODEL after training, by samples like those that it will see.

    Four samples in five calibrate. The others are held back: on these each layer is compared with the float model, and
    the model with that layer alone in integers. Accuracy is that of all samples, those that calibrate among them. Where
    more than a point is lost, other ways to quantize are tried, and the best is named. Exit code 16 if more is lost
    than --accuracy-loss allows; the model is written all the same.
    """
    if samples is None:
        raise UsageError("no calibration data was given: add --data FILE with samples like those the model will see")
    kind = "int4" if wish.weights == "int4" else wish.activations
    path = Path(f"{model.stem}_{kind}.tflite") if out is None else out
    known = sorted(suffix for e in exporters().values() for suffix in e.suffixes)
    if path.suffix.lower() not in known:
        raise UsageError(f"{path} ends in {path.suffix or 'nothing'!r}, expected one of {', '.join(known)}")
    read = (model, samples, data.labels_path(labels))
    check_file(path, [p for p in read if p is not None])
    with screen.stages(quiet=as_json) as progress:
        progress(f"reading {model}")
        graph = lapel.load(model, name=name, classes=data.read_classes(classes))
        given, wanted = data.by_recipe(graph, *data.read_samples(samples, labels))
        found = lapel.quantize(graph, given, wish, labels=wanted, progress=progress)
    try:
        lapel.convert(found.graph, path, int4=wish.weights == "int4" and _has_int4(path))
    except OutputError:  # the figures are not lost with the file; of JSON there is one object, the error's
        if not as_json:
            fidelity.print_quantized(found)
        raise
    if as_json:
        screen.print_json(replace(found, file=str(path)).to_json())
    else:
        _print(found, path)
    if found.meets is False:
        lost = loss_text(found.score or found.agreement, found.loss or 0.0)
        lost += f" are lost, --accuracy-loss allows {wish.accuracy_loss:g} points"
        screen.say_error(f"{found.model}: {lost}: train it aware of its quantization, or allow more")
        return AccuracyLost.exit_code
    return 0


def _print(found: Quantized, path: Path) -> None:
    fidelity.print_quantized(found)
    screen.say(f"written: {path}")
    for said in moved_inputs(found.graph, path):
        screen.say(said)
    for warning in found.warnings:
        screen.say_warning(warning)


def _has_int4(path: Path) -> bool:
    """Whether the format of a file has weights of four bits."""
    return any(e.write_int4 is not None for e in exporters().values() if path.suffix.lower() in e.suffixes)

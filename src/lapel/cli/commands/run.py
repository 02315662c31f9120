"""`lapel run`: a model on an emulated core, layer by layer, every output compared with the reference."""

from __future__ import annotations

from pathlib import Path

import click

import lapel
from lapel import arrays
from lapel.cli import blobruns, data, options, scores, screen, tables, wishes
from lapel.errors import Mismatch, UsageError
from lapel.proving.blobfolder import is_blob
from lapel.records import Run
from lapel.targets import Target, load_target
from lapel.wish import ANY, Wish


@click.command("run")
@options.MODEL
@options.TARGET_UNLESS_BUILT
@options.INPUT
@options.RESET_EVERY
@click.option(
    "-l", "--labels", metavar="FILE[:COLUMN]",
    help="The class of each sample, or a regression's targets, .npy or .csv: prints accuracy, or R².",
)  # fmt: skip
@options.CLASSES
@options.path_option("--float-outputs", help="What the float model says to the samples, .npy or .csv: shown beside.")
@options.path_option("--float", "float_model", help="The float model that MODEL was made from: it is run beside.")
@options.path_option("--build", "folder", help="The folder of a blob's build, or a blob: its interpreter runs it.")
@options.path_option("-O", "--output", help="Where to write the outputs: .npy, or .npz for several.")
@wishes.wished
@options.NAME
@options.TIMEOUT
@options.JSON
def COMMAND(
    model: Path,
    target: Target | None,
    inputs: Path | None,
    reset_every: int | None,
    labels: str | None,
    classes: str | None,
    float_outputs: Path | None,
    float_model: Path | None,
    folder: Path | None,
    output: Path | None,
    wish: Wish,
    name: str | None,
    timeout_s: float,
    as_json: bool,
) -> int:
    """Run MODEL on an emulated core and compare every output with the reference.

    Inputs are one sample or a batch, in the model's own type or as floats, which are quantized; a row of a .csv file is
    a sample. A model with state is called for one after the other. Exit code 12 if any output is not exactly the
    reference's.

    With --build, a blob's own interpreter and kernels run the blob that was built of MODEL. MODEL may also be a blob,
    or the folder of its build: then nothing is compared, for only the model knows what is right.
    """
    if is_blob(model):
        blobruns.check_alone(
            target=target, classes=classes, float_outputs=float_outputs, float=float_model, name=name, wish=wish
        )
        return blobruns.run(model, folder, inputs, labels, reset_every, output, timeout_s, as_json)
    if folder is not None and wish != ANY:
        raise UsageError(f"{folder} was built with its own options: leave these out")
    with screen.stages(quiet=as_json) as progress:
        progress(f"reading {model}")
        graph = lapel.load(model, name=name, classes=data.read_classes(classes))
        given, wanted = data.by_recipe(graph, *data.read_samples(inputs, labels))
        floats = None if float_outputs is None else data.read_outputs(float_outputs)
        if output is not None:
            read = (model, inputs, data.labels_path(labels), float_outputs, float_model)
            arrays.check_output(output, len(graph.results), [p for p in read if p is not None])
        result = lapel.run(
            graph, target if folder else options.wanted(target), given, labels=wanted, float_outputs=floats,
            float_model=float_model, reset_every=reset_every, folder=folder, wish=wish, timeout_s=timeout_s,
            progress=progress,
        )  # fmt: skip
    if output is not None:
        arrays.write_arrays(output, arrays.join_batch(result.outputs))
    if as_json:
        screen.print_json(result.to_json())
    else:
        _print(result, load_target(result.target) if target is None else target, output)
    if result.bit_exact:
        return 0
    which = f"--target {result.target}" if folder is None else f"--build {folder}"
    screen.say_error(
        f"{result.model} on {result.target}: {result.mismatches:,} of {result.samples:,} samples differ from the "
        f"reference; `lapel diff {model} {which}` says where"
    )
    return Mismatch.exit_code


def _print(result: Run, target: Target, output: Path | None) -> None:
    samples = "1 sample" if result.samples == 1 else f"{screen.number(result.samples)} samples"
    exact = "every bit as the reference" if result.bit_exact else f"{result.mismatches:,} differ from the reference"
    screen.say(f"{result.model} on {result.target}: {samples}, {exact}")
    tables.print_layers(result.layers, result.instructions, result.cycles, result.cycle_model)
    tables.print_memory(result.memory, target)
    tables.print_time(result.instructions, result.cycles, result.time_us)
    tables.print_model(result.cycle_model, target)
    scores.print_inputs(result)
    scores.print_scores(result)
    if output is not None:
        screen.say(f"written: {output}")
    for warning in result.warnings:
        screen.say_warning(warning)

"""`lapel export`: a model, or a build, as files for somebody else's build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import lapel
from lapel.bundles import Project, bundles, read_network
from lapel.cli import options, screen
from lapel.errors import UsageError
from lapel.proving.run import Progress
from lapel.records import Exported


@click.command("export")
@options.MODEL
@click.option("--to", required=True, type=click.Choice(tuple(bundles())), help="Whose build it is for.")
@options.path_option("-o", "--out", help="Folder to write; build/MODEL-TO if not given.")
@click.option("--wake-word", metavar="TEXT", help="The word, as users read it.")
@click.option("--author", metavar="TEXT", help="Of the model.")
@click.option("--website", metavar="URL", help="Of the model.")
@click.option("--language", "languages", multiple=True, metavar="CODE", help="That it was trained on; may be repeated.")
@click.option("--probability-cutoff", type=float, metavar="P", help="Mean score from which on it is a detection, 0..1.")
@click.option("--sliding-window-size", type=int, metavar="N", help="Scores that the mean is of.")
@click.option("--feature-step", "feature_step_ms", type=int, metavar="MS", help="From a frame of features to the next.")
@click.option(
    "--output", type=int, metavar="N", help="Which of the model's scores is this word's, the first if not given."
)
@click.option("--version", metavar="X.Y.Z", help="Of the project, 1.0.0 if not given.")
@options.NAME
@options.JSON
def COMMAND(model: Path, to: str, out: Path | None, name: str | None, as_json: bool, **fields: Any) -> int:
    """Write MODEL, or the build in the folder MODEL, as files that somebody else's build takes.

    arduino, cmake and the other ecosystems take the folder of a build, and write a complete project: metadata, the C,
    an example that runs a sample, README and licence. Of files in the folder only those are replaced that an export
    wrote and nobody changed since; others are kept, and named.

    esphome: a manifest of version 2 for micro_wake_word and, beside it, the model, with operators that are registered
    there. MODEL may be the wakeword.json of `lapel train wakeword`, which says all but author and language itself. The
    arena's size is measured by running TensorFlow Lite Micro: pip install "lapel[esphome]". Existing files are
    replaced.
    """
    given = {key: value for key, value in fields.items() if value not in (None, ())}
    with screen.stages(quiet=as_json) as progress:
        done = _export_model(model, to, out, name, given, progress)
    if as_json:
        screen.print_json(done.to_json())
        return 0
    for path in done.files:
        screen.say(f"written: {path}")
    if done.arena_bytes is not None:
        screen.say(f"arena of TensorFlow Lite Micro: {done.arena_bytes:,} bytes, measured")
    for notice in done.notices:
        screen.say_warning(notice)
    return 0


def _export_model(
    model: Path, to: str, out: Path | None, name: str | None, given: dict[str, Any], progress: Progress
) -> Exported:
    progress(f"reading {model}")
    if isinstance(bundles()[to], Project):
        if name is not None:
            raise UsageError(f"--name is given when a model is built, {to} takes a build: leave it out")
        return lapel.export(model, out or model.parent / f"{model.name}-{to}", to, **given)
    if model.is_dir():
        raise UsageError(f"{model} is a folder, and {to} takes a model: give the file that it was built of")
    trained = read_network(model, name) if model.suffix == ".json" else None
    graph = lapel.load(model, name=name) if trained is None else trained.graph
    progress("measuring the arena")
    return lapel.export(trained or graph, out or Path("build") / f"{graph.name}-{to}", to, **given)

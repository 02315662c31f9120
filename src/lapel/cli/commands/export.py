"""`lapel export`: a model as files for somebody else's build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import lapel
from lapel.bundles import bundles, read_network
from lapel.cli import options, screen


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
@options.NAME
@options.JSON
def COMMAND(model: Path, to: str, out: Path | None, name: str | None, as_json: bool, **fields: Any) -> int:
    """Write MODEL as files that somebody else's build takes. Existing files are replaced.

    MODEL may be the wakeword.json of `lapel train wakeword`, which says all but author and language itself.

    esphome: a manifest of version 2 for micro_wake_word and, beside it, the model, with operators that are registered
    there. The arena's size is measured by running TensorFlow Lite Micro: pip install "lapel[esphome]".
    """
    given = {key: value for key, value in fields.items() if value not in (None, ())}
    with screen.stages(quiet=as_json) as progress:
        progress(f"reading {model}")
        trained = read_network(model, name) if model.suffix == ".json" else None
        graph = lapel.load(model, name=name) if trained is None else trained.graph
        progress("measuring the arena")
        done = lapel.export(trained or graph, out or Path("build") / f"{graph.name}-{to}", to, **given)
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

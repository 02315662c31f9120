"""`lapel listen`: a recording through the firmware of a model that listens, on an emulated core."""

from __future__ import annotations

from pathlib import Path

import click

import lapel
from lapel.audio import files, picture
from lapel.audio.listener import step_samples
from lapel.cascades.hearing import is_cascade, listen_cascade
from lapel.cli import cascades, hearing, options, screen, wishes
from lapel.errors import Mismatch, UsageError
from lapel.files import check_file, write_file
from lapel.proving.listen import TARGET_S
from lapel.targets import Target
from lapel.wish import Wish


@click.command("listen")
@click.argument("recording", callback=options.path, shell_complete=options.complete_path)
@options.path_option("-m", "--model", help="The model that listens, or the .json file of a wake word or a cascade.")
@options.TARGET
@hearing.asked
@click.option(
    "--target-seconds", type=float, default=TARGET_S, show_default=True, metavar="SECONDS",
    help="How much of the recording runs on the emulated core, from its start; the rest runs on this computer.",
)  # fmt: skip
@click.option(
    "--enrol",
    metavar="FILE",
    multiple=True,
    callback=lambda c, p, v: tuple(map(Path, v)),
    shell_complete=options.complete_path,
    help="Of a cascade that checks speakers: a recording in which the one to be known says a word; repeated.",
)
@options.path_option("-p", "--picture", "drawn", help="Write waveform, features, scores and detections: .svg or .html.")
@wishes.wished
@options.NAME
@options.TIMEOUT
@options.JSON
def COMMAND(
    recording: Path,
    model: Path | None,
    target: Target,
    asked: hearing.Asked,
    target_seconds: float,
    enrol: tuple[Path, ...],
    drawn: Path | None,
    wish: Wish,
    name: str | None,
    timeout_s: float,
    as_json: bool,
) -> int:
    """Stream a RECORDING through the firmware of a model that listens: what it hears, and what that takes.

    The recording is any file of sound (.wav, .flac): it is brought to the model's rate and to one channel. Exit code 12
    if a score or a detection on the emulated core is not the reference's.
    """
    if model is None:
        raise UsageError("no model was given: add --model FILE")
    if is_cascade(model):
        if asked.given or drawn is not None or name is not None:
            raise UsageError(f"{model} is a cascade, which has its words and name, and no picture: give no others")
        return _through_cascade((recording, *enrol), model, target, target_seconds, wish, timeout_s, as_json)
    if enrol:
        raise UsageError(f"{model} is no cascade that checks speakers: leave --enrol out")
    if drawn is not None:
        check_file(picture.check_picture(drawn), [recording, model])
    with screen.stages(quiet=as_json) as progress:
        progress(f"reading {model}")
        ears = asked.ears(model, name)
        progress(f"reading {recording}")
        sound = files.read_sound(recording, ears.rate_hz, step_samples(ears.graph))
        found = lapel.listen(
            sound, ears, target, target_s=target_seconds, wish=wish, timeout_s=timeout_s, progress=progress
        )
        if drawn is not None:
            progress(f"drawing {drawn}")
            write_file(drawn, picture.picture(drawn, found, sound.samples))
    if as_json:
        screen.print_json(found.to_json())
    else:
        hearing.print_listening(found, target, drawn)
    if found.bit_exact:
        return 0
    _say_mismatches(found.model, found.target, found.mismatches, found.target_steps)
    return Mismatch.exit_code


def _through_cascade(
    recordings: tuple[Path, ...],
    model: Path,
    target: Target,
    target_s: float,
    wish: Wish,
    timeout_s: float,
    as_json: bool,
) -> int:
    """The same for a cascade, of the first recording; by the others a speaker is enrolled."""
    with screen.stages(quiet=as_json) as progress:
        found = listen_cascade(
            recordings[0], model, target, target_s=target_s, enrol=recordings[1:], wish=wish, timeout_s=timeout_s,
            progress=progress,
        )  # fmt: skip
    if as_json:
        screen.print_json(found.to_json())
    else:
        cascades.print_listening(found, target)
    if found.bit_exact:
        return 0
    _say_mismatches(found.whole.model, found.target, found.mismatches, found.target_steps)
    return Mismatch.exit_code


def _say_mismatches(model: str, target: str, mismatches: int, steps: int) -> None:
    screen.say_error(
        f"{model} on {target}: {mismatches:,} of {steps:,} steps differ from the reference: report this defect"
    )

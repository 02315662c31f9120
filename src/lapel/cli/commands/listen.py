"""`lapel listen`: a recording through the firmware of a model that listens, on an emulated core."""

from __future__ import annotations

from pathlib import Path

import click

import lapel
from lapel.audio import files, picture
from lapel.audio.listener import step_samples
from lapel.cli import hearing, options, screen, wishes
from lapel.errors import Mismatch, UsageError
from lapel.files import check_file, write_file
from lapel.proving.listen import TARGET_S
from lapel.targets import Target
from lapel.wish import Wish


@click.command("listen")
@click.argument("recording", callback=options.path, shell_complete=options.complete_path)
@options.path_option("-m", "--model", help="The model that listens, or the .json file of a wake word.")
@options.TARGET
@hearing.asked
@click.option(
    "--target-seconds", type=float, default=TARGET_S, show_default=True, metavar="SECONDS",
    help="How much of the recording runs on the emulated core, from its start; the rest runs on this computer.",
)  # fmt: skip
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
    screen.say_error(
        f"{found.model} on {found.target}: {found.mismatches:,} of {found.target_steps:,} steps differ from the "
        "reference: report this defect"
    )
    return Mismatch.exit_code

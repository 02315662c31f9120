"""`lapel verify`: recordings of a user enrol a speaker, others are verified."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import numpy as np

from lapel.audio.files import read_sound
from lapel.cli import options, screen, wishes
from lapel.cli.grid import Column
from lapel.errors import Mismatch, UsageError, some
from lapel.files import LEDGER
from lapel.proving.verifier import read_verifier
from lapel.records import Verified, Verifier, WakeWord
from lapel.speakers.enrolment import verify
from lapel.targets import load_target
from lapel.wish import Wish


@click.command("verify")
@click.argument("recordings", nargs=-1, metavar="RECORDING...", callback=lambda c, p, v: tuple(map(Path, v)),
                shell_complete=options.complete_path)  # fmt: skip
@options.path_option("-m", "--model", help="The verifier.json of a speaker.")
@click.option(
    "-e", "--enrol", multiple=True, metavar="RECORDING", callback=lambda c, p, v: tuple(map(Path, v)),
    shell_complete=options.complete_path, help="A recording of the speaker; repeated, as many as the verifier takes.",
)  # fmt: skip
@options.path_option("-w", "--word", help="The wakeword.json of the word: its front end has to be the same.")
@options.target_option("-t", "--target", "target_name", help="A core or board: the firmware there verifies, too.")
@wishes.wished
@options.TIMEOUT
@options.JSON
def COMMAND(
    recordings: tuple[Path, ...],
    model: Path | None,
    enrol: tuple[Path, ...],
    word: Path | None,
    target_name: str | None,
    wish: Wish,
    timeout_s: float,
    as_json: bool,
) -> int:
    """Enrol a speaker by some recordings, and say of each other RECORDING whether it is the same speaker.

    A recording has one utterance, such as the wake word: the window that is looked at ends a little behind it. Exit
    code 12 if an embedding or a score on the emulated core is not the reference's.
    """
    if model is None:
        raise UsageError("no verifier was given: add --model verifier.json")
    with screen.stages(quiet=as_json) as progress:
        progress(f"reading {model}")
        heard = None if word is None else WakeWord.read(word, ignored=(LEDGER,))
        voice = read_verifier(model, None if heard is None else heard.front)
        waves = {str(path): _samples(path) for path in (*enrol, *recordings)}
        target = None if target_name is None else load_target(target_name)
        given = {str(p): waves[str(p)] for p in enrol}
        others = {str(p): waves[str(p)] for p in recordings}
        if len(given) < len(enrol):
            raise UsageError("a recording is given twice to enrol, expected different ones: each is an utterance")
        found = verify(voice, given, others, target, wish, timeout_s=timeout_s, progress=progress)
    found = replace(found, warnings=(*found.warnings, *_other_words(voice.record, heard)))
    if as_json:
        screen.print_json(found.to_json())
    else:
        print_verified(found)
    if found.firmware is not None and not found.firmware.bit_exact:
        screen.say_error(f"{found.firmware.target}: scores are not the reference's: report this defect")
        return Mismatch.exit_code
    return 0


def _other_words(verifier: Verifier, word: WakeWord | None) -> list[str]:
    """Whether the verifier has learned who says something else."""
    said = {w.replace("_", " ") for w in (() if word is None else word.detector.words)}
    learned = {w.replace("_", " ") for w in verifier.words}
    if not said or not learned or said <= learned:
        return []
    return [
        f"the verifier has learned who says {some(sorted(learned))}, the word is {some(sorted(said - learned))}: "
        "how well it tells speakers by that is not known"
    ]


def _samples(path: Path) -> np.ndarray:
    return read_sound(path).samples


def print_verified(found: Verified) -> None:
    """Similarities of all recordings, and what a verification takes on a target."""
    rows = [[u.name, f"{u.cosine:.3f}", "enrolled"] for u in found.enrolled]
    rows += [[u.name, f"{u.cosine:.3f}", "accepted" if u.name in found.accepted else "refused"] for u in found.compared]
    screen.print_table("", [Column("recording", "name"), Column("similarity"), Column("", "name")], rows)
    screen.say(f"accepted from a similarity of {found.threshold / 32768:.3f} on")
    run = found.firmware
    if run is not None:
        exact = "equal to the bit" if run.bit_exact else f"{run.mismatches} of {run.samples} differ"
        counted = "" if run.instructions is None else f"{run.instructions:,} instructions a verification, "
        memory = f"{run.memory.flash_bytes:,} bytes of flash, {run.memory.ram_bytes:,} of RAM"
        screen.say(f"{run.target}: {counted}{memory}; {exact}")
    for warning in found.warnings:
        screen.say_warning(warning)

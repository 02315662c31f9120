"""Verification of speakers: rates of equal errors on speakers that were not learned, and what the firmware takes.

    python benchmarks/speakers.py --json benchmarks/speakers.json [--only voices] [--only clips]

`voices` learns synthesized voices alone, `clips` also those of ../shared/data/wakewords, each clip as a speaker of its
own, since nobody knows whose it is. Both are judged by synthesized voices that were not learned, and by the four
speakers of ../shared/data/spoken-digits, of whom nothing is learned and by whom nothing is chosen: a template of three
utterances of a digit, and trials with the same digit. The firmware of each runs on the emulated Cortex-M4.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from lapel import speakers
from lapel.audio.files import read_sound
from lapel.errors import LapelError
from lapel.proving.verifier import read_verifier
from lapel.speakers.enrolment import verify

ROOT = Path(__file__).resolve().parent.parent
TARGET = "nucleo-l4r5zi"
PHRASES = ("computer", "jarvis", "smart_mirror", "snowboy")
WORDS = ("computer", "jarvis")
"""What synthesized voices are judged by."""
GROUP, TEXT = r"_([a-z]+)_", r"(\d)_[a-z]+_"
"""Who spoke and what, in the names of spoken-digits."""
KINDS = ("voices", "clips")


def request(data: Path, kind: str, given: dict[str, Any]) -> speakers.Request:
    """What is learned, and what judges."""
    clips = tuple(speakers.Source(data / "wakewords" / p) for p in PHRASES) if kind == "clips" else ()
    options = speakers.make_options({"words": WORDS, **given})
    digits = speakers.Source(data / "spoken-digits", GROUP, TEXT)
    return speakers.Request(options, clips=clips, tests={"four people, digits": digits})


def measure(data: Path, kind: str, given: dict[str, Any], work: Path) -> dict[str, Any]:
    """The record of a training, with CPU seconds of it, and what its firmware takes."""
    started_s, folder = time.process_time(), work / kind

    def say(at: object) -> None:
        if isinstance(at, str) or at.step == at.steps:  # type: ignore[attr-defined]
            print(f"{kind}: {at}", file=sys.stderr, flush=True)

    made = speakers.train_speakers(request(data, kind, given), folder / "work", say)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / made.record.model).write_bytes(made.model)
    (folder / "verifier.json").write_text(json.dumps(made.record.to_json(), indent=2))
    record = json.loads(json.dumps(made.record.to_json()).replace(f"{data}/", ""))  # where the data is, is no figure
    found = {"record": record, "cpu_s": round(time.process_time() - started_s)}
    return {**found, "device": on_device(data, folder / "verifier.json")}


def on_device(data: Path, path: Path) -> dict[str, Any]:
    """What a verification takes, and that every embedding and score is the reference's."""
    names = [f"7_{who}_{k}.wav" for who in ("george", "jackson") for k in range(4)]
    waves = {n: read_sound(data / "spoken-digits" / n).samples for n in names}
    own = {n: waves[n] for n in names[:3]}
    found = verify(read_verifier(path), own, {n: waves[n] for n in names[3:]}, TARGET).firmware
    assert found is not None
    return {
        "target": TARGET,
        "samples": found.samples,
        "bit_exact": found.bit_exact,
        "instructions": found.instructions,
        "cycles": found.cycle_model and found.cycle_model.inference.cycles,
        "macs": found.macs,
        "flash_bytes": found.memory.flash_bytes,
        "ram_bytes": found.memory.ram_bytes,
        "sha256": found.recipe.sha256,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("LAPEL_SHARED") or ROOT.parent / "shared"))
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "speakers")
    parser.add_argument("--only", action="append", choices=KINDS, default=[])
    parser.add_argument("--set", action="append", default=[], metavar="OPTION=NUMBER")
    args = parser.parse_args()
    given = {name: json.loads(value) for name, _, value in (text.partition("=") for text in args.set)}
    for kind in args.only or KINDS:
        try:
            found = measure(args.data / "data", kind, given, args.work)
        except LapelError as e:
            print(e.message, file=sys.stderr)
            return e.exit_code
        kept = json.loads(args.json.read_text()) if args.json.exists() else {}
        args.json.write_text(json.dumps({**kept, kind: found}, indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

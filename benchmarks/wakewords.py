"""Trainings of wake words: misses, false accepts an hour of long audio, and what the firmware takes.

    python benchmarks/wakewords.py --json benchmarks/wakewords.json [--word computer …] [--synthesized computer]
    python benchmarks/wakewords.py --json benchmarks/wakewords.json --device computer …
    python benchmarks/wakewords.py --json benchmarks/wakewords.json --taught snowboy

Each word of ../shared/data/wakewords is trained against the others, spoken digits, synthesized speech and noise; a word
that is named by --synthesized also from synthesized speech alone, judged by the recordings. --device streams a
recording through the firmware of a word that was trained before, on the emulated Cortex-M4. --taught trains a small
network with a teacher and without, on less sound, judged by validation audio alone. Figures of words that are not named
stay as they are in the file. Sentences that several words of a command share are synthesized once, and are in the CPU
time of the first of them.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

import lapel
from lapel import wakewords
from lapel.errors import LapelError
from lapel.proving.wakeword import read_wakeword
from lapel.wakewords import speech
from lapel.wakewords.options import Request, Source

ROOT = Path(__file__).resolve().parent.parent
TARGET, TARGET_S = "nucleo-l4r5zi", 2.0
WORDS = ("computer", "jarvis", "smart_mirror", "snowboy")
TAUGHT: dict[str, Any] = {
    "windows": 800,
    "sentences": 300,
    "hours_train": 0.5,
    "hours_val": 2.0,
    "hours_test": 0.03,
    "epochs": 8,
    "network": {"channels": 16},
}
TEACHER: dict[str, Any] = {"channels": 56}
SEEDS = (0, 1)
DIGITS = r"_([a-z]+)_"
"""Who spoke, in the names of spoken-digits."""


def request(data: Path, word: str, alone: bool, given: dict[str, Any]) -> Request:
    """A word against the others; alone: without recordings to learn from."""
    others = tuple(Source(data / "wakewords" / w) for w in WORDS if w != word)
    negatives = (*others, Source(data / "spoken-digits", DIGITS))
    source = Source(data / "wakewords" / word, judged=alone)
    return Request({word: source}, negatives, wakewords.make_options(given))


def cpu_s() -> float:
    """Of this process, and of those that it waited for: espeak-ng is one for each text."""
    parts = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in parts)


def measure(data: Path, word: str, alone: bool, given: dict[str, Any], work: Path) -> dict[str, Any]:
    """The record of a training, with CPU seconds of it."""
    started_s = cpu_s()

    def say(at: object) -> None:
        if isinstance(at, str) or at.step == at.steps:  # type: ignore[attr-defined]
            print(f"{word}: {at}", file=sys.stderr, flush=True)

    folder = work / (word + "-synthesized" * alone)
    spent = folder / "cpu_s"  # of runs before this one, which it goes on from
    before = float(spent.read_text()) if spent.exists() else 0.0
    made = wakewords.train_wakewords(request(data, word, alone, given), folder / "work", say)
    (folder / made.record.model).write_bytes(made.model)
    (folder / "wakeword.json").write_text(json.dumps(made.record.to_json(), indent=2))
    record = json.loads(json.dumps(made.record.to_json()).replace(f"{data}/", ""))  # where the data is, is no figure
    found = cpu_s() - started_s + before
    spent.write_text(f"{found}\n")
    return {"record": record, "cpu_s": round(found)}


def taught(data: Path, word: str, work: Path) -> dict[str, Any]:
    """Validation of small networks that had a teacher, and of the same without; the test is not kept."""
    runs: dict[str, list[Any]] = {"without": [], "with": []}
    for seed in SEEDS:
        for kind, teacher in (("without", {}), ("with", TEACHER)):
            folder = work / f"taught-{kind}-{seed}"
            found = measure(data, word, False, {**TAUGHT, "seed": seed, "teacher": teacher}, folder)
            runs[kind].append({"seed": seed, "cpu_s": found["cpu_s"], "validation": found["record"]["validation"]})
    return {"options": TAUGHT, "teacher": TEACHER, **runs}


def on_device(data: Path, word: str, work: Path) -> dict[str, Any]:
    """What front end, network and detector take, and that every score is the reference's."""
    ears = read_wakeword(work / word / "wakeword.json")
    recording = sorted((data / "wakewords" / word).iterdir())[0]
    found = lapel.listen(recording, ears, TARGET, target_s=TARGET_S)
    m = found.memory
    return {
        "target": TARGET,
        "seconds": TARGET_S,
        "step_s": found.step_samples / ears.rate_hz,
        "bit_exact": found.bit_exact,
        "steps": found.target_steps,
        "duty": found.duty,
        "flash_bytes": m.flash_code_bytes + m.flash_data_bytes,
        "ram_bytes": m.arena_bytes + m.static_ram_bytes + (m.stack_bytes or 0),
        "stages": {s.name: [s.instructions, s.modelled and s.modelled.cycles] for s in found.stages},
        "sha256": found.recipe.sha256,
    }


def update(path: Path, kind: str, word: str, found: dict[str, Any]) -> None:
    """Write a word's figures into the file."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    kept.setdefault(kind, {})[word] = found
    path.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("LAPEL_SHARED") or ROOT.parent / "shared"))
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "wakewords")
    parser.add_argument("--word", action="append", choices=WORDS, default=[])
    parser.add_argument("--synthesized", action="append", choices=WORDS, default=[])
    parser.add_argument("--device", action="append", choices=WORDS, default=[])
    parser.add_argument("--taught", action="append", choices=WORDS, default=[])
    parser.add_argument("--set", action="append", default=[], metavar="OPTION=NUMBER")
    args = parser.parse_args()
    given = {name: json.loads(value) for name, _, value in (text.partition("=") for text in args.set)}
    speech.speak = functools.cache(speech.speak)
    for alone, words in ((False, args.word), (True, args.synthesized)):
        for word in words:
            try:
                found = measure(args.data / "data", word, alone, given, args.work)
            except LapelError as e:
                print(e.message, file=sys.stderr)
                return e.exit_code
            update(args.json, "synthesized" if alone else "recorded", word, found)
    for word in args.taught:
        update(args.json, "taught", word, taught(args.data / "data", word, args.work))
    for word in args.device:
        update(args.json, "device", word, on_device(args.data / "data", word, args.work))
    return 0


if __name__ == "__main__":
    sys.exit(main())

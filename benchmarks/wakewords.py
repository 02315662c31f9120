"""Trainings of wake words: misses, false accepts an hour of long audio, and what the firmware takes.

    python benchmarks/wakewords.py --json benchmarks/wakewords.json [--word computer …] [--synthesized computer]

Each word of ../shared/data/wakewords is trained against the others, spoken digits, synthesized speech and noise; a word
that is named by --synthesized also from synthesized speech alone, judged by the recordings. Figures of words that are
not named stay as they are in the file.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from lapel import wakewords
from lapel.errors import LapelError
from lapel.wakewords.options import Request, Source

ROOT = Path(__file__).resolve().parent.parent
WORDS = ("computer", "jarvis", "smart_mirror", "snowboy")
DIGITS = r"_([a-z]+)_"
"""Who spoke, in the names of spoken-digits."""


def request(data: Path, word: str, alone: bool, given: dict[str, Any]) -> Request:
    """A word against the others; alone: without recordings to learn from."""
    others = tuple(Source(data / "wakewords" / w) for w in WORDS if w != word)
    negatives = (*others, Source(data / "spoken-digits", DIGITS))
    source = Source(data / "wakewords" / word, judged=alone)
    return Request({word: source}, negatives, wakewords.make_options(given))


def measure(data: Path, word: str, alone: bool, given: dict[str, Any], work: Path) -> dict[str, Any]:
    """The record of a training, with CPU seconds of it."""
    started_s = time.process_time()

    def say(at: object) -> None:
        if isinstance(at, str) or at.step == at.steps:  # type: ignore[attr-defined]
            print(f"{word}: {at}", file=sys.stderr, flush=True)

    folder = work / (word + "-synthesized" * alone)
    made = wakewords.train_wakewords(request(data, word, alone, given), folder / "work", say)
    (folder / made.record.model).write_bytes(made.model)
    (folder / "wakeword.json").write_text(json.dumps(made.record.to_json(), indent=2))
    return {"record": made.record.to_json(), "cpu_s": round(time.process_time() - started_s)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("LAPEL_SHARED") or ROOT.parent / "shared"))
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "wakewords")
    parser.add_argument("--word", action="append", choices=WORDS, default=[])
    parser.add_argument("--synthesized", action="append", choices=WORDS, default=[])
    parser.add_argument("--set", action="append", default=[], metavar="OPTION=NUMBER")
    args = parser.parse_args()
    given = {name: json.loads(value) for name, _, value in (text.partition("=") for text in args.set)}
    for alone, words in ((False, args.word), (True, args.synthesized)):
        for word in words:
            try:
                found = measure(args.data / "data", word, alone, given, args.work)
            except LapelError as e:
                print(e.message, file=sys.stderr)
                return e.exit_code
            kept = json.loads(args.json.read_text()) if args.json.exists() else {"recorded": {}, "synthesized": {}}
            kept["synthesized" if alone else "recorded"][word] = found
            args.json.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

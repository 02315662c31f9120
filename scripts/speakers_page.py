"""docs/benchmarks-speakers.md of benchmarks/speakers.json; without PyTorch, so that the tests can compare it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Sequence[object]
Table = Callable[[Sequence[str], Sequence[Row]], str]
ABOUT = """`python benchmarks/speakers.py --json benchmarks/speakers.json`

A speaker is enrolled by three utterances of a word, and every other utterance of the same word is a trial. *Equal
errors*: the rate at which as many of the speaker's own utterances are refused as of others' accepted. *Refused*
and *accepted* are the two at the verifier's threshold, which is where they are equal for the voices of the
validation, as they are and under noise. In brackets: 95 % intervals, percentiles of {resamples} draws with
replacement of speakers, and of utterances in each of them. One seed.

Nobody who judges was learned: the voices of espeak-ng (variants, that is) are shared out among training,
validation and test, and the four people of `spoken-digits` are in the test alone. **Four people are very few**:
what is drawn with replacement are four, so that the intervals below are wide, and even so say nothing of people
unlike these four. Each of them was recorded in one place with one microphone, which helps whatever compares
spectra. Synthesized voices are steadier than people: their rates flatter. espeak-ng draws the breath
of its voices, so that another run differs in the last digits.

Options of the training were chosen by the voices of the validation. The digits were looked at by the runs below
and by no other."""
DEVICE_METHOD = "embedding, int8"
KINDS = {
    "voices": "Synthesized voices alone are learned",
    "clips": "Synthesized voices and recordings of unknown people are learned",
}
CLIPS = """Each clip of `data/wakewords`, four phrases of some 390, counts as a speaker of its own, known by other parts
of it under other conditions. Nobody knows who said which, and people said several; they are taught to be different from
themselves where they are."""
DEVICE = """One verification, front end not counted: network, `similarity` to the template. Every embedding and score of
{samples} utterances compared with the reference."""


def speakers_page(path: Path, table: Table, notice: str) -> str:
    """The page of the results in a file."""
    found = json.loads(path.read_text(encoding="utf-8"))
    kinds = [kind for kind in KINDS if kind in found]
    resamples = found[kinds[0]]["record"]["options"]["resamples"]
    parts = [f"# Verification of speakers\n\n{notice}\n\n{ABOUT.format(resamples=resamples)}\n"]
    for kind in kinds:
        about = f"{CLIPS}\n\n" if kind == "clips" else ""
        about += f"{beaten(found[kind]['record'])}\n\n"
        spent = f"CPU time, from recordings to figures: {found[kind]['cpu_s']} s.\n"
        parts.append(f"## {KINDS[kind]}\n\n{about}{figures(found[kind]['record'], table)}\n{spent}")
    parts.append(f"## On the device\n\n{devices({k: found[k]['device'] for k in kinds}, table)}")
    return "\n".join(parts)


def beaten(record: Mapping[str, Any]) -> str:
    """How often what is simpler does better than the embedding of the device, in the test."""
    errors: dict[str, dict[str, float]] = {}
    for f in record["test"]:
        errors.setdefault(f["material"], {})[f["method"]] = f["equal_error"]["value"]
    said = [
        f"{method} in {sum(e[method] < e[DEVICE_METHOD] for e in errors.values())} of {len(errors)}"
        for method in next(iter(errors.values())) if not method.startswith("embedding")
    ]  # fmt: skip
    return f"Tests in which what is simpler has fewer equal errors than the embedding in int8: {', '.join(said)}."


def figures(record: Mapping[str, Any], table: Table) -> str:
    """Every material by every method."""
    heads = ("on", "said by", "by", "speakers", "trials, own + others", "equal errors", "refused", "accepted")
    rows = [
        (part, f["material"], f["method"], f["speakers"], f"{f['genuine']:,} + {f['impostors']:,}",
         *(share(f[name]) for name in ("equal_error", "refused", "accepted")))
        for part in ("validation", "test") for f in record[part]
    ]  # fmt: skip
    return table(heads, rows)


def share(found: Mapping[str, float] | None) -> str:
    """A share with its interval."""
    if found is None:
        return "-"
    return f"{100 * found['value']:.1f} % [{100 * found['low']:.1f}, {100 * found['high']:.1f}]"


def devices(found: Mapping[str, Any], table: Table) -> str:
    """What a verification takes."""
    first = next(iter(found.values()))
    rows = [
        (kind, d["target"], f"{d['flash_bytes']:,}", f"{d['ram_bytes']:,}", f"{d['macs']:,}", f"{d['instructions']:,}",
         "-" if d["cycles"] is None else f"{d['cycles']:,}", "yes" if d["bit_exact"] else "no")
        for kind, d in found.items()
    ]  # fmt: skip
    heads = (
        "learned",
        "target",
        "flash, bytes",
        "RAM, bytes",
        "MACs",
        "instructions",
        "modelled cycles",
        "equal to the bit",
    )
    return f"{DEVICE.format(samples=first['samples'])}\n\n{table(heads, rows)}\n"

"""docs/benchmarks-wakewords.md of benchmarks/wakewords.json; without PyTorch, so that the tests can compare it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Sequence[object]
Table = Callable[[Sequence[str], Sequence[Row]], str]
MISSED, MISSED_NOISY, FALSE_PER_H = 0.04, 0.12, 0.5
FLASH, RAM, DUTY, CLOCK_HZ = 40 * 1024, 12 * 1024, 0.08, 80e6
"""What was wished for; the duty, of a core at this clock."""
STAGES = ("front end", "network", "detector")
PARTS = ("validation", "test")
ABOUT = """As `benchmarks/wakewords.py` had them last (`benchmarks/wakewords.json`); the recordings are no part of
Lapel: the folder that `LAPEL_SHARED` names has `data/wakewords`, four phrases of some 390 clips each, and
`data/spoken-digits`. Nothing says who spoke a clip of a phrase, so clips are shared out one by one, and a speaker
may be on two sides; digits are shared out by speaker. One seed each. Brackets are exact 95 % intervals.

Long audio has clips of the other phrases, digits, sentences by espeak-ng, words made to sound alike (a quarter of
all texts), many voices at once, noise and silence: a fifth of it is silence and a fifth noise alone. Words that were
made to sound alike are counted apart: hours are those without them and the second after each; what share of them is
taken for the word stands beside it, and so does the rate of all false accepts in all of the audio. Scores are those of
the streaming int8 firmware, front end and network."""
TRAINED = """`python benchmarks/wakewords.py --json benchmarks/wakewords.json --set seed_test=3 {words}`

Recipe, threshold and smoothing are chosen on validation audio alone. Of the recipe before, which is shown below, false
accepts of computer did not carry over: 0.39 an hour in validation, 2.15 in the test. So now training hears more
sentences, in all of espeak-ng's voices that do not judge, at more speeds and pitches; and the threshold is the one that
most probably keeps to all three wishes elsewhere ([how](guide-wakewords.md#the-figures)), where the one before missed
least at 45 % of the rate in validation.

The tests are not untouched. Four earlier recipes had been judged by the same clips, the third of them twice: first with
thresholds that aimed at 70 % of the rate, sound-alikes counted in (`seed_test=0`). That prompted the aim of 45 %, and
that sound-alikes are counted apart, in the choice of thresholds as well (`seed_test=1`). That computer missed 8.7 % and
snowboy had 1.32 false accepts an hour then was why the fourth was made (`seed_test=2`, computer and snowboy alone), and
computer's false accepts there are why this one was; what was changed follows from validation audio. For each test texts
and scenes are drawn anew; its clips and voices are the same. Each word was judged once by this recipe."""
SPENT = """CPU time, from recordings to the figures of the test, with espeak-ng: {spent}. Sentences that words share
are synthesized once, with the first of them. That of snowboy is without twelve of its 14 epochs and what is before:
that run was stopped, and another went on from it."""
ABSENT = """Not trained by this recipe: {words}. What they take on the device is that of earlier networks.
"""
THIRD = """The test of the recipe before (`--set seed_test=2`), whose training had 2,400 sentences in 35 voices, of
computer and snowboy alone. What it changed against the one before it was the noise of training, 0 to 62 dB below
speech: clips of a silent room are 50 dB and more above their background, and one that had met no scene of more than
42 dB missed more of them as they are than under noise of 10 dB."""
SECOND = """The test before that, of networks whose training had noise of 0 to 42 dB
(`--set seed_test=1 --set 'augment={augment}'`).
"""
FIRST = """The first test of the same networks, as it was counted then: all false accepts together, and how many were at
sound-alikes."""
ALONE = """`python benchmarks/wakewords.py --json benchmarks/wakewords.json {words} --set hours_train=2 --set
sentences=900 --set windows=2400 --set epochs=8 --set hours_val=3`

Nothing is learned from recordings of the word: espeak-ng says it, and all recordings are the test. Other phrases and
digits, which are no word, are recordings all the same: whoever speaks is then never the word, which may be why people
are hardly heard. Counted as the first test above."""
TAUGHT = """`python benchmarks/wakewords.py --json benchmarks/wakewords.json {words}`

A network of {small} channels, alone and with a teacher of {large}, each of {seeds} seeds, on so little sound that none
of them is of use: what is compared is with and without. Validation audio, at the threshold that a training chose, and
what is missed, clips as they are and in noise together, at the least threshold with at most {rate:g} false accepts an
hour there. Nothing of it is a test. Thresholds as of the first test above."""
DEVICE = """`python benchmarks/wakewords.py --json benchmarks/wakewords.json {words}`

Front end, network and detector on the emulated {target}: {seconds:g} seconds of a recording, every score compared
with the reference. Cycles are modelled, the mean of a step of {step_ms:g} ms, and do not depend on the clock: the
duty at {mhz:g} MHz is their sum by {mhz:g} million times {step_s:g} s: {cycles:,} cycles of {there:,.0f}."""


def wakewords_page(path: Path, table: Table, notice: str) -> str:
    """The page of the results in a file."""
    found = json.loads(path.read_text(encoding="utf-8"))
    parts = [f"# Wake words\n\n{notice}\n\n{ABOUT}\n"]
    if found.get("recorded"):
        words = " ".join(f"--word {w}" for w in found["recorded"])
        parts.append(f"## From recordings\n\n{TRAINED.format(words=words)}\n\n{figures(found['recorded'], table)}")
        if absent := [w for w in found["second test"] if w not in found["recorded"]]:
            parts.append(ABSENT.format(words=", ".join(absent)))
        parts.append(f"{THIRD}\n\n{both(found['third test'], table)}\n")
        parts.append(f"{second(found['second test'], table)}\n")
        parts.append(f"{FIRST}\n\n{together(found['first test'], table)}")
    if found.get("synthesized"):
        words = " ".join(f"--synthesized {w}" for w in found["synthesized"])
        entries = {word: entry["record"] for word, entry in found["synthesized"].items()}
        about = ALONE.format(words=words)
        parts.append(f"## From synthesized speech alone\n\n{about}\n\n{together(entries, table)}")
    if found.get("taught"):
        parts.append(f"## With a teacher\n\n{teachers(found['taught'], table)}")
    if found.get("device"):
        parts.append(f"## On the device\n\n{devices(found['device'], table)}")
    return "\n".join(parts)


def second(found: Mapping[str, Any], table: Table) -> str:
    """What the recipe before reached."""
    augment = json.dumps(next(iter(found.values()))["record"]["options"]["augment"])
    return f"{SECOND.format(augment=augment)}\n{both(found, table)}"


def both(found: Mapping[str, Any], table: Table) -> str:
    """Both parts of each word."""
    heads = ("word", "on", "missed", "missed in noise", "false accepts an hour", "hours", "sound-alikes", "all an hour")
    parts = [(part, f) for entry in found.values() for part in PARTS for f in entry["record"][part]]
    return table(heads, [row(f, part) for part, f in parts])


def figures(found: Mapping[str, Any], table: Table) -> str:
    """Both parts of each word, and how often the wishes are met in the test."""
    tests = [f for entry in found.values() for f in entry["record"]["test"]]

    def met(goal: str, key: str, most: float) -> str:
        return f"- {goal}: met {sum(f[key]['value'] <= most for f in tests)} of {len(tests)} times"

    said = "\n".join(
        (
            met(f"at most {100 * MISSED:g} % missed", "missed", MISSED),
            met(f"at most {100 * MISSED_NOISY:g} % missed in noise", "missed_noisy", MISSED_NOISY),
            met(f"at most {FALSE_PER_H:g} false accepts an hour, sound-alikes apart", "false_accepts", FALSE_PER_H),
            met(f"at most {FALSE_PER_H:g} false accepts an hour, sound-alikes among them", "all_accepts", FALSE_PER_H),
        )
    )
    spent = ", ".join(f"{word} {entry['cpu_s']} s" for word, entry in found.items())
    spent = SPENT.format(spent=spent)
    return f"{both(found, table)}\n\nOf the tests:\n\n{said}\n\n{spent}\n"


def row(f: Mapping[str, Any], part: str) -> Row:
    """A word's figures on one part."""
    a = f["false_accepts"]
    return (f["word"], part, share(f["missed"]), f"{share(f['missed_noisy'])} at {f['snr_db']:g} dB",
            f"{a['value']:.2f} [{a['low']:.2f}, {a['high']:.2f}]", f"{a['trials']:.1f}", share(f["alike"]),
            f"{f['all_accepts']['value']:.2f}")  # fmt: skip


def together(found: Mapping[str, Any], table: Table) -> str:
    """Figures that count all false accepts together."""
    rows = [
        (word, part, share(f["missed"]), share(f["missed_noisy"]), *_together(f))
        for word, record in found.items()
        for part in PARTS
        for f in record[part]
    ]
    heads = ("word", "on", "missed", "missed in noise", "all false accepts an hour", "hours", "at sound-alikes")
    return f"{table(heads, rows)}\n"


def _together(f: Mapping[str, Any]) -> tuple[str, str, str]:
    """All false accepts an hour, hours, and those at sound-alikes; where these are counted apart, the share of them."""
    if "at_alike" in f:
        a = f["false_accepts"]
        return f"{a['value']:.2f}", f"{a['trials']:.1f}", f"{f['at_alike']} of {a['events']}"
    return f"{f['all_accepts']['value']:.2f}", f"{f['all_accepts']['trials']:.1f}", share(f["alike"])


def share(rate: Mapping[str, Any]) -> str:
    """A share with its interval."""
    low, high = 100 * rate["low"], 100 * rate["high"]
    return f"{rate['events']} of {rate['trials']:g}: {100 * rate['value']:.1f} % [{low:.1f}, {high:.1f}]"


def teachers(found: Mapping[str, Any], table: Table) -> str:
    """Small networks with a teacher and without, by validation audio."""
    first = next(iter(found.values()))
    about = TAUGHT.format(
        words=" ".join(f"--taught {w}" for w in found), small=first["options"]["network"]["channels"],
        large=first["teacher"]["channels"], seeds=len(first["with"]), rate=FALSE_PER_H,
    )  # fmt: skip
    rows = [
        (word, kind, run["seed"], share(f["missed"]), share(f["missed_noisy"]), f"{f['false_accepts']['value']:.2f}",
         f"{100 * missed_at(f['curve'], FALSE_PER_H):.1f} %", f"{run['cpu_s']} s")
        for word, entry in found.items() for kind in ("without", "with") for run in entry[kind]
        for f in run["validation"]
    ]  # fmt: skip
    means = {kind: [missed_at(f["curve"], FALSE_PER_H) for entry in found.values() for run in entry[kind]
                    for f in run["validation"]] for kind in ("without", "with")}  # fmt: skip
    said = " and ".join(f"{100 * sum(m) / len(m):.1f} % {kind} a teacher" for kind, m in means.items())
    heads = ("word", "teacher", "seed", "missed", "in noise", "false accepts an hour", "missed at the rate", "CPU")
    return f"{about}\n\n{table(heads, rows)}\n\nIn the mean {said} are missed at that rate.\n"


def missed_at(curve: Sequence[Sequence[float]], rate_per_h: float) -> float:
    """The mean of both shares that are missed, at the least threshold of a curve with so few false accepts."""
    quiet = next(point for point in sorted(curve) if point[3] <= rate_per_h)
    return (quiet[1] + quiet[2]) / 2


def cycles(device: Mapping[str, Any]) -> int:
    """Of a step, all stages together."""
    return sum(int(device["stages"][stage][1]) for stage in STAGES)


def duty(device: Mapping[str, Any]) -> float:
    """The share of the time that a core at CLOCK_HZ computes."""
    return cycles(device) / (CLOCK_HZ * float(device["step_s"]))


def devices(found: Mapping[str, Any], table: Table) -> str:
    """What each word's firmware takes."""
    first = next(iter(found.values()))
    words = " ".join(f"--device {w}" for w in found)
    step_s = first["step_s"]
    about = DEVICE.format(
        words=words, target=first["target"], seconds=first["seconds"], step_s=step_s, step_ms=1000 * step_s,
        mhz=CLOCK_HZ / 1e6, cycles=cycles(first), there=CLOCK_HZ * step_s,
    )  # fmt: skip
    rows = [
        (word, f"{d['flash_bytes']:,}", f"{d['ram_bytes']:,}", *(f"{d['stages'][s][1]:,}" for s in STAGES),
         f"{cycles(d):,}", f"{100 * duty(d):.2f} %", "yes" if d["bit_exact"] else "no")
        for word, d in found.items()
    ]  # fmt: skip
    heads = ("word", "flash, bytes", "RAM, bytes", *STAGES, "cycles", f"at {CLOCK_HZ / 1e6:g} MHz", "equal to the bit")
    goals = (
        (f"at most {FLASH:,} bytes of flash", [d["flash_bytes"] <= FLASH for d in found.values()]),
        (f"at most {RAM:,} bytes of RAM, with the stack", [d["ram_bytes"] <= RAM for d in found.values()]),
        (f"at most {100 * DUTY:g} % duty at {CLOCK_HZ / 1e6:g} MHz", [duty(d) <= DUTY for d in found.values()]),
    )
    said = "\n".join(f"- {goal}: met {sum(met)} of {len(met)} times" for goal, met in goals)
    return f"{about}\n\n{table(heads, rows)}\n\n{said}\n"

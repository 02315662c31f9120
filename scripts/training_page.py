"""docs/benchmarks-training.md of benchmarks/training.json; without PyTorch, so that the tests can compare it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

Row = Sequence[object]
Table = Callable[[Sequence[str], Sequence[Row]], str]
FLOAT_LEAST, FLOAT_CPU_S = 0.992, 360
INT8_LOSS, AWARE_LOSS = 0.001, 0.002
DIGITS_GAIN, DIGITS_INT8_LOSS = 0.12, 0.005
UNHEARD_GAIN = 0.25
SIGNIFICANT = 0.05
"""A p-value below which a difference is not taken for chance."""
KINDS = {"labels": "by labels", "taught": "taught", "unlabelled": "taught without labels"}
ABOUT = """As `benchmarks/training.py` had them last (`benchmarks/training.json`). Each section has the command that
makes its part again; that of MNIST and that of the digits need data that is no part of Lapel: the folder that
`LAPEL_SHARED` names has `data/mnist.npz` and `data/spoken-digits`. Accuracies of integer networks are those of the
reference's integers, which are the firmware's.
"""
COMMAND = "`python benchmarks/training.py --only {} --json benchmarks/training.json`"
MNIST = """60,000 images, of which a tenth decides between epochs; accuracy on the 10,000 of the official test set.
The distortion of images, in place of shifts, was chosen by the validation samples of a seed that is none of these.
*After* is quantized after training, *aware* is trained on quantization-aware; weights of four bits, activations of
eight."""
DIGITS = """Four speakers, 500 clips of each: a network is trained with three of them and tested with the fourth. The
logistic regression is of the same features, standardized."""
UNHEARD = """The same four speakers, each held out once, and the features of a front end that a device has, by its own
firmware ([sound](guide-audio.md)). The network learns from {copies} changed copies of each clip of the other three,
from the clips as they are, and from {synthesized:,} digits that espeak-ng says in voices, speeds and pitches that are
drawn, {more} copies of each. Copies differ in speed, room and noise, and are stretched along time and along the
bands, which is another throat. The last epoch is taken. Regressions are of the three speakers' clips as they are,
standardized: of the mean of a clip's log-mels over time, {bands} numbers, and of all its frames. Points are above that
of the means.

What was tried before, synthesized digits beside recordings and the stretching, was judged by george, jackson and
nicolas, with networks of two other speakers each. So of these three something was known when the recipe was chosen,
though of no network below."""
DISTILLATION = """The experiment of Hinton et al. (2015, section 3), with a student for a microcontroller. A
perceptron of {teacher} hidden units, {teacher_learned:,} numbers, is trained with distorted images; its error is
{teacher_error}. Its students have {student} hidden units, {student_learned:,} numbers, and see no distorted images.
*By labels* they learn from labels alone, *taught* from the teacher's scores as well, *taught without labels* from
nothing else: then the teacher's decisions choose between epochs, too. Students of one seed begin with the same
weights and see the same batches. A tenth of the training samples is for validation, which alone chose options, with a
seed of its own and as many trials of both kinds. Errors are of the 10,000 images of the official test set; int8 is
quantized after training. One layer of 32 units, tried before with one seed, gained nothing: a student needs room for
what it is taught."""
PAIRED = """Differences of pairs in points of error, mean and standard deviation, and Student's paired t-test,
two-sided:"""
OMITTED = """Hinton et al. also left a digit out. These students are taught without labels and never see a {digit},
neither in training nor in what chooses between epochs: what they know of it is how much of it the teacher finds in
other digits. *Raised*: a number is added to their score of that digit, chosen by all validation samples. The test set
has {count:,} of it."""
OVERHEAD = """CPU time of a training step as a multiple of that of the same network in plain PyTorch: batch {batch},
images of 28 × 28, Adam, one thread; {rounds} rounds of {steps} steps of each, interleaved: the median of rounds, with
the least and the most."""


def training_page(path: Path, table: Table, notice: str) -> str:
    """The page of the results in a file."""
    found = json.loads(path.read_text(encoding="utf-8"))
    sections = {
        "mnist": mnist,
        "spoken_digits": digits,
        "unheard_speakers": unheard,
        "distillation": distillation,
        "overhead": overhead,
    }
    return "\n".join([f"# Trainings\n\n{notice}\n\n{ABOUT}", *(sections[task](found[task], table) for task in found)])


def section(title: str, task: str, about: str, *parts: str) -> str:
    """With the command that makes its figures."""
    return "\n\n".join([f"## {title}", COMMAND.format(task), about, *(p.rstrip("\n") for p in parts)]) + "\n"


def mnist(found: Mapping[str, Any], table: Table) -> str:
    """LeNet-5: a row a seed, and the goals."""
    kinds = ("float", "int8 after", "int4 after", "int4 aware")
    rows, tests = [], []
    for row in found["seeds"]:
        tests.append({kind: row[kind]["test"] for kind in kinds})
        spent = [f"{row[kind]['cpu_s']:.0f} s" for kind in ("float", "int4 aware")]
        rows.append([row["seed"], *(f"{100 * share:.2f} %" for share in tests[-1].values()), *spent])
    goals = {
        f"float at least {100 * FLOAT_LEAST:.1f} %": [t["float"] >= FLOAT_LEAST for t in tests],
        f"in at most {FLOAT_CPU_S} CPU seconds": [row["float"]["cpu_s"] <= FLOAT_CPU_S for row in found["seeds"]],
        f"int8 at most {100 * INT8_LOSS:.1f} points below": [within(t, "int8 after", INT8_LOSS) for t in tests],
        f"int4 aware at most {100 * AWARE_LOSS:.1f} points below": [within(t, "int4 aware", AWARE_LOSS) for t in tests],
    }
    shown = table(["seed", *kinds, "CPU, float", "CPU, aware"], rows)
    recipes = f"Float: {options(found['float options'])}.\n\nAware: {options(found['int4 options'])}."
    return section("LeNet-5 on MNIST", "mnist", MNIST, shown, recipes, reached(goals))


def digits(found: Mapping[str, Any], table: Table) -> str:
    """DS-CNN: a row a speaker who is held out, and the goals."""
    rows, gains, losses = [], [], []
    for row in found["speakers"]:
        line, net, int8 = (row[kind]["test"] for kind in ("linear", "float", "int8 after"))
        gains.append(net - line >= DIGITS_GAIN - 1e-9)
        losses.append(within({"float": net, "int8": int8}, "int8", DIGITS_INT8_LOSS))
        shares = [f"{100 * share:.1f} %" for share in (line, net, int8)]
        rows.append([row["held out"], *shares, f"{100 * (net - line):+.1f}", f"{row['float']['cpu_s']:.0f} s"])
    goals = {
        f"float at least {100 * DIGITS_GAIN:.0f} points above the logistic regression": gains,
        f"int8 at most {100 * DIGITS_INT8_LOSS:.1f} points below": losses,
    }
    shown = table(["held out", "logistic regression", "float", "int8 after", "points above", "CPU, float"], rows)
    recipes = [f"{what}: {options(found[key])}." for what, key in (("Features", "features"), ("Training", "options"))]
    return section("DS-CNN on spoken digits", "spoken_digits", DIGITS, shown, *recipes, reached(goals))


def unheard(found: Mapping[str, Any], table: Table) -> str:
    """Somebody who was never heard: a row a speaker, the mean, and the goals."""
    kinds, rows, gains = ("means", "frames", "float", "int8 after"), [], []
    tests = [{kind: row[kind]["test"] for kind in kinds} for row in found["speakers"]]
    for row, test in zip(found["speakers"], tests, strict=True):
        gains.append(test["float"] - test["means"])
        shares = [f"{100 * share:.1f} %" for share in test.values()]
        rows.append([row["held out"], *shares, f"{100 * gains[-1]:+.1f}", f"{row['float']['cpu_s']:.0f} s"])
    means = [f"{100 * np.mean([t[kind] for t in tests]):.1f} %" for kind in kinds]
    rows.append(["mean", *means, f"{100 * np.mean(gains):+.1f}", ""])
    least = f"float at least {100 * UNHEARD_GAIN:.0f} points above the regression of means"
    goals = {
        f"{least}, of each speaker": [gain >= UNHEARD_GAIN - 1e-9 for gain in gains],
        f"{least}, in the mean": [bool(np.mean(gains) >= UNHEARD_GAIN - 1e-9)],
        f"int8 at most {100 * DIGITS_INT8_LOSS:.1f} points below": [
            within({"float": t["float"], "int8": t["int8 after"]}, "int8", DIGITS_INT8_LOSS) for t in tests
        ],
    }
    about = UNHEARD.format(
        copies=found["copies"], synthesized=found["synthesized"], more=found["synthesized copies"],
        bands=found["front"]["bands"],
    )  # fmt: skip
    heads = ["held out", "regression of means", "of frames", "float", "int8 after", "points above", "CPU, float"]
    recipes = [
        f"{what}: {options(found[key])}."
        for what, key in (
            ("Front end", "front"), ("Copies", "changes"), ("Stretched by", "stretch"), ("Network", "network"),
            ("Training", "options"),
        )
    ]  # fmt: skip
    shown = table(heads, rows)
    return section("Digits of an unheard speaker", "unheard_speakers", about, shown, *recipes, reached(goals))


def distillation(found: Mapping[str, Any], table: Table) -> str:
    """A small perceptron that a large one taught: errors, differences, a digit left out, what was tried, the goals."""
    columns = [*KINDS, *(f"{kind} int8" for kind in KINDS)]
    wrong = {kind: errors([row[kind] for row in found["students"]]) for kind in columns}
    rows: list[Row] = [
        [row["seed"], *(f"{wrong[kind][k]:.2f} %" for kind in columns)] for k, row in enumerate(found["students"])
    ]
    rows.append(["mean ± deviation", *(f"{spread(wrong[kind])} %" for kind in columns)])
    shown = table(["seed", *map(titled, columns)], rows)
    teacher = found["teacher"]
    about = DISTILLATION.format(
        teacher=layers(teacher["network"]["hidden"]),
        teacher_learned=teacher["found"]["learned"],
        teacher_error=f"{errors([teacher['found']])[0]:.2f} %",
        student=layers(found["hidden"]),
        student_learned=found["students"][0]["labels"]["learned"],
    )
    tests = {kind: paired(wrong, kind) for kind in columns if not kind.startswith("labels")}
    pairs = table(
        ["against the same by labels", "difference", "t", "p"],
        [[titled(kind), spread(d, "+"), f"{t:.2f}", f"{p:.2g}"] for kind, (d, t, p) in tests.items()],
    )
    goals = {
        f"{titled(kind)}: fewer errors, p < {SIGNIFICANT:g}": [bool(d.mean() < 0 and p < SIGNIFICANT)]
        for kind, (d, _, p) in tests.items()
    }
    parts = shown, PAIRED, pairs, reached(goals), *omitted(found, table), *recipes(found, table)
    return section("A small perceptron taught by a large one", "distillation", about, *parts)


def omitted(found: Mapping[str, Any], table: Table) -> tuple[str, str]:
    """Of students that never saw a digit: a row a seed."""
    digit, rows = found["omitted"], []
    for row in found["without the digit"]:
        known = row["known"]
        counts = [known[how][what] for how in ("as it is", "raised") for what in ("errors", "of the digit")]
        rows.append([row["seed"], *counts[:2], f"{known['raised by']:g}", *counts[2:]])
    columns = ["seed", "errors", f"of {digit}s", "raised by", "errors", f"of {digit}s"]
    return OMITTED.format(digit=digit, count=found["digits"]), table(columns, rows)


def recipes(found: Mapping[str, Any], table: Table) -> tuple[str, ...]:
    """How all were trained, and what was tried."""
    rows = [
        [KINDS[kind], options({k: v for k, v in trial.items() if k != "found"}), f"{100 * trial['found']['val']:.2f} %"]
        for kind, trials in found["trials"].items()
        for trial in trials
    ]
    said = f"Teacher: {options(found['teacher']['training'])}.\n\nStudents: {options(found['training'])}, and the best"
    return f"{said} of what was tried with seed {found['trial_seed']}:", table(["", "options", "validation"], rows)


def errors(found: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """In percent, of the test."""
    return 100 * (1 - np.array([row["test"] for row in found]))


def spread(found: np.ndarray, sign: str = "") -> str:
    """Mean and standard deviation."""
    return f"{found.mean():{sign}.2f} ± {found.std(ddof=1):.2f}"


def paired(wrong: Mapping[str, np.ndarray], kind: str) -> tuple[np.ndarray, float, float]:
    """Differences to what learned by labels, t and p."""
    rival = wrong["labels int8" if kind.endswith(" int8") else "labels"]
    test = stats.ttest_rel(wrong[kind], rival)
    return wrong[kind] - rival, float(test.statistic), float(test.pvalue)


def titled(kind: str) -> str:
    """The head of a column."""
    name, *more = kind.split()
    return ", ".join([KINDS[name], *more])


def layers(hidden: Sequence[int]) -> str:
    """How many units they have."""
    return " and ".join(map(str, hidden))


def overhead(found: Mapping[str, Any], table: Table) -> str:
    """A row a network, and the goals."""
    most, networks = found["at most"], found["networks"]
    rows = []
    for name, row in networks.items():
        times = [f"{row[kind]['times']:.2f} ({row[kind]['least']:.2f} to {row[kind]['most']:.2f})" for kind in most]
        rows.append([name, f"{row['plain ms']:.2f} ms", *times])
    goals = {
        f"{kind} at most {m:g}": [row[kind]["times"] <= m for row in networks.values()] for kind, m in most.items()
    }
    about = OVERHEAD.format(batch=found["batch"], rounds=found["rounds"], steps=found["steps"])
    shown = table(["network", "plain", *most], rows)
    return section("A step beside plain PyTorch", "overhead", about, shown, reached(goals))


def within(tests: Mapping[str, float], kind: str, loss: float) -> bool:
    """Whether it is no more below float; shares are of whole samples, so that a last bit does not count."""
    return bool(tests["float"] - tests[kind] <= loss + 1e-9)


def reached(goals: Mapping[str, Sequence[bool]]) -> str:
    """Each goal, and how often it is met."""
    return "\n".join(["Goals:\n", *(f"- {goal}: {often(met)}" for goal, met in goals.items())])


def often(met: Sequence[bool]) -> str:
    """In words."""
    return "met" if all(met) else f"met {sum(met)} of {len(met)} times" if any(met) else "not met"


def options(found: Mapping[str, Any]) -> str:
    """As a recipe has them, in one line."""
    return ", ".join(f"`{name} = {value(v)}`" for name, v in found.items())


def value(v: Any) -> str:
    """In TOML."""
    if isinstance(v, Mapping):
        return "{ " + ", ".join(f"{name} = {value(x)}" for name, x in v.items()) + " }"
    return f"'{v}'" if isinstance(v, str) else json.dumps(v)

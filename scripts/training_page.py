"""docs/benchmarks-training.md of benchmarks/training.json; without PyTorch, so that the tests can compare it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Sequence[object]
Table = Callable[[Sequence[str], Sequence[Row]], str]
FLOAT_LEAST, FLOAT_CPU_S = 0.992, 360
INT8_LOSS, AWARE_LOSS = 0.001, 0.002
DIGITS_GAIN, DIGITS_INT8_LOSS = 0.12, 0.005
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
OVERHEAD = """CPU time of a training step as a multiple of that of the same network in plain PyTorch: batch {batch},
images of 28 × 28, Adam, one thread; {rounds} rounds of {steps} steps of each, interleaved: the median of rounds, with
the least and the most."""


def training_page(path: Path, table: Table, notice: str) -> str:
    """The page of the results in a file."""
    found = json.loads(path.read_text(encoding="utf-8"))
    sections = {"mnist": mnist, "spoken_digits": digits, "overhead": overhead}
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
    lines = [f"- {goal}: {'met' if all(met) else f'met {sum(met)} of {len(met)} times'}" for goal, met in goals.items()]
    return "\n".join(["Goals:\n", *lines])


def options(found: Mapping[str, Any]) -> str:
    """As a recipe has them, in one line."""
    return ", ".join(f"`{name} = {value(v)}`" for name, v in found.items())


def value(v: Any) -> str:
    """In TOML."""
    if isinstance(v, Mapping):
        return "{ " + ", ".join(f"{name} = {value(x)}" for name, x in v.items()) + " }"
    return f"'{v}'" if isinstance(v, str) else json.dumps(v)

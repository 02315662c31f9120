"""docs/benchmarks-smallest.md of benchmarks/smallest.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Table = Callable[[Sequence[str], Sequence[Sequence[object]]], str]
ABOUT = """As `benchmarks/smallest.py` had them last (`benchmarks/smallest.json`). MNIST is no part of Lapel: the folder
that `LAPEL_SHARED` names has `data/mnist.npz`. Of each network one training, of one seed: a tenth of the
training samples of MNIST, and 15 % of the other digits, decided between epochs; nothing was chosen by the test images.

- *Accuracy* is of the reference's integers on all test images. The firmware was run on the emulated chip for the first
  of them, *emulated*, and had the reference's bits in all outputs; the others were not emulated.
- *Flash* is code and constants of the linked firmware without start code, *RAM* arena, variables and measured stack.
- *Cycles* are counted by simavr for the first image; the ATmega328P passes over values of -128, so that other images
  take others. RV32EC has no cycle model here: its figure is *instructions*.
"""
ABOUT_TASKS = {
    "digits": (
        "Digits of 8 x 8 on an ATmega328P",
        "scikit-learn's digits, 64-32-10. Goals are judged by the first row.",
    ),
    "mnist": (
        "MNIST on an ATmega328P",
        "28 x 28 pixels, 60,000 images and the 10,000 of the official test set; the image is in RAM. `stridenet`: "
        "a convolution of 5 x 5 with stride 2, one of 3 x 3 with stride 2, two of 3 x 3, one dense layer; weights of 8 "
        "bits.",
    ),
    "mnist_without_multiplier": (
        "MNIST on a CH32V003, without a multiplier",
        "The same float network with weights of 4 bits, which the kernels `shiftadd` need no multiplication for.",
    ),
}
GOALS: dict[str, Mapping[str, float]] = {
    "digits": {"flash_bytes": 3600, "ram_bytes": 160, "time_us": 1100},
    "mnist": {"test": 0.993, "flash_bytes": 24_000, "ram_bytes": 1900},
    "mnist_without_multiplier": {"test": 0.991, "flash_bytes": 15_500, "ram_bytes": 1900},
}
"""Of a task: accuracy at least, all others at most."""
COLUMNS = [
    "target",
    "weights",
    "goal",
    "accuracy",
    "images",
    "emulated",
    "flash",
    "RAM",
    "of it stack",
    "cycles",
    "instructions",
    "time",
]
NAMES = {
    "test": "accuracy at least",
    "flash_bytes": "flash at most",
    "ram_bytes": "RAM at most",
    "time_us": "time at most",
}


def smallest_page(path: Path, table: Table, notice: str) -> str:
    """The page of the results in a file."""
    found = json.loads(path.read_text(encoding="utf-8"))
    sections = [_section(task, found[task], table) for task in found]
    return "\n".join([f"# Networks for the smallest chips\n\n{notice}\n\n{ABOUT}", *sections])


def _section(task: str, found: Mapping[str, Any], table: Table) -> str:
    title, about = ABOUT_TASKS[task]
    rows = [_row(found, row) for row in found["rows"]]
    emulated = max(row["emulated"] for row in found["rows"])
    command = f"`python benchmarks/smallest.py --only {task} --emulated {emulated} --json benchmarks/smallest.json`"
    floats = f"The float network: {found['float']['test']:.2%}, {found['float']['learned']:,} numbers."
    goals = "".join(f"- {line}\n" for line in _goals(task, found["rows"][0]))
    return f"## {title}\n\n{command}\n\n{about} {floats}\n\n{table(COLUMNS, rows)}\nGoals:\n\n{goals}"


def _row(found: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    time = "" if row["time_us"] is None else f"{row['time_us'] / 1000:.2f} ms"
    cycles = "" if row["cycles"] is None else f"{row['cycles']:,}"
    sizes = [f"{row[name]:,}" for name in ("flash_bytes", "ram_bytes", "stack_bytes")]
    counts = [f"{found['images']:,}", f"{row['emulated']:,}"]
    return [
        row["target"],
        row["weights"],
        f"`{row['goal']}`",
        f"{row['test']:.2%}",
        *counts,
        *sizes,
        cycles,
        f"{row['instructions']:,}",
        time,
    ]


def _goals(task: str, row: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, limit in GOALS[task].items():
        met = row[name] >= limit if name == "test" else row[name] <= limit
        shown = (
            f"{limit:.1%}" if name == "test" else f"{limit / 1000:.1f} ms" if name == "time_us" else f"{limit:,} bytes"
        )
        lines.append(f"{NAMES[name]} {shown}: {'met' if met else 'not met'}")
    return lines

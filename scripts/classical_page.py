"""docs/benchmarks-classical.md of benchmarks/classical.json; without scikit-learn, so that the tests can compare it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Row = Sequence[object]
Table = Callable[[Sequence[str], Sequence[Row]], str]
Goals = Callable[[str, Sequence[Mapping[str, Any]]], list[str]]
CLOCK_HZ = 16_000_000
WISHES: Mapping[str, Mapping[str, float]] = {
    "ProtoNN": {"accuracy": 0.974, "model_bytes": 2048, "flash_bytes": 4096, "ram_bytes": 260, "cycles_most": 24_000},
    "Bonsai": {"accuracy": 0.974, "model_bytes": 2048, "flash_bytes": 4096, "ram_bytes": 260, "cycles_most": 24_000},
    "MLP 64-32-10": {"accuracy": 0.970, "flash_bytes": 3600, "ram_bytes": 160, "cycles_most": 17_600},
    "FastGRNN": {"flash_bytes": 4000, "ram_bytes": 200, "cycles_most": 80_000},
}
"""What was to be reached: at least of an accuracy, the mean of all seeds; at most of all else, of every seed."""
NAMES = {
    "model_bytes": "bytes of constants",
    "flash_bytes": "bytes of flash in all",
    "ram_bytes": "bytes of RAM with the stack",
    "cycles_most": "cycles",
}
ABOUT = """As `benchmarks/classical.py` had them last (`benchmarks/classical.json`), on the ATmega328P of an Arduino
Uno. Every held-out sample ran on the emulated chip and its outputs equal the integer reference's; accuracies are of
what the chip said. (By simavr, which counts cycles; the first samples of each model by QEMU as well.) Flash is model,
kernels and interface; RAM is everything with the stack. Budgets of estimators count the portable kernels' constants;
those for the AVR fill blocks of eight rows, so that theirs can be more.

```
python benchmarks/classical.py --json benchmarks/classical.json
```
"""
DIGITS = """scikit-learn's 1,797 digits of 8 × 8 pixels, 70/30 by class, {seeds} seeds; mean and standard deviation, the
most of all else. Models are fitted to the training samples and 29 distorted copies of each (turned, scaled, sheared,
moved), `MLP 64-32-10` by scikit-learn and quantized to int8 after that, with `accumulators="int16"`. Options were
chosen by cross-validation within the training part of seed 0. *Nearest neighbours*: k = 3, of all training samples as
float32, on the desktop."""
ROWS = """The same digits, read row by row: a call takes eight pixels, the class is that of the last of eight calls.
Nine distorted copies. *In floats*: the same network, trained in the same way with nothing rounded, on the desktop."""
MNIST = """60,000 images for training, the official test set of 10,000, one seed. The estimators have {budget:,} bytes:
the projection looks at 100 or 120 of 784 pixels, chosen as `max_features` does. Options were chosen by 10,000 training
images, of models trained with 20,000 others. A budget counts the constants of the portable kernels; the AVR's fill
blocks of eight rows, and may take more, as in the table. *Nearest neighbours*: k = 3, of all training images, a byte a
pixel, on the desktop."""
CLAIM = """Do two kilobytes say what nearest neighbours say with all training samples? On the digits {digits}. On MNIST
{mnist}."""
BUDGET = 2048


def classical_page(path: Path, table: Table, notice: str) -> str:
    """The page of the results in a file."""
    found = json.loads(path.read_text(encoding="utf-8"))
    parts = [f"# Classical models\n\n{notice}\n\n{ABOUT}"]
    titles = {"digits": ("Digits", DIGITS), "rows": ("Digits as sequences", ROWS), "mnist": ("MNIST", MNIST)}
    for task, (title, about) in titles.items():
        seeds = list(found.get(task, {}).values())
        if seeds:
            said = about.format(seeds=len(seeds), budget=BUDGET)
            wishes = without_goals if task == "mnist" else goals
            parts.append(f"## {title}\n\n{said}\n\n{figures(seeds, table, wishes)}")
    if {"digits", "mnist"} <= found.keys():
        parts.append(f"## Two kilobytes and nearest neighbours\n\n{claim(found)}\n")
    return "\n".join(parts)


def claim(found: Mapping[str, Any]) -> str:
    """What two kilobytes reach beside nearest neighbours."""
    said = {}
    for task in ("digits", "mnist"):
        seeds = list(found[task].values())
        mean = {n: 100 * float(np.mean([s[n]["accuracy"] for s in seeds])) for n in seeds[0]}
        best = max((n for n in mean if n in ("ProtoNN", "Bonsai")), key=lambda n: mean[n])
        bytes_ = max(s[best]["model_bytes"] for s in seeds)
        times = seeds[0]["nearest"]["bytes"] / bytes_
        said[task] = (
            f"{best} has {mean[best]:.2f} % in {bytes_:,} bytes, nearest neighbours {mean['nearest']:.2f} % in "
            f"{times:,.0f} times as many: {mean['nearest'] - mean[best]:.2f} points"
        )
    return CLAIM.format(**said)


def figures(seeds: Sequence[Mapping[str, Any]], table: Table, wishes: Goals) -> str:
    """A row a model, and which wishes are met."""
    models = {name: [seed[name] for seed in seeds] for name in seeds[0]}
    heads = ("model", "accuracy", *NAMES.values(), "mean cycles", "ms", "mean ms")
    rows = [row(name, found) for name, found in models.items()]
    said = [f"- {name}: {goal}" for name, found in models.items() for goal in wishes(name, found)]
    wished = "\n\nWhat was to be reached, with accuracy as the mean and all else of every seed:\n\n" + "\n".join(said)
    return f"{table(heads, rows)}{wished if said else ''}\n"


def row(name: str, found: Sequence[Mapping[str, Any]]) -> Row:
    """Mean and spread of the accuracy, the most of all else."""
    right = np.array([100 * f["accuracy"] for f in found])
    spread = f" ± {right.std(ddof=1):.2f}" if len(right) > 1 else ""
    accuracy = f"{right.mean():.2f}{spread} %"
    label = {"nearest": "nearest neighbours", "floats": "FastGRNN in floats"}.get(name, name)
    if "cycles_most" not in found[0]:
        size = f"{max(f['bytes'] for f in found):,}" if "bytes" in found[0] else ""
        return (label, accuracy, size, "", "", "", "", "", "")
    most = [f"{max(f[key] for f in found):,}" for key in NAMES]
    cycles = max(f["cycles_most"] for f in found), float(np.mean([f["cycles_mean"] for f in found]))
    worst, mean = (f"{1000 * c / CLOCK_HZ:.2f}" for c in cycles)
    return (label, accuracy, *most, f"{cycles[1]:,.0f}", worst, mean)


def goals(name: str, found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each wish and whether it is met."""
    said = []
    for key, wish in WISHES.get(name, {}).items():
        if key == "accuracy":
            met = float(np.mean([f[key] for f in found])) >= wish
            said.append(f"at least {100 * wish:.1f} %: {'met' if met else 'not met'}")
        else:
            met = max(f[key] for f in found) <= wish
            said.append(f"at most {wish:,} {NAMES[key]}: {'met' if met else 'not met'}")
    return said


def without_goals(name: str, found: Sequence[Mapping[str, Any]]) -> list[str]:
    return []

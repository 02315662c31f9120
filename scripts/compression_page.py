"""docs/benchmarks-compression.md, of what benchmarks/compression.py wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

Table = Callable[[Sequence[str], Sequence[Sequence[object]]], str]

ABOUT = """As `benchmarks/compression.py` had them last (`benchmarks/compression.json`); each recipe is one of
`benchmarks/compression/*.toml`, run for three seeds. The data is no part of Lapel: the folder that `LAPEL_SHARED`
names has `data/mnist.npz`. A tenth of its 60,000 images decides between epochs, the 10,000 of the official test set are
only reported. *Error* is the firmware's on all of them after the last step; before it the reference's, whose bits are
the same. *Weights* are all constants in flash that layers need: streams, code books, biases, scales and parameters.
*Decoder* is the code of kernels that decode. *Smaller* is what weights and biases of the first network take in float32
over both.
"""
PAPER = {"lenet-300-100": (("8 %", "2.32 %"), ("9 %", "3.04 %"), ("26 %", "12.70 %"))}
"""Han et al. (2015), Deep Compression, table 2: weights left, and bytes left, layer by layer."""


def compression_page(path: Path, table: Table, notice: str) -> str:
    """The page, of the file of results."""
    found = json.loads(path.read_text(encoding="utf-8"))
    parts = [f"# Compression of known networks\n\n{notice}\n\n{ABOUT}"]
    for name, recipe in found.items():
        command = f"python benchmarks/compression.py --only {name} --json benchmarks/compression.json"
        said = _comment(path.parent / "compression" / f"{name}.toml")
        seeds, core = len(recipe["seeds"]), recipe["core"]
        parts.append(f"\n## {name}\n\n`{command}`\n\n{said}Mean of {seeds} seeds, on a {core}:\n\n")
        parts.append(_steps(recipe, table))
        parts.append(f"\nEach seed:\n\n{_seeds(recipe, table)}")
        first = recipe["seeds"][0]
        parts.append(f"\nLayer by layer, of seed {first['seed']}, an entropy in bits of a weight's gap and value:\n\n")
        parts.append(_layers(first["layers"], PAPER.get(name), table))
    return "".join(parts)


def _comment(recipe: Path) -> str:
    """What a recipe says of itself in its first lines."""
    if not recipe.exists():
        return ""
    lines = takewhile(lambda line: line.startswith("#"), recipe.read_text(encoding="utf-8").splitlines())
    return "".join(f"{line.removeprefix('# ')}\n" for line in lines) + "\n"


def _steps(recipe: dict[str, Any], table: Table) -> str:
    rows = [
        [
            row["step"],
            f"{row['error']:.2f} %",
            *(_count(row.get(name)) for name in ("weight_bytes", "decoder_bytes", "flash_bytes")),
            _times(row.get("times_smaller")),
            _count(row.get("instructions")),
        ]
        for row in recipe["mean"]
    ]
    return table(["after", "error", "weights", "decoder", "flash", "smaller", "instructions"], rows)


def _seeds(recipe: dict[str, Any], table: Table) -> str:
    rows = []
    for seed in recipe["seeds"]:
        first, last = seed["steps"][0], seed["steps"][-1]
        held = [f"{row['error']:.2f} %" for row in (first, last)]
        both = None if "weight_bytes" not in last else last["weight_bytes"] + last["decoder_bytes"]
        rows.append([seed["seed"], *held, _count(last["samples"]), _count(both), _times(last.get("times_smaller"))])
    return table(["seed", "float error", "error in the end", "samples on the core", "bytes", "smaller"], rows)


def _layers(layers: list[dict[str, Any]], paper: Sequence[Sequence[str]] | None, table: Table) -> str:
    columns = ["layer", "weights", "left", "values", "gap", "value", "bytes", "bytes left"]
    rows = []
    for k, layer in enumerate(layers):
        share = f"{layer['left']:,} ({100 * layer['left'] / layer['weights']:.1f} %)"
        bits = [f"{layer[name]:.2f}" for name in ("gap_bits", "value_bits")]
        row = [layer["layer"], _count(layer["weights"]), share, layer["values"], *bits, _count(layer["bytes"])]
        row.append(f"{100 / layer['times_smaller']:.2f} %")
        rows.append([*row, *(paper[k] if paper else ())])
    head = ["weights left, 2015", "bytes left, 2015"] if paper else []
    said = (
        "\nThe last two columns are those of table 2 in Han et al. (2015), *Deep Compression*: of storage.\n"
        if paper
        else ""
    )
    return table([*columns, *head], rows) + said


def _count(value: float | None) -> str:
    return "-" if value is None else f"{round(value):,}"


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}x"

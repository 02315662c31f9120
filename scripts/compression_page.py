"""docs/benchmarks-compression.md, of what benchmarks/compression.py wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from textwrap import fill
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


@dataclass(frozen=True)
class Paper:
    """A table of Han et al. (2015), Deep Compression, which counts storage. Of each layer, and of all: weights that are
    left, bits of a gap and of a weight after Huffman coding, share of the bytes."""

    number: int
    layers: tuple[tuple[str, str, str, str], ...]
    total: tuple[str, str, str, str]


PAPERS = {
    "lenet-300-100": Paper(
        2,
        (("8 %", "3.7", "4.4", "2.32 %"), ("9 %", "4.3", "4.4", "3.04 %"), ("26 %", "3.2", "4.3", "12.70 %")),
        ("8 %", "3.7", "5.1", "2.49 %"),
    ),
    "lenet-5": Paper(
        3,
        (
            ("66 %", "1.5", "7.2", "67.45 %"),
            ("12 %", "3.9", "7.2", "5.28 %"),
            ("8 %", "4.5", "4.5", "2.45 %"),
            ("19 %", "3.7", "5.2", "6.13 %"),
        ),
        ("8 %", "4.4", "4.1", "2.55 %"),
    ),
}


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
        parts.append(_layers(first["layers"], recipe["float_bytes"], PAPERS.get(name), table))
        if "ablation" in recipe:
            parts.append(_ablation(name, recipe["ablation"], table))
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
        figures = [_count(last["samples"]), _count(_bytes(last)), _times(last.get("times_smaller"))]
        rows.append([seed["seed"], *held, *figures])
    return table(["seed", "float error", "error in the end", "samples on the core", "bytes", "smaller"], rows)


def _layers(layers: list[dict[str, Any]], float_bytes: int, paper: Paper | None, table: Table) -> str:
    """float_bytes: of all weights and biases of the first network."""
    columns = ["layer", "weights", "left", "values", "gap", "value", "bytes", "bytes left"]
    total = {name: sum(layer[name] for layer in layers) for name in ("weights", "left", "bytes")}
    bits = ("gap_bits", "value_bits")
    total |= {name: sum(layer["left"] * layer[name] for layer in layers) / total["left"] for name in bits}
    total |= {"layer": "all", "values": "", "times_smaller": float_bytes / total["bytes"]}
    rows = [_layer(layer) for layer in (*layers, total)]
    if paper is None:
        return table(columns, rows)
    theirs = [[*row, *theirs] for row, theirs in zip(rows, (*paper.layers, paper.total), strict=True)]
    heads = [f"{name}, 2015" for name in ("left", "gap", "value", "bytes left")]
    said = (
        f"\nThe last four columns are those of table {paper.number} in Han et al. (2015), *Deep Compression*, after "
        "its last step: of\nstorage, with code books and gaps. Ours count biases, scales and params, too; the decoder "
        "is above.\n"
    )
    return table([*columns, *heads], theirs) + said


def _layer(layer: dict[str, Any]) -> list[object]:
    """The row of a layer, or of all."""
    share = f"{layer['left']:,} ({100 * layer['left'] / layer['weights']:.1f} %)"
    bits = [f"{layer[name]:.2f}" for name in ("gap_bits", "value_bits")]
    stored = [_count(layer["bytes"]), f"{100 / layer['times_smaller']:.2f} %"]
    return [layer["layer"], _count(layer["weights"]), share, layer["values"], *bits, *stored]


def _ablation(name: str, ablation: dict[str, Any], table: Table) -> str:
    """What the ladder's end is without each of its steps. Its `origin`: where rows come from that the command did not
    write in one run, which leaves that out."""
    whole = _bytes(ablation["rows"][0])
    rows = []
    for row in ablation["rows"]:
        both = _bytes(row)
        more = "-" if both is None or whole is None else f"{both / whole:.2f}x"
        costs = (_count(row.get(key)) for key in ("flash_bytes", "ram_bytes", "instructions"))
        rows.append(
            [row["ladder"], f"{row['error']:.2f} %", _count(both), more, _times(row.get("times_smaller")), *costs]
        )
    columns = ["ladder", "error", "weights, decoder", "of all steps'", "smaller", "flash", "RAM", "instructions"]
    command = f"python benchmarks/compression.py --only {name} --ablation --json benchmarks/compression.json"
    origin = f"{fill(ablation['origin'], 118)}\n\n" if "origin" in ablation else ""
    return (
        f"\nWhat each step is worth: the end of the ladder without it, all steps behind it done again, of seed "
        f"{ablation['seed']}.\nCompare with the first row: a training on another computer ends with other bits.\n\n"
        f"`{command}`\n\n{origin}{table(columns, rows)}\nWithout `share` weights are int8. Without `code` the "
        "plan is the fastest one, which takes codes only where\nthat saves time.\n"
    )


def _bytes(row: dict[str, Any]) -> int | None:
    """Of weights and decoder, where it was measured."""
    return row["weight_bytes"] + row["decoder_bytes"] if "weight_bytes" in row else None


def _count(value: float | None) -> str:
    return "-" if value is None else f"{round(value):,}"


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}x"

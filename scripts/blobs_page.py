"""docs/benchmarks-blobs.md of benchmarks/blobs.json."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Sequence[object]
Table = Callable[[Sequence[str], Sequence[Row]], str]
Figures = Mapping[str, int]
ABOUT = """What the int8 models of MLPerf Tiny take [as data](guide-blob.md), as
`python benchmarks/blobs.py --json benchmarks/blobs.json` had it last; the command needs the model files, which are no
part of Lapel.

- *Instructions* are of one inference, counted on the emulated core, of a blob at any address of flash; *generated* are
  those of C for this one model with shared kernels and the same input; *more* is what the blob takes above them.
  All outputs are the reference's, bit for bit.
- *Loading* are the instructions of `lapel_load`, once, with all checks. *Calls* are those of kernels.
- *Interpreter* (with the loader), *checks* (what is looked at of the kernels' params) and *kernels* (with tables and
  libgcc's functions) are bytes of the firmware's flash, *blob* those of the model, *generated flash* what code and
  constants of the generated C take. *RAM above* is arena, variables and stack, above those of generated code.
"""
HEADS = ("core", "model", "instructions", "generated", "more", "loading", "calls")
SIZE_HEADS = ("core", "model", "interpreter", "checks", "kernels", "blob", "generated flash", "RAM", "RAM above")
PEER_HEADS = ("Cortex-M4, bytes", "interpreter", "all code", "model", "both")


def blobs_page(path: Path, table: Table, notice: str) -> str:
    """The page of the results in a file."""
    found = json.loads(path.read_text(encoding="utf-8"))
    cells = list(_cells(found["models"]))
    parts = [
        f"# Models as data\n\n{notice}\n\n{ABOUT}",
        table(HEADS, [(core, name, *_work(f)) for core, name, f in cells]),
        table(SIZE_HEADS, [(core, name, *_sizes(f)) for core, name, f in cells]),
    ]
    return "\n".join([*parts, _peers(path.parent, found["models"], table), _delta(found["delta"], table)])


def _cells(models: Mapping[str, Mapping[str, Figures]]) -> Iterator[tuple[str, str, Figures]]:
    """By core."""
    cores = dict.fromkeys(core for figures in models.values() for core in figures)
    yield from ((core, name, figures[core]) for core in cores for name, figures in models.items() if core in figures)


def _work(f: Figures) -> Row:
    more = f["instructions"] / f["generated_instructions"] - 1
    counts = (f[name] for name in ("instructions", "generated_instructions", "load_instructions"))
    work, same, load = (f"{count:,}" for count in counts)
    return work, same, f"{100 * more:.2f} %", load, f["steps"]


def _code(f: Figures) -> int:
    return sum(f[f"{kind}_bytes"] for kind in ("interpreter", "checks", "kernels", "tables"))


def _sizes(f: Figures) -> Row:
    kernels = f["kernels_bytes"] + f["tables_bytes"]
    sizes = (f["interpreter_bytes"], f["checks_bytes"], kernels, f["blob_bytes"], f["generated_flash_bytes"])
    return *(f"{n:,}" for n in (*sizes, f["ram_bytes"])), f["ram_bytes"] - f["generated_ram_bytes"]


def _peers(folder: Path, models: Mapping[str, Mapping[str, Figures]], table: Table) -> str:
    peers, interpreters = (tomllib.loads((folder / f"{n}.toml").read_text()) for n in ("peers", "interpreters"))
    low, high = interpreters["tflm"]["core_code_bytes"]
    rows: list[Row] = []
    for name, figures in models.items():
        own, peer = figures.get("cortex-m4"), peers[name]
        if own is None:
            continue
        code, model = peer["tflm_code_bytes"], peer["tflm_model_bytes"]
        sums = (f"{n:,}" for n in (_code(own), own["blob_bytes"], _code(own) + own["blob_bytes"]))
        rows.append((f"{name}, Lapel", f"{own['interpreter_bytes']:,}", *sums))
        rows.append((f"{name}, TFLite Micro", f"{low:,} to {high:,}", *(f"{n:,}" for n in (code, model, code + model))))
    about = (
        "TensorFlow Lite Micro was compiled with the same compiler: *interpreter* is its code without kernels, of the\n"
        "five models with reference kernels (`benchmarks/interpreters.toml`), *all code* that with CMSIS-NN at its\n"
        "best flags, *model* the .tflite file (`benchmarks/peers.toml`). Lapel's has the loader; what it checks of\n"
        "kernels' params, and what hands them their operands, is in *all code*.\n"
    )
    return f"## Beside another interpreter\n\n{about}\n{table(PEER_HEADS, rows)}"


def _delta(found: Mapping[str, Any], table: Table) -> str:
    about = (
        "The last layer of kws, trained anew for a device that has the blob ([updates](guide-update.md)):\n"
        f"{found['steps']} steps of gradient descent on {found['trained']:,} of MLPerf Tiny's samples of Speech\n"
        "Commands, as the layers below see them, stored by the scales that the layer has. *Accuracy* is of what a\n"
        f"device computes of the other {found['held_out']:,}, of which the model has {found['accuracy_before']:.1%}\n"
        "right before. So few show that this is a retraining, not how good it is. The blobs are without samples.\n"
    )
    rows = [
        (
            start, f"{f['weights_changed']:,} of {f['weights']:,}", f["largest_change"], f"{f['accuracy']:.1%}",
            f"{f['blob_bytes']:,}", f"{f['delta_bytes']:,}",
        )
        for start, f in found["from"].items()
    ]  # fmt: skip
    heads = ("trained from", "weights that changed", "by at most", "accuracy", "blob", "delta")
    return f"## The delta of a layer that was trained anew\n\n{about}\n{table(heads, rows)}"

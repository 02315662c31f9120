"""docs/benchmarks-forests.md of benchmarks/forests.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

Row = Sequence[object]
Table = Callable[[Sequence[str], Sequence[Row]], str]
COMMAND = "`python benchmarks/forests.py --json benchmarks/forests.json --emlearn PYTHON`"
UNO = """20 trees of at most 64 leaves and 7 levels (scikit-learn's `RandomForestClassifier`, entropy), three votes
a leaf, 70 % of scikit-learn's digits for training, the rest held out; the kernel is what the planner takes
within 8,000 bytes of flash. Every held-out sample ran on the emulated ATmega328P, and its votes are the
reference's. That depth and number of votes were tried on these held-out samples, too; they change accuracy
by less than seeds do.

{sentence}"""
PEERS = """The same scikit-learn models by both, in one harness: bytes of code and constants that the function for one
sample reaches, modelled cycles of {timed} held-out samples, and on how many of all of them the class is
scikit-learn's. emlearn 0.23.2 has int16 features and one vote a leaf; its comparison of whole numbers with
thresholds is off by one (`x <= 3.5` becomes `x < 3`), which is why it agrees less. Both give the class, so
that Lapel's have an argmax, too. `cancer` is
scikit-learn's breast cancer data in thousandths of each feature's greatest value."""


def forests_page(path: Path, table: Table, notice: str) -> str:
    """The page of the results in a file."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return "\n".join(
        [
            f"# Random forests\n\n{notice}\n\n{COMMAND}\n",
            f"## Arduino Uno\n\n{UNO.format(sentence=_sentence(found['uno']))}\n\n{_uno(found['uno'], table)}",
            f"## Cortex-M0+, beside emlearn\n\n{PEERS.format(timed=16)}\n\n{_peers(found['peers'], table)}",
        ]
    )


def _sentence(rows: Sequence[dict[str, Any]]) -> str:
    accuracy, floats = (100 * mean(r[k] for r in rows) for k in ("accuracy", "float_accuracy"))
    cycles, most = mean(r["cycles_mean"] for r in rows), max(r["cycles_most"] for r in rows)
    return (
        f"Mean accuracy {accuracy:.2f} % (scikit-learn's {floats:.2f} %), {cycles:,.0f} cycles a sample, which is "
        f"{cycles / 16000:.3f} ms at 16 MHz; the slowest of all samples takes {most:,} ({most / 16000:.3f} ms)."
    )


def _uno(rows: Sequence[dict[str, Any]], table: Table) -> str:
    heads = ("seed", "accuracy", "scikit-learn's", "kernel", "flash, bytes", "RAM with stack", "cycles, mean", "most")
    return table(
        heads,
        [
            (
                r["seed"],
                f"{100 * r['accuracy']:.2f} %",
                f"{100 * r['float_accuracy']:.2f} %",
                f"`{r['kernel']}`",
                f"{r['flash_bytes']:,}",
                r["ram_bytes"],
                f"{r['cycles_mean']:,.0f}",
                f"{r['cycles_most']:,}",
            )
            for r in rows
        ],
    )


def _peers(rows: Sequence[dict[str, Any]], table: Table) -> str:
    heads = ("data", "form", "by", "votes a leaf", "bytes", "cycles", "accuracy", "agrees with scikit-learn")
    ordered = sorted(rows, key=lambda r: (r["data"] != "digits", r["form"] != "table", r["by"] != "lapel"))
    return table(
        heads,
        [
            (
                r["data"],
                r["form"],
                r["by"],
                r.get("votes", 1),
                f"{r['flash_bytes']:,}",
                f"{r['cycles_mean']:,.0f}",
                f"{100 * r['accuracy']:.2f} %",
                f"{100 * r['agrees']:.1f} %",
            )
            for r in ordered
        ],
    )

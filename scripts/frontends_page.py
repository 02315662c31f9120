"""docs/benchmarks-frontends.md of benchmarks/frontends.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

Row = Sequence[object]
Table = Callable[[Sequence[str], Sequence[Row]], str]
ABOUT = """What features of sound cost, as `python benchmarks/frontends.py --json benchmarks/frontends.json` had it last
([what the modes are](guide-audio.md)). A mode's hop is 20 ms where nothing else is said.

- *Instructions* of a hop are counted on the emulated core, from the firmware that is shipped, whose features are the
  reference's, bit for bit. *Cycles* are [modelled](guide-cycles.md) at zero wait states.
- *Real time at* is the clock at which the core would do nothing else: modelled cycles, or where the core has no model
  instructions, of a hop over its length. *Times real time* is what one core of the computer that ran the benchmark
  does with the same C (`lapel.hosted`): seconds of sound in a second of CPU time, the median of five rounds.
- *Flash* is code and tables, *RAM* arena with state, variables and measured stack. Kernels are the fastest ones; in
  rows that end in a size, those within a `--flash-budget` of that."""
HEADS = ("front end", "core", "instructions", "cycles", "real time at", "flash", "RAM")
HOP_MS = {"micro, 10 ms": 10.0, "lfbe, 64 ms, 40 bands": 32.0}
USUAL_MS = 20.0


def frontends_page(path: Path, table: Table, notice: str) -> str:
    """The page of the results in a file."""
    found = json.loads(path.read_text(encoding="utf-8"))
    rows, speeds = [], []
    for name, entry in found.items():
        if "times_real_time" in entry:
            speeds.append((name, f"{entry['times_real_time']:,}"))
        for core, figures in entry.items():
            if core == "times_real_time":
                continue
            work = figures["modelled_cycles"] or figures["instructions"]
            clock_mhz = work / HOP_MS.get(name, USUAL_MS) / 1000
            cycles = f"{figures['modelled_cycles']:,}" if figures["modelled_cycles"] else "no model"
            flash = figures["code_bytes"] + figures["data_bytes"]
            sizes = f"{flash:,}", f"{figures['ram_bytes']:,}"
            rows.append((name, core, f"{figures['instructions']:,}", cycles, f"{clock_mhz:.1f} MHz", *sizes))
    tables = f"{table(HEADS, rows)}\n{table(('front end', 'times real time'), speeds)}"
    return f"# Front ends\n\n{notice}\n\n{ABOUT}\n\n{tables}"

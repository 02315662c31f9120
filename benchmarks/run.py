"""`make bench`: counted figures of the MLPerf Tiny models beside other engines', and how the work grows.

    python benchmarks/run.py [--json results.json]
    python benchmarks/run.py --core cortex-m3 [--core …] --json results.json

Needs the model files: LAPEL_SHARED names the folder that has models/mlperf-tiny (default ../shared).
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from rich.console import Console
from rich.table import Table

import lapel
from lapel.files import write_file
from lapel.records import Build
from lapel.wish import Goal, Wish

HERE = Path(__file__).parent
ROOT = HERE.parent
CORE = "cortex-m4"
BUDGETS: dict[str, dict[str, dict[str, int]]] = tomllib.loads((HERE / "budgets.toml").read_text(encoding="utf-8"))
FAST = tuple(BUDGETS)
"""Core and goal of each column of figures that is measured with the core's own kernels."""
TARGET_RATIO = 0.45
TARGET_CODE_BYTES = 16_000
TARGET_BUILD_SECONDS = 3.0


def models_folder() -> Path:
    """Where the MLPerf Tiny models are; exits with a message if they are not."""
    folder = Path(os.environ.get("LAPEL_SHARED", ROOT.parent / "shared")) / "models" / "mlperf-tiny"
    if not folder.is_dir():
        sys.exit(f"{folder} is missing: set LAPEL_SHARED to the folder that holds models/mlperf-tiny")
    return folder


def measure(folder: Path, peers: dict[str, Any]) -> dict[str, Build]:
    """Build every model with portable kernels; each build runs the firmware once and checks it with the reference."""
    portable = replace(lapel.load_target(CORE), kernels=("portable",))
    return {
        name: lapel.build(lapel.load(folder / p["file"]), portable, wish=Wish("balanced")) for name, p in peers.items()
    }


def measure_fast(folder: Path, file: str, configs: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The core's own kernels: figures by core and goal."""
    graph, found = lapel.load(folder / file), {}
    for config in configs:
        core, goal = config.split()
        build = lapel.build(graph, core, wish=Wish(cast(Goal, goal)))
        m, cycles = build.memory, build.to_json()["modelled_cycles"]
        found[config] = {
            "macs": build.macs,
            "instructions": build.instructions,
            "modelled_cycles": cycles,
            "arena_bytes": m.arena_bytes,
            "arena_bound_bytes": m.arena_bound_bytes,
            "ram_bytes": m.ram_bytes,
            "flash_code_bytes": m.flash_code_bytes,
            "flash_data_bytes": m.flash_data_bytes,
        }
    return found


LABELS = {
    "macs": "MACs",
    "instructions": "instructions",
    "modelled_cycles": "cycles, modelled",
    "arena_bytes": "arena, bytes",
    "ram_bytes": "RAM with stack, bytes",
    "flash_code_bytes": "code, bytes",
    "flash_data_bytes": "constants, bytes",
}
RATIOS = {
    ("cortex-m4", "instructions"): ("tflm_cmsis_instructions", "TFLM + CMSIS-NN"),
    ("cortex-m55", "instructions"): ("tflm_cmsis_m55_instructions", "TFLM + CMSIS-NN"),
    ("cortex-m4", "modelled_cycles"): ("silicon_cycles", "best silicon entry"),
    ("cortex-m55", "modelled_cycles"): ("tflm_cmsis_m55_cycles", "TFLM + CMSIS-NN, modelled by LLVM"),
    ("cortex-m0plus", "instructions"): ("cmsis_m0_instructions", "CMSIS-NN's plain C on a Cortex-M0"),
    ("cortex-m0plus", "modelled_cycles"): ("silicon_m0plus_cycles", "best silicon entry"),
    ("cortex-m3", "instructions"): ("cmsis_m3_instructions", "CMSIS-NN's plain C"),
    ("rv32imac", "instructions"): ("muriscv_instructions", "muRISCV-NN"),
    ("cortex-m4", "ram_bytes"): ("tflm_ram_bytes", "TFLM + CMSIS-NN"),
    ("cortex-m4", "flash_code_bytes"): ("tflm_code_bytes", "TFLM + CMSIS-NN"),
    ("cortex-m4", "flash_data_bytes"): ("tflm_model_bytes", "TFLM's model"),
}
"""What a figure is compared with: the key in peers.toml, and its name."""


def fast_rows(fast: dict[str, dict[str, dict[str, Any]]], config: str, peers: dict[str, Any]) -> list[list[str]]:
    """Figures of the core's own kernels for one goal, a row each, with ratios (ours over theirs) and budgets."""
    rows = []
    for key, label in LABELS.items():
        values = {name: f[config][key] for name, f in fast.items()}
        if any(v is not None for v in values.values()):
            rows.append([label, *(f"{v:,}" for v in values.values())])
        peer, who = RATIOS.get((config.split()[0], key), ("", ""))
        if peer:
            known = {n: v / peers[n][peer] if peer in peers[n] else None for n, v in values.items()}
            rows.append([f"… / {who}", *("-" if r is None else f"{r:.3f}" for r in known.values())])
        limits = BUDGETS[config].get(key, {})
        if limits:
            over = {n: " MISSED" if n in limits and v > limits[n] else "" for n, v in values.items()}
            rows.append(["… at most", *(f"{limits[n]:,}{over[n]}" if n in limits else "-" for n in values)])
    return rows


def fast_table(fast: dict[str, dict[str, dict[str, Any]]], config: str, peers: dict[str, Any]) -> Table:
    """The rows of one core and goal for a terminal."""
    t = Table("", title=f"MLPerf Tiny int8, {config}; cycles are modelled at zero wait states")
    for name in fast:
        t.add_column(name, justify="right")
    for cells in fast_rows(fast, config, peers):
        t.add_row(*cells)
    return t


def missed(fast: dict[str, dict[str, dict[str, Any]]]) -> list[str]:
    """The budgets that are exceeded, one a line."""
    return [
        f"{name}, {config}: {LABELS[key]} {fast[name][config][key]:,}, at most {limit:,}"
        for config, budget in BUDGETS.items()
        for key, limits in budget.items()
        for name, limit in limits.items()
        if config in fast[name] and fast[name][config][key] > limit
    ]


def row(build: Build, peer: dict[str, Any]) -> dict[str, Any]:
    """One model's figures and ratios."""
    assert build.instructions is not None
    m = build.memory
    return {
        "macs": build.macs,
        "instructions": build.instructions,
        "instructions_per_mac": round(build.instructions / build.macs, 3),
        "ratio_to_tflm_reference": round(build.instructions / peer["tflm_reference_instructions"], 4),
        "ratio_to_tflm_cmsis": round(build.instructions / peer["tflm_cmsis_instructions"], 4),
        "arena_bytes": m.arena_bytes,
        "arena_bound_bytes": m.arena_bound_bytes,
        "ratio_to_tflm_arena": round(m.arena_bytes / peer["tflm_arena_bytes"], 4),
        "stack_bytes": m.stack_bytes,
        "flash_code_bytes": m.flash_code_bytes,
        "ratio_to_tflm_code": round(m.flash_code_bytes / peer["tflm_code_bytes"], 4),
        "flash_data_bytes": m.flash_data_bytes,
        "meets": {
            "instructions": build.instructions <= TARGET_RATIO * peer["tflm_reference_instructions"],
            "arena": m.arena_bytes <= peer["tflm_arena_bytes"],
            "code": m.flash_code_bytes <= TARGET_CODE_BYTES,
        },
    }


def table(rows: dict[str, dict[str, Any]], peers: dict[str, Any]) -> Table:
    """The figures as a table; every ratio is ours over theirs."""
    t = Table(title=f"MLPerf Tiny int8, {CORE}, counted instructions, portable kernels; ratios are lapel / peer")
    t.add_column("")
    for name in rows:
        t.add_column(name, justify="right")

    def line(label: str, pick: Any) -> None:
        t.add_row(label, *(pick(name, r) for name, r in rows.items()))

    line("MACs", lambda n, r: f"{r['macs']:,}")
    line("instructions", lambda n, r: f"{r['instructions']:,}")
    line("instructions / MAC", lambda n, r: f"{r['instructions_per_mac']:.2f}")
    line("TFLM reference kernels", lambda n, r: f"{peers[n]['tflm_reference_instructions']:,}")
    line(f"  ratio (at most {TARGET_RATIO})", lambda n, r: f"{r['ratio_to_tflm_reference']:.3f}")
    line("TFLM + CMSIS-NN", lambda n, r: f"{peers[n]['tflm_cmsis_instructions']:,}")
    line("  ratio", lambda n, r: f"{r['ratio_to_tflm_cmsis']:.3f}")
    line("arena, bytes", lambda n, r: f"{r['arena_bytes']:,}")
    line("  proven lower bound", lambda n, r: f"{r['arena_bound_bytes']:,}")
    line("  TFLM", lambda n, r: f"{peers[n]['tflm_arena_bytes']:,}")
    line("stack, bytes", lambda n, r: f"{r['stack_bytes']:,}")
    line(f"code, bytes (at most {TARGET_CODE_BYTES:,})", lambda n, r: f"{r['flash_code_bytes']:,}")
    line("  TFLM + CMSIS-NN", lambda n, r: f"{peers[n]['tflm_code_bytes']:,}")
    line("weights and constants, bytes", lambda n, r: f"{r['flash_data_bytes']:,}")
    line("meets the targets", lambda n, r: "yes" if all(r["meets"].values()) else "NO")
    return t


def time_command(folder: Path, model: str) -> float:
    """Seconds of one whole `lapel build` process, wall clock: the best of three, the machine being shared."""
    best = float("inf")
    for _ in range(3):
        with tempfile.TemporaryDirectory() as out:
            command = [sys.executable, "-m", "lapel", "build", str(folder / model), "--target", CORE, "-o", f"{out}/o"]
            started = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            best = min(best, time.perf_counter() - started)
    return best


def growth(console: Console) -> dict[str, dict[str, float]]:
    """Seconds of each stage for synthetic chains of convolutions and additions; linear work doubles with the layers."""
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "planning")]
    from test_planner import chain

    from lapel import codegen
    from lapel.frontends.tflite import read_tflite, write_tflite
    from lapel.planning import make_plan

    t = Table(title=f"seconds by number of layers, {CORE}")
    for column in ("layers", "read .tflite", "plan", "generate", "whole build with compiler and emulator"):
        t.add_column(column, justify="right")
    found = {}
    for layers in (125, 250, 500, 1000):
        data, stamps = write_tflite(chain(layers)), [time.perf_counter()]
        graph = read_tflite(data)
        stamps.append(time.perf_counter())
        plan = make_plan(graph, lapel.load_target(CORE))
        stamps.append(time.perf_counter())
        codegen.generate(plan)
        stamps.append(time.perf_counter())
        lapel.build(graph, CORE)
        stamps.append(time.perf_counter())
        seconds = [round(after - before, 3) for before, after in itertools.pairwise(stamps)]
        found[str(layers)] = dict(zip(("read", "plan", "generate", "build"), seconds, strict=True))
        t.add_row(str(layers), *(f"{s:.2f}" for s in seconds))
    console.print(t)
    return found


def whole(console: Console, folder: Path, peers: dict[str, Any]) -> dict[str, Any]:
    """All that does not belong to single cores."""
    rows = {name: row(build, peers[name]) for name, build in measure(folder, peers).items()}
    console.print(table(rows, peers))
    seconds = time_command(folder, peers["vww"]["file"])
    console.print(f"lapel build of vww, whole process: {seconds:.2f} s (at most {TARGET_BUILD_SECONDS})")
    return {"portable": rows, "build_vww_seconds": round(seconds, 2), "growth": growth(console)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument(
        "--core", action="append", help="only kernels of this core's own; --json keeps all other figures"
    )
    args = parser.parse_args()
    console, folder = Console(width=120), models_folder()
    peers = tomllib.loads((HERE / "peers.toml").read_text(encoding="utf-8"))
    configs = [c for c in FAST if not args.core or c.split()[0] in args.core]
    if not configs:
        sys.exit(f"--core {' '.join(args.core)}: there are {', '.join(sorted({c.split()[0] for c in FAST}))}")
    result: dict[str, Any] = {"fast": {}}
    if not args.core:
        result |= whole(console, folder, peers)
    elif args.json:
        result = json.loads(args.json.read_text(encoding="utf-8"))
    fast = {name: measure_fast(folder, p["file"], configs) for name, p in peers.items()}
    for config in configs:
        console.print(fast_table(fast, config, peers))
    for name, figures in fast.items():
        known = result["fast"].get(name, {}) | figures
        result["fast"][name] = {config: known[config] for config in FAST if config in known}
    if args.json:
        write_file(args.json, f"{json.dumps(result, indent=2)}\n".encode())
    over = missed(fast)
    console.print("\n".join(over) or "every budget is kept")
    return 0 if all(all(r["meets"].values()) for r in result.get("portable", {}).values()) and not over else 1


if __name__ == "__main__":
    sys.exit(main())

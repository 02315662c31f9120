"""Front ends: how much faster than real time they are computed here, and what a hop takes on a device.

    python benchmarks/frontends.py [--json benchmarks/frontends.json]
    python benchmarks/frontends.py --target NAME [--target ...] [--json benchmarks/frontends.json]

Of each mode, hop by hop: seconds of sound that one core of this computer makes features of in a second of its CPU time
(`lapel.hosted`, the median of rounds), and on each target the counted instructions and modelled cycles of a hop, flash
and RAM, of a run whose outputs are the reference's bit for bit. The sound is noise that swells and fades, from a seed.
With --target only these targets are measured, and --json keeps all other figures of the file.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import lapel
from lapel.audio import frontend
from lapel.files import write_file
from lapel.records.frontend import FrontEnd

FRONTS = {
    "micro, 10 ms": frontend.make("micro"),
    "micro, 20 ms": frontend.make("micro", hop_ms=20.0),
    "mfcc": frontend.make("mfcc", peak=32768),
    "lfbe": frontend.make("lfbe", peak=32768),
    "lfbe, 64 ms, 40 bands": frontend.make("lfbe", peak=32768, window_ms=64.0, hop_ms=32.0, bands=40),
}
WITHIN = {"micro, 20 ms, 6 KB": ("micro, 20 ms", 6144, ("cortex-m55",))}
"""By name a front end again, with a budget of bytes of flash, on these targets."""
TARGETS = ("cortex-m4", "cortex-m55", "cortex-m0", "rv32imac")
SECONDS, ROUNDS, HOPS = 60, 5, 20


def sound(front: FrontEnd, seconds: float) -> np.ndarray:
    """int16 [hops, hop]."""
    count = round(seconds * 1000 / front.hop_ms)
    samples = np.random.default_rng(0).normal(0, 1, count * front.hop_samples)
    swell = 4000 * np.sin(np.arange(len(samples)) / 16000) ** 2
    return np.clip(samples * swell, -32768, 32767).astype(np.int16).reshape(count, front.hop_samples)


def speed(front: FrontEnd) -> float:
    """Times real time."""
    whole, x = lapel.hosted(frontend.streaming(front)), sound(front, SECONDS)
    whole(x)
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        whole(x)
        found.append(SECONDS / (time.process_time() - began))
    return median(found)


def on_device(front: FrontEnd, target: str, flash_budget: int | None = None) -> dict[str, Any]:
    """What a hop takes there."""
    wish = lapel.Wish(flash_budget=flash_budget)
    result = lapel.run(frontend.streaming(front), target, sound(front, HOPS * front.hop_ms / 1000), wish=wish)
    assert result.bit_exact and result.memory is not None
    modelled = [layer.modelled.cycles for layer in result.layers if layer.modelled is not None]
    return {
        "instructions": sum(layer.instructions or 0 for layer in result.layers),
        "modelled_cycles": sum(modelled) if modelled else None,
        "code_bytes": result.memory.flash_code_bytes,
        "data_bytes": result.memory.flash_data_bytes,
        "ram_bytes": result.memory.ram_bytes,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", action="append", default=[])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    known = json.loads(options.json.read_text(encoding="utf-8")) if options.target and options.json else {}
    found: dict[str, Any] = {}
    for name, (of, budget, targets) in ({n: (n, None, TARGETS) for n in FRONTS} | WITHIN).items():
        found[name] = known.get(name, {})
        if of == name and not options.target:
            found[name] = {"times_real_time": round(speed(FRONTS[of]))}
            print(f"{name}: {found[name]['times_real_time']:,} times real time")
        for target in [t for t in targets if t in (options.target or TARGETS)]:
            found[name][target] = on_device(FRONTS[of], target, budget)
            figures = {k: v for k, v in found[name][target].items() if v is not None}
            print(f"  {name}, {target}: " + ", ".join(f"{k} {v:,}" for k, v in figures.items()), flush=True)
    if options.json:
        write_file(options.json, (json.dumps(found, indent=2) + "\n").encode())


if __name__ == "__main__":
    main()

"""Networks on MNIST, compressed by recipes and measured after each step: three seeds, their mean.

    python benchmarks/compression.py [--only RECIPE] [--seeds 0,1,2] [--ablation] [--json benchmarks/compression.json]

The recipes are benchmarks/compression/*.toml. Needs the data: LAPEL_SHARED names the folder that has data/mnist.npz
(default ../shared). Official split: a tenth of the training samples decides between epochs and recipes, the test set is
only reported. After the last step all its 10,000 images run on the emulated core. Takes some four CPU minutes of one
core for a training of LeNet-300-100, and nine for one of LeNet-5. What is done is kept in build/compression-benchmark,
where it goes on if it is interrupted; remove that to begin anew.

With --ablation each step is left out, one by one, and the rest is done again, with the first of the seeds: what
the step is worth is what the end is without it. The results are a key of their own, beside those of the seeds.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
from kept import ROOT
from trainings import mnist_splits

import lapel
from lapel.coding import entropy_bits
from lapel.coding.sparse import gaps_of
from lapel.data import Splits
from lapel.files import write_file
from lapel.records import CompressionRecord
from lapel.records.compression import Rung

RECIPES = Path(__file__).resolve().parent / "compression"
KEPT = ROOT / "build" / "compression-benchmark"


def climbed(name: str, seed: int, parts: Splits, ablation: bool = False) -> CompressionRecord:
    """The ladder of a recipe for one seed; ablation: those without each of its steps, too."""
    recipe = tomllib.loads((RECIPES / f"{name}.toml").read_text())
    without = [step.get("name", step["method"]) for step in recipe["step"]] if ablation else []
    return lapel.compress({**recipe, "data": parts, "seed": seed}, KEPT / f"{name}-{seed}", without=without)


def row(rung: Rung, record: CompressionRecord) -> dict[str, Any]:
    """What there is to say of a step: error in percent, bytes of the weights, and what an inference takes."""
    best, firmware = rung.best, rung.firmware
    assert best is not None and best.score.share is not None
    found = {"step": rung.step, "error": round(100 * (1 - best.score.share), 3), "samples": best.samples}
    if firmware is None:
        return {**found, "unmeasured": rung.unmeasured}
    return {
        **found,
        "weight_bytes": firmware.weight_bytes,
        "decoder_bytes": firmware.decoder_bytes,
        "times_smaller": record.factor(rung),
        "flash_bytes": firmware.memory.flash_bytes,
        "ram_bytes": firmware.memory.ram_bytes,
        "instructions": firmware.instructions,
        "kinds": firmware.kinds,
    }


def weights(path: Path) -> list[np.ndarray]:
    """Of each layer of a network."""
    graph = lapel.load(path)
    found = [graph.tensors[n.inputs[1]].data for n in graph.nodes if len(n.inputs) > 1]
    return [w for w in found if w is not None]


def layers(folder: Path, record: CompressionRecord) -> list[dict[str, Any]]:
    """Of each layer: its weights at first and those that are left in the end, how many values they have, the order-0
    entropy of a weight's gap and value in bits, its bytes in flash, and how much smaller than in float32 that is."""
    first, last = record.rungs[0], record.rungs[-1]
    assert first.file is not None and last.file is not None and last.firmware is not None
    sizes: dict[str, int] = {}
    for part in last.firmware.parts:
        if part.layer:
            sizes[part.layer] = sizes.get(part.layer, 0) + part.bytes
    found = []
    for before, after, (name, size) in zip(
        weights(folder / first.file), weights(folder / last.file), sizes.items(), strict=True
    ):
        gaps, values, _ = gaps_of(after.reshape(-1))
        found.append(
            {
                "layer": name,
                "weights": before.size,
                "left": len(values),
                "values": len(np.unique(values)),
                "gap_bits": round(entropy_bits(gaps) / len(values), 2),
                "value_bits": round(entropy_bits(values) / len(values), 2),
                "bytes": size,
                "times_smaller": round(4 * (before.size + before.shape[0]) / size, 1),
            }
        )
    return found


def mean(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Of one step over the seeds, what all of them have."""
    names = ("error", "weight_bytes", "decoder_bytes", "times_smaller", "flash_bytes", "instructions")
    whole = [n for n in names if all(r.get(n) is not None for r in rows)]
    return {"step": rows[0]["step"], **{n: round(sum(r[n] for r in rows) / len(rows), 3) for n in whole}}


def measured(name: str, seeds: list[int], parts: Splits) -> dict[str, Any]:
    """A recipe: each seed, and the mean of each step."""
    found = []
    for seed in seeds:
        record = climbed(name, seed, parts)
        steps = [row(rung, record) for rung in record.rungs]
        found.append({"seed": seed, "steps": steps, "layers": layers(KEPT / f"{name}-{seed}", record)})
        print(name, json.dumps(found[-1]), flush=True)
    means = [mean(list(rows)) for rows in zip(*(f["steps"] for f in found), strict=True)]
    return {"float_bytes": record.float_bytes, "core": record.core, "mean": means, "seeds": found}


def ablation(name: str, seed: int, parts: Splits) -> dict[str, Any]:
    """The end of a recipe's ladder, and of the ladder without each of its steps."""
    record = climbed(name, seed, parts, ablation=True)
    ends = [("all steps", record.rungs), *((v.label, v.rungs) for v in record.variants)]
    rows = [{**row(rungs[-1], record), "ladder": label} for label, rungs in ends]
    print(name, json.dumps(rows), flush=True)
    return {"seed": seed, "rows": rows}


def written(path: Path, found: dict[str, dict[str, Any]]) -> None:
    """Write results into a file, which keeps what it says of other recipes, and of these what was not asked for."""
    before = json.loads(path.read_text()) if path.exists() else {}
    both = {**before, **{name: {**before.get(name, {}), **results} for name, results in found.items()}}
    write_file(path, (json.dumps(dict(sorted(both.items())), indent=2) + "\n").encode())


def main() -> None:
    """All recipes; print what was found, and write it if a file is named."""
    names = sorted(path.stem for path in RECIPES.glob("*.toml"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=names)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--ablation", action="store_true", help="instead of the seeds: leave out each step, one by one")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    parts, seeds = mnist_splits(), [int(seed) for seed in given.seeds.split(",")]
    found = {}
    for name in [name for name in names if given.only in (None, name)]:
        found[name] = {"ablation": ablation(name, seeds[0], parts)} if given.ablation else measured(name, seeds, parts)
    print(json.dumps(found, indent=2))
    if given.json is not None:
        written(given.json, found)


if __name__ == "__main__":
    main()

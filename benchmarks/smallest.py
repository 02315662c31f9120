"""Networks for the smallest chips: what digits of 8 x 8 and 28 x 28 pixels take of an ATmega328P and of a CH32V003.

    python benchmarks/smallest.py [--only TASK ...] [--emulated N] [--json benchmarks/smallest.json]

Needs MNIST: LAPEL_SHARED names the folder that has data/mnist.npz (default ../shared). Trainings take some twenty CPU
minutes; they are kept in build/ and not done again. Accuracies are of the reference's integers on all images of the
test set. The firmware is run on the emulated chip for the first N of them (20 if not given; all 10,000 of MNIST take an
hour or so), and must have the reference's bits.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from kept import ROOT, Kept
from sklearn.datasets import load_digits
from trainings import accuracy, mnist_splits, trained

import lapel
from lapel import data
from lapel.data import Splits
from lapel.files import write_file
from lapel.ir import Graph
from lapel.wish import Wish

EMULATED = 20
AT_A_TIME = 500
"""Images of one emulation."""
TIMEOUT_S = 3600.0
SEED = 0
PERCEPTRON: dict[str, Any] = {
    "float": {"epochs": 40, "batch": 32, "learning_rate": 5e-3, "seed": SEED},
    "int8": {"epochs": 10, "batch": 32, "learning_rate": 5e-4, "quantize": True, "granularity": "tensor", "seed": SEED},
    "int4": {
        "epochs": 10,
        "batch": 32,
        "learning_rate": 5e-4,
        "quantize": True,
        "granularity": "tensor",
        "weight_bits": 4,
        "seed": SEED,
    },
}
CONVOLUTIONS: dict[str, Any] = {
    "network": {"name": "stridenet", "channels": [6, 16], "valid": [24, 24]},
    "float": {
        "epochs": 30, "batch": 128, "learning_rate": 4e-3, "warmup_epochs": 0.5, "normalize": True,
        "augment": {"warp": 2.0}, "seed": SEED,
    },
    "int8": {
        "epochs": 4, "batch": 128, "learning_rate": 4e-4, "quantize": True, "augment": {"warp": 2.0}, "seed": SEED,
    },
    "int4": {
        "epochs": 1, "batch": 128, "learning_rate": 4e-4, "quantize": True, "weight_bits": 4,
        "augment": {"warp": 2.0}, "seed": SEED,
    },
}  # fmt: skip


def digits_splits() -> Splits:
    """scikit-learn's digits, 8 x 8: 70 % to train with, 15 % for validation, 15 % to test."""
    found = load_digits()
    return data.split(data.make_dataset(found.images[..., None] / 16, found.target), shares=(0.7, 0.15, 0.15))


def mlp(seed: int) -> Graph:
    """64-32-10."""
    return lapel.zoo.make("mlp", input=(8, 8, 1), outputs=10, hidden=(32,), seed=seed)


def stridenet(seed: int) -> Graph:
    """Two convolutions with stride 2, two without padding, one dense layer."""
    options = {k: v for k, v in CONVOLUTIONS["network"].items() if k != "name"}
    return lapel.zoo.make("stridenet", input=(28, 28, 1), outputs=10, seed=seed, **options)


def aware(name: str, kept: Kept, splits: Splits, options: dict[str, Any], kind: str) -> tuple[Graph, dict[str, Any]]:
    """The kept float network, trained on for integers: its graph, and its scores."""
    path = kept.model(f"{name}-{kind}")
    run = partial(trained, lapel.load(kept.model(name)), splits, options, path)
    found = kept.result(f"{name}-{kind}", run)
    assert found is not None
    return lapel.load(path), found


def measured(graph: Graph, target: str, splits: Splits, goal: str, emulated: int) -> dict[str, Any]:
    """What the firmware takes, and whether its bits are the reference's, by emulation of so many images."""
    assert splits.test is not None
    wish = Wish(optimize=goal)  # type: ignore[arg-type]
    built = lapel.build(graph, target, wish=wish)
    ends = range(AT_A_TIME, emulated + AT_A_TIME, AT_A_TIME)
    parts = [splits.test.numbers(slice(end - AT_A_TIME, min(end, emulated))) for end in ends]
    runs = [lapel.run(graph, target, x, wish=wish, timeout_s=TIMEOUT_S) for x in parts if len(x)]
    found, memory = runs[0], built.memory
    return {
        "target": target,
        "goal": goal,
        "flash_bytes": memory.flash_bytes,
        "ram_bytes": memory.ram_bytes,
        "stack_bytes": memory.stack_bytes,
        "cycles": found.cycles,
        "instructions": found.instructions,
        "time_us": found.time_us,
        "emulated": sum(run.samples for run in runs),
        "bit_exact": all(run.bit_exact for run in runs),
        "kernels": [layer.kernel for layer in found.layers],
    }


def network(
    name: str, make: Callable[[int], Graph], splits: Splits, options: dict[str, Any], rows: list[tuple[str, str, str]],
    emulated: int,
) -> dict[str, Any]:  # fmt: skip
    """A network, trained in floats and then for integers; rows: bits of weights, targets and goals."""
    kept = Kept({"network": name, **options}, False, ROOT / "build" / "smallest-benchmark")
    first = kept.result(name, partial(trained, make, splits, options["float"], kept.model(name)))
    made = []
    for kind, target, goal in rows:
        graph, scores = aware(name, kept, splits, options[kind], kind)
        assert splits.test is not None and accuracy(graph, splits.test) == scores["test"]
        made.append({"weights": kind, **scores, **measured(graph, target, splits, goal, emulated)})
    return {"options": options, "images": len(splits.test or ()), "float": first, "rows": made}


TASKS: dict[str, Callable[[int], dict[str, Any]]] = {
    "digits": lambda emulated: network(
        "mlp",
        mlp,
        digits_splits(),
        PERCEPTRON,
        [("int4", "arduino-uno", "latency"), ("int8", "arduino-uno", "latency")],
        emulated,
    ),
    "mnist": lambda emulated: network(
        "stridenet", stridenet, mnist_splits(), CONVOLUTIONS, [("int8", "arduino-uno", "balanced")], emulated
    ),
    "mnist_without_multiplier": lambda emulated: network(
        "stridenet", stridenet, mnist_splits(), CONVOLUTIONS, [("int4", "ch32v003f4p6-evt", "flash")], emulated
    ),
}


def main() -> None:
    """Measure, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--emulated", type=int, default=EMULATED, metavar="N", help="images the firmware is run on")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    known = json.loads(given.json.read_text()) if given.json and given.json.exists() else {}
    for task in given.only:
        known[task] = TASKS[task](given.emulated)
        print(json.dumps(known[task], indent=2))
    if given.json:
        ordered = {task: known[task] for task in TASKS if task in known}
        write_file(given.json, (json.dumps(ordered, indent=2) + "\n").encode())


if __name__ == "__main__":
    main()

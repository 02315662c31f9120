"""Trainings on MNIST and spoken digits: float, int8 after training, few bits quantization-aware; seeds and CPU seconds.
What a small network learns of a large one, and what a training step costs beside plain PyTorch.

    python benchmarks/training.py [--only TASK ...] [--kept] [--json benchmarks/training.json]

Needs the data: LAPEL_SHARED names the folder that has data/mnist.npz and data/spoken-digits (default ../shared). Takes
some fifteen CPU minutes of one core. What is done is kept in build/training-benchmark, in a folder of the very options,
and not done again; remove that to begin anew. With --kept nothing is done: what is not there yet is null. With --only,
what the file has of other tasks stays in it.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from digits import unheard_speakers
from distillation import distillation
from kept import Kept
from overhead import overhead
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from trainings import CALIBRATED, SHARED, after_training, fine_tuned, mnist_splits, trained

from lapel import data, zoo
from lapel.data import Dataset, Splits
from lapel.files import write_file
from lapel.ir import Graph
from lapel.training.trainer import as_splits
from lapel.wish import Quantization

SEEDS = (0, 1, 2)
MNIST: dict[str, Any] = {
    "epochs": 24, "batch": 64, "learning_rate": 3e-3, "warmup_epochs": 0.5, "augment": {"warp": 2.0}
}  # fmt: skip
INT4: dict[str, Any] = {
    "epochs": 2, "batch": 64, "learning_rate": 5e-4, "quantize": True, "weight_bits": 4, "augment": {"warp": 2.0}
}  # fmt: skip
SPEAKERS = ("george", "jackson", "lucas", "nicolas")
"""Of the spoken digits; each is held out once."""
SOUNDS: dict[str, Any] = {
    "label": r"^(\d)_",
    "group": r"_([a-z]+)_",
    "seconds": 0.6,
    "frames": 30,
    "bands": 20,
    "level": True,
}
NETWORK: dict[str, Any] = {"channels": 32, "blocks": 3, "kernel": (5, 5)}
"""A DS-CNN of them."""
DIGITS: dict[str, Any] = {
    "epochs": 25, "batch": 32, "learning_rate": 5e-3, "normalize": True,
    "augment": {"shift": [4, 1], "mask": [4, 3], "noise": 0.3},
}  # fmt: skip


def mnist(only_kept: bool) -> dict[str, Any]:
    """LeNet-5 of each seed: float, int8 and int4 after training, int4 quantization-aware."""
    kept = Kept(
        {"network": "lenet5", "float options": MNIST, "int4 options": INT4, "calibrated": CALIBRATED}, only_kept
    )
    splits, rows = mnist_splits(), []
    for seed in SEEDS:
        name = f"lenet5-{seed}"
        model = kept.model(name)
        row: dict[str, Any] = {"seed": seed}
        float_run = partial(trained, "lenet5", splits, {**MNIST, "seed": seed}, model)
        row["float"] = kept.result(f"{name}-float", float_run)
        for wish in (Quantization(), Quantization(weights="int4")):
            after = partial(after_training, model, splits, wish)
            row[f"{wish.weights} after"] = kept.result(f"{name}-{wish.weights}", after)
        aware = partial(fine_tuned, model, splits, {**INT4, "seed": seed})
        row["int4 aware"] = kept.result(f"{name}-int4-aware", aware)
        rows.append(row)
    return {**kept.options, "seeds": rows}


def spoken_digits(only_kept: bool) -> dict[str, Any]:
    """A DS-CNN of log-mel features, one speaker held out, beside logistic regression of the same features."""
    kept = Kept({"network": NETWORK, "features": SOUNDS, "options": DIGITS, "calibrated": CALIBRATED}, only_kept)
    found = data.read(SHARED / "data" / "spoken-digits", **SOUNDS)
    assert isinstance(found, Dataset)
    rows = []
    for seed, speaker in enumerate(SPEAKERS):
        name, outer = f"digits-{speaker}", data.split(found, (0.75, 0.0, 0.25), test_groups=[speaker])
        assert outer.test is not None and outer.test.groups is not None and set(outer.test.groups) == {speaker}
        # What decides between epochs is of the other speakers, a tenth of their samples.
        splits = as_splits(Splits(replace(outer.train, groups=None), None, outer.test))
        model = kept.model(name)
        row: dict[str, Any] = {"held out": speaker}
        row["linear"] = kept.result(f"{name}-linear", partial(linear, outer.train, outer.test))
        float_run = partial(trained, spoken_network, splits, {**DIGITS, "seed": seed}, model)
        row["float"] = kept.result(f"{name}-float", float_run)
        after = partial(after_training, model, splits, Quantization())
        row["int8 after"] = kept.result(f"{name}-int8", after)
        rows.append(row)
    return {**kept.options, "speakers": rows}


def spoken_network(seed: int) -> Graph:
    """Of the features of a sound."""
    return zoo.make("dscnn", input=(SOUNDS["frames"], SOUNDS["bands"], 1), outputs=10, seed=seed, **NETWORK)


def linear(train: Dataset, test: Dataset) -> dict[str, Any]:
    """Logistic regression of standardized features."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300, C=0.01))
    model.fit(train.numbers().reshape(len(train), -1), train.y)
    return {"test": float(model.score(test.numbers().reshape(len(test), -1), test.y))}


def steps(only_kept: bool) -> dict[str, Any] | None:
    """What a step costs beside plain PyTorch; measured anew each time."""
    return None if only_kept else overhead()


TASKS = {
    "mnist": mnist,
    "spoken_digits": spoken_digits,
    "unheard_speakers": unheard_speakers,
    "distillation": distillation,
    "overhead": steps,
}


def main() -> None:
    """Run the tasks; print them, and write them if a file is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", choices=tuple(TASKS), action="append", help="a task alone; may be given several times"
    )
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--kept", action="store_true", help="compute nothing")
    given = parser.parse_args()
    old = json.loads(given.json.read_text()) if given.only and given.json and given.json.exists() else {}
    made = {name: task(given.kept) for name, task in TASKS.items() if not given.only or name in given.only}
    found = {name: made[name] if name in made else old[name] for name in TASKS if name in made or name in old}
    text = json.dumps(found, indent=2) + "\n"
    print(text)
    if given.json is not None:
        write_file(given.json, text.encode())


if __name__ == "__main__":
    main()

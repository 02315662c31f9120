"""Trainings on MNIST and spoken digits: float, int8 after training, few bits quantization-aware; seeds and CPU seconds.

    python benchmarks/training.py [--only TASK] [--kept] [--json benchmarks/training.json]

Needs the data: LAPEL_SHARED names the folder that has data/mnist.npz and data/spoken-digits (default ../shared). Takes
some twelve CPU minutes of one core. What is done is kept in build/training-benchmark and not done again; remove that to
begin anew. With --kept nothing is done: what is not there yet is null.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import lapel
from lapel import data, zoo
from lapel.data import Dataset, Splits, measure
from lapel.ir import Graph
from lapel.ops import evaluate, verify
from lapel.quantization import stored
from lapel.records import TrainingRecord
from lapel.training.trainer import as_splits
from lapel.wish import Quantization

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("LAPEL_SHARED", ROOT.parent / "shared"))
KEPT = ROOT / "build" / "training-benchmark"
SEEDS = (0, 1, 2)
CALIBRATED = 200
"""Samples that a network is quantized with after training."""
MNIST: dict[str, Any] = {
    "epochs": 12, "batch": 64, "learning_rate": 3e-3, "warmup_epochs": 0.5, "augment": {"shift": 2}
}  # fmt: skip
INT4: dict[str, Any] = {
    "epochs": 1, "batch": 64, "learning_rate": 5e-4, "quantize": True, "weight_bits": 4, "augment": {"shift": 1}
}  # fmt: skip
SPEAKERS = ("george", "jackson", "lucas", "nicolas")
"""Of the spoken digits; each is held out once."""
BATCH = 100
"""Samples that the reference computes at a time."""
SOUNDS: dict[str, Any] = {
    "label": r"^(\d)_",
    "group": r"_([a-z]+)_",
    "seconds": 0.6,
    "frames": 30,
    "bands": 20,
    "level": True,
}
DIGITS: dict[str, Any] = {
    "epochs": 25, "batch": 32, "learning_rate": 5e-3, "normalize": True,
    "augment": {"shift": [4, 1], "mask": [4, 3], "noise": 0.3},
}  # fmt: skip


def cpu_s() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Mode:
    """only_kept: nothing is computed."""

    only_kept = False


def kept(name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    """A result that is there already, else made and kept, with the CPU seconds that it took."""
    path = KEPT / f"{name}.json"
    if path.exists():
        return dict(json.loads(path.read_text()))
    if Mode.only_kept:
        return None
    before = cpu_s()
    found = {**make(), "cpu_s": round(cpu_s() - before, 1)}
    path.write_text(json.dumps(found, indent=2) + "\n")
    print(name, json.dumps(found), flush=True)
    return found


def scores(record: TrainingRecord) -> dict[str, Any]:
    """Of a training: accuracies, epochs, numbers that were learned."""
    run = record.run
    assert run.test is not None and run.val is not None
    return {
        "test": run.test.accuracy,
        "val": run.val.accuracy,
        "epochs": len(run.epochs),
        "learned": record.learned,
    }


def trained(name: str, network: Any, splits: Splits, options: dict[str, Any]) -> dict[str, Any]:
    """Train, and keep the graph as a file."""
    made = lapel.train(network, splits, threads=1, **options)
    (KEPT / f"{name}.tflite").write_bytes(lapel.write_tflite(made.graph))
    return scores(made.record)


def fine_tuned(name: str, splits: Splits, options: dict[str, Any]) -> dict[str, Any]:
    """A kept float graph, quantization-aware."""
    return trained(f"{name}-int4", lapel.load(KEPT / f"{name}.tflite"), splits, options)


def after_training(name: str, splits: Splits, wish: Quantization) -> dict[str, Any]:
    """The accuracy of a kept float graph that is quantized with training samples alone."""
    graph = lapel.load(KEPT / f"{name}.tflite")
    at = np.random.default_rng(0).permutation(len(splits.train))[:CALIBRATED]
    integers = lapel.quantize(graph, splits.train.numbers(at), wish).graph
    assert splits.test is not None
    return {"test": accuracy(integers, splits.test)}


def accuracy(graph: Graph, test: Dataset) -> float | None:
    """By the reference's integers."""
    wide, t = batched(graph, BATCH), graph.tensors[graph.inputs[0]].type
    made = []
    for at in range(0, len(test), BATCH):
        x = stored(t, test.numbers(slice(at, at + BATCH)))
        made.append(evaluate(wide, {graph.inputs[0]: x})[graph.outputs[0]])
    return measure(np.concatenate(made), test).accuracy


def batched(graph: Graph, count: int) -> Graph:
    """The graph of batch 1 for so many samples at a time."""

    def longer(shape: tuple[int, ...]) -> tuple[int, ...]:
        return (count * shape[0], *shape[1:])

    tensors = {
        name: t if t.data is not None else replace(t, type=replace(t.type, shape=longer(t.type.shape)))
        for name, t in graph.tensors.items()
    }
    nodes = [replace(n, attrs={k: longer(v) if k == "shape" else v for k, v in n.attrs.items()}) for n in graph.nodes]
    return verify(replace(graph, nodes=tuple(nodes), tensors=tensors))


def mnist() -> dict[str, Any]:
    """LeNet-5 of each seed: float, int8 and int4 after training, int4 quantization-aware."""
    found = data.read(SHARED / "data" / "mnist.npz")
    assert isinstance(found, Splits)
    splits = as_splits(found)
    rows = []
    for seed in SEEDS:
        name = f"lenet5-{seed}"
        options = {**MNIST, "seed": seed}
        row: dict[str, Any] = {"seed": seed}
        row["float"] = kept(f"{name}-float", partial(trained, name, "lenet5", splits, options))
        for wish in (Quantization(), Quantization(weights="int4")):
            row[f"{wish.weights} after"] = kept(f"{name}-{wish.weights}", partial(after_training, name, splits, wish))
        aware = partial(fine_tuned, name, splits, {**INT4, "seed": seed})
        row["int4 aware"] = kept(f"{name}-int4-aware", aware)
        rows.append(row)
    return {"network": "lenet5", "float options": MNIST, "int4 options": INT4, "seeds": rows}


def spoken_digits() -> dict[str, Any]:
    """A DS-CNN of log-mel features, one speaker held out, beside logistic regression of the same features."""
    found = data.read(SHARED / "data" / "spoken-digits", **SOUNDS)
    assert isinstance(found, Dataset)
    rows = []
    for seed, speaker in enumerate(SPEAKERS):
        name, outer = f"digits-{speaker}", data.split(found, (0.75, 0.0, 0.25), test_groups=[speaker])
        assert outer.test is not None and outer.test.groups is not None and set(outer.test.groups) == {speaker}
        # What decides between epochs is of the other speakers, a tenth of their samples.
        splits = as_splits(Splits(replace(outer.train, groups=None), None, outer.test))
        row: dict[str, Any] = {"held out": speaker}
        row["linear"] = kept(f"{name}-linear", partial(linear, outer.train, outer.test))
        options = {**DIGITS, "seed": seed}
        row["float"] = kept(f"{name}-float", partial(trained, name, spoken_network, splits, options))
        row["int8 after"] = kept(f"{name}-int8", partial(after_training, name, splits, Quantization()))
        rows.append(row)
    return {"network": "dscnn", "features": SOUNDS, "options": DIGITS, "speakers": rows}


def spoken_network(seed: int) -> Graph:
    """Of 30 frames of 20 bands."""
    return zoo.make("dscnn", input=(30, 20, 1), outputs=10, channels=32, blocks=3, kernel=(5, 5), seed=seed)


def linear(train: Dataset, test: Dataset) -> dict[str, Any]:
    """Logistic regression of standardized features."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300, C=0.01))
    model.fit(train.numbers().reshape(len(train), -1), train.y)
    return {"test": float(model.score(test.numbers().reshape(len(test), -1), test.y))}


TASKS = {"mnist": mnist, "spoken_digits": spoken_digits}


def main() -> None:
    """Run the tasks; print them, and write them if a file is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=tuple(TASKS))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--kept", action="store_true")
    given = parser.parse_args()
    Mode.only_kept = given.kept
    KEPT.mkdir(parents=True, exist_ok=True)
    found = {name: task() for name, task in TASKS.items() if given.only in (None, name)}
    text = json.dumps(found, indent=2) + "\n"
    print(text)
    if given.json is not None:
        given.json.write_text(text)


if __name__ == "__main__":
    main()

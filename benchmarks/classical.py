"""Small classical models on the Arduino Uno: accuracy, bytes, cycles, every held-out sample on the emulated chip.

python benchmarks/classical.py --json benchmarks/classical.json [--only digits …]

Digits are scikit-learn's, 70/30 by class, of five seeds. Options were chosen by cross-validation of the training part
of seed 0 alone, those of MNIST by 10,000 of its training images. Digits for training are turned, scaled, sheared and
moved copies of themselves; held-out ones are not. MNIST is no part of Lapel: the folder that LAPEL_SHARED names has
data/mnist.npz, and one seed is enough.
"""

from __future__ import annotations

import argparse
import json
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier

from lapel import from_sklearn
from lapel.classical import BonsaiClassifier, FastGRNNClassifier, ProtoNNClassifier
from lapel.classical.descent import Schedule, descend
from lapel.classical.fastgrnn import RecurrentNet
from lapel.classical.projection import Features
from lapel.measuring import plan_for
from lapel.proving.bits import count_mismatches
from lapel.proving.firmware import compiled
from lapel.proving.inputs import take
from lapel.proving.models import load
from lapel.proving.run import reference_outputs
from lapel.proving.samples import from_bytes
from lapel.targets import load_target
from lapel.wish import ANY

SHARED = Path(os.environ.get("LAPEL_SHARED", Path(__file__).resolve().parents[2] / "shared"))
TARGET = "arduino-uno"
SEEDS = range(5)
NEAREST = "nearest"
"""Nearest neighbours, beside the models."""
COPIES = 30
"""Of the training samples, of which one is as it was."""
SPREAD = {"turn": 10.0, "scale": 0.08, "shear": 0.1, "move": 0.42}
"""Standard deviations of an affine distortion: degrees, shares, pixels of 8 x 8."""
CROSS_CHECKED_BYTES, AT_A_TIME = 512, 180
"""About so many bytes of samples run on two emulators, and so many samples at a time on the one that counts cycles."""
ROW_COPIES, ROW_EPOCHS = 10, 10
TIMEOUT_S = 600.0
SIDE, MOST = 8, 16
"""Of an image, in pixels, and of a pixel."""


def distorted(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    """Images [n, 64] as seen through random affine maps, bilinear, whole numbers 0..16."""
    n, axis = len(x), np.arange(SIDE) - (SIDE - 1) / 2
    gy, gx = (g.reshape(1, -1) for g in np.meshgrid(axis, axis, indexing="ij"))
    turn = np.deg2rad(rng.normal(0, SPREAD["turn"], (n, 1)))
    sy, sx = (1 + rng.normal(0, SPREAD["scale"], (n, 1)) for _ in range(2))
    my, mx = (rng.normal(0, SPREAD["move"], (n, 1)) for _ in range(2))
    shear = rng.normal(0, SPREAD["shear"], (n, 1))
    y = (np.cos(turn) * gy + np.sin(turn) * gx) * sy + my
    z = (-np.sin(turn) * gy + np.cos(turn) * gx + shear * gy) * sx + mx
    wide = np.pad(x.reshape(n, SIDE, SIDE), ((0, 0), (1, 2), (1, 2)))
    y, z = (np.clip(v + (SIDE - 1) / 2 + 1, 0, SIDE + 1 - 1e-6) for v in (y, z))
    y0, z0 = y.astype(int), z.astype(int)
    (fy, fz), k = (y - y0, z - z0), np.arange(n)[:, None]
    above = wide[k, y0, z0] * (1 - fz) + wide[k, y0, z0 + 1] * fz
    below = wide[k, y0 + 1, z0] * (1 - fz) + wide[k, y0 + 1, z0 + 1] * fz
    return np.clip(np.rint(above * (1 - fy) + below * fy), 0, MOST)


def copies(x: np.ndarray, y: np.ndarray, seed: int, count: int = COPIES) -> tuple[np.ndarray, np.ndarray]:
    """The training samples and distorted copies of them."""
    rng = np.random.default_rng(seed)
    return np.concatenate([x, *(distorted(rng, x) for _ in range(count - 1))]), np.tile(y, count)


def split(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """x, y for training, x, y held out; the held-out image that has the most ink is the first."""
    x, y = load_digits(return_X_y=True)
    x, held, y, labels = train_test_split(x, y, test_size=0.3, random_state=seed, stratify=y)
    order = np.argsort(-(held > 0).sum(axis=1), kind="stable")
    return x, y, held[order], labels[order]


def on_chip(model: Any, calibration: Any, x: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Every sample on the emulated chip."""
    figures, scores = executed(model, calibration, x, AT_A_TIME)
    right = float((scores.reshape(len(x), -1).argmax(axis=1) == labels).mean())
    return {"accuracy": right, "samples": len(x), **figures}


def executed(
    model: Any, calibration: Any, x: np.ndarray, at_a_time: int, reset_every: int | None = None
) -> tuple[dict[str, Any], np.ndarray]:
    """(figures, outputs [n, …]) of the firmware, each output of which equals the reference's.

    Of the first samples QEMU has to say the same; it takes too long for all.
    """
    graph, target = load(model, calibration), load_target(TARGET)
    samples = take(graph, x).samples
    cycles: list[int] = []
    said: list[np.ndarray] = []
    plan = plan_for(graph, target, ANY, lambda stage: None, TIMEOUT_S)
    with compiled(plan, graph, "count", timeout_s=TIMEOUT_S) as c:
        some = max(reset_every or 1, CROSS_CHECKED_BYTES // x.shape[1])
        c.execute({name: values[:some] for name, values in samples.items()}, TIMEOUT_S, reset_every)
    alone = replace(target, emulator=replace(target.emulator, kind="simavralone"))
    with compiled(replace(plan, target=alone), graph, "count", timeout_s=TIMEOUT_S) as c:
        for k in range(0, len(x), at_a_time):
            some = {name: values[k : k + at_a_time] for name, values in samples.items()}
            raw = c.execute(some, TIMEOUT_S, reset_every)
            expected = reference_outputs(graph, some, reset_every)
            found = dict(zip(graph.results, from_bytes(plan.graph, raw.outputs).values(), strict=True))
            wrong = count_mismatches(found, expected)
            assert wrong == 0, f"{wrong} of {at_a_time} samples from {k} on differ from the reference"
            cycles += raw.sample_cycles
            said.append(found[graph.results[0]])
        memory = c.memory(raw)
    figures = {
        "mismatches": 0,
        "model_bytes": memory.flash_data_bytes,
        "flash_bytes": memory.flash_bytes,
        "ram_bytes": memory.ram_bytes,
        "cycles_most": max(cycles),
        "cycles_mean": float(np.mean(cycles)),
    }
    return figures, np.concatenate(said)


def protonn(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[Any, Any]:
    model = ProtoNNClassifier(2048, projection_dim=16, prototypes=56, epochs=6, random_state=seed)
    return model.fit(*copies(x, y, seed)), None


def bonsai(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[Any, Any]:
    model = BonsaiClassifier(2048, projection_dim=16, depth=1, epochs=6, random_state=seed)
    return model.fit(*copies(x, y, seed)), None


def mlp(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[Any, Any]:
    """64-32-10, first fast, then slowly; quantized after training to int8, and so that 16 bits hold every sum."""
    more, labels = copies(x, y, seed)
    model = MLPClassifier(
        (32,), learning_rate_init=0.003, batch_size=128, max_iter=8, random_state=seed, warm_start=True
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged after so many epochs
        model.fit(more, labels)
        model.set_params(learning_rate_init=0.0005, max_iter=4).fit(more, labels)
    return from_sklearn(model, x, accumulators="int16"), None


MODELS: dict[str, Callable[[np.ndarray, np.ndarray, int], tuple[Any, Any]]] = {
    "ProtoNN": protonn,
    "Bonsai": bonsai,
    "MLP 64-32-10": mlp,
}


def digits(seed: int, names: Sequence[str]) -> dict[str, Any]:
    """Each model, and what nearest neighbours say with all training samples in floats."""
    x, y, held, labels = split(seed)
    found: dict[str, Any] = {}
    if NEAREST in names:
        nearest = KNeighborsClassifier(3).fit(x, y)
        found[NEAREST] = {"accuracy": float(nearest.score(held, labels)), "bytes": 4 * x.size + len(y)}
    for name in (n for n in names if n in MODELS):
        found[name] = on_chip(*MODELS[name](x, y, seed), held, labels)
    return found


def rows(seed: int, names: Sequence[str]) -> dict[str, Any]:
    """Digits read row by row, a call of the firmware a row: FastGRNN, and the same network in floats."""
    x, y, held, labels = split(seed)
    more, taught = copies(x, y, seed, ROW_COPIES)
    model = FastGRNNClassifier(2048, step_features=SIDE, units=24, epochs=ROW_EPOCHS, random_state=seed)
    model.fit(more, taught)
    return {
        "FastGRNN": streamed(model, held, labels),
        "floats": {"accuracy": in_floats(model, more, taught, held, labels)},
    }


def in_floats(model: Any, x: np.ndarray, y: np.ndarray, held: np.ndarray, labels: np.ndarray) -> float:
    """The accuracy of the network trained in the same way without any rounding."""
    rng, q = np.random.default_rng(model.random_state), model._integers(x)
    features = Features.of(q.reshape(-1, SIDE))
    network = RecurrentNet(model._sizes(), features, rng)
    schedule = Schedule(model.epochs, model.batch_size, model.learning_rate, model.decay)
    descend(network, features(q), y, schedule, rng, rounded_from=1.0)
    return float((network.scores(model._integers(held)).argmax(axis=1) == labels).mean())


def streamed(model: Any, x: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Every step of every sequence on the emulated chip; its class is that of the last step's scores."""
    figures, scores = executed(model, None, x.reshape(-1, SIDE), AT_A_TIME * SIDE, SIDE)
    last = scores.reshape(len(x), SIDE, -1)[:, -1].argmax(axis=1)
    return {"accuracy": float((model.classes_[last] == labels).mean()), "samples": len(x), **figures}


MNIST_MODELS: dict[str, Callable[[int], Any]] = {
    "ProtoNN": lambda seed: ProtoNNClassifier(2048, max_features=120, projection_dim=10, epochs=4, random_state=seed),
    "Bonsai": lambda seed: BonsaiClassifier(2048, max_features=100, projection_dim=12, epochs=4, random_state=seed),
}


def mnist(seed: int, names: Sequence[str]) -> dict[str, Any]:
    """Two kilobytes against nearest neighbours with all 60,000 training images, on the official test set."""
    with np.load(SHARED / "data" / "mnist.npz") as data:
        x, held = (data[f"x_{part}"].reshape(-1, 784) for part in ("train", "test"))
        y, labels = data["y_train"].astype(int), data["y_test"].astype(int)
    found: dict[str, Any] = {}
    if NEAREST in names:
        found[NEAREST] = {"accuracy": by_nearest(x, y, held, labels), "bytes": x.size + len(y), "macs": x.size}
    for name in (n for n in names if n in MNIST_MODELS):
        model = MNIST_MODELS[name](seed).fit(x, y)
        found[name] = on_chip(model, None, held.astype(np.float64), labels)
    return found


def by_nearest(x: np.ndarray, y: np.ndarray, held: np.ndarray, labels: np.ndarray, some: int = 500) -> float:
    """The accuracy of the three nearest of all training images."""
    x, held = x.astype(np.float32) / 255, held.astype(np.float32) / 255
    squares, right = (x * x).sum(axis=1), 0
    for k in range(0, len(held), some):
        distances = squares - 2 * held[k : k + some] @ x.T
        at = np.argpartition(distances, 3, axis=1)[:, :3]
        order = np.take_along_axis(distances, at, axis=1).argsort(axis=1)
        votes = y[np.take_along_axis(at, order, axis=1)]
        two = votes[:, 1] == votes[:, 2]  # else the nearest decides, or is of the majority
        right += int((np.where(two, votes[:, 1], votes[:, 0]) == labels[k : k + some]).sum())
    return right / len(held)


TASKS: dict[str, Callable[[int, Sequence[str]], dict[str, Any]]] = {
    "digits": digits,
    "rows": rows,
    "mnist": mnist,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="where figures are written; others in it stay")
    parser.add_argument("--only", nargs="+", choices=list(TASKS), default=list(TASKS))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    parser.add_argument("--models", nargs="+", choices=[NEAREST, *MODELS], default=[NEAREST, *MODELS])
    given = parser.parse_args()
    for task in given.only:
        for seed in given.seeds[:1] if task == "mnist" else given.seeds:
            found = TASKS[task](seed, given.models)
            print(f"{task} {seed}: {found}", flush=True)
            kept = json.loads(given.json.read_text(encoding="utf-8")) if given.json.exists() else {}
            kept.setdefault(task, {}).setdefault(str(seed), {}).update(found)
            given.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

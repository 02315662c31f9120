"""A small perceptron on MNIST: by labels, taught by a large one, and taught without labels.

Source: Hinton et al. (2015), Distilling the Knowledge in a Neural Network, section 3: there, too, a digit is left out
of what the student sees.

A task of `benchmarks/training.py`. Seeds are paired: those of all kinds begin with the same weights and see the same
batches. What is tried is judged by the validation samples of a seed of its own; each kind has as many trials.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from kept import Kept
from trainings import after_training, mnist_splits, scores, trained

import lapel
from lapel import compression, zoo
from lapel.compression.labels import answers
from lapel.data import Dataset, Splits
from lapel.ir import Graph
from lapel.wish import Quantization

Options = Mapping[str, Any]
UNLABELLED: Options = {"labels": False, "soft": 1.0, "hard": 0.0}
"""What is learned from the teacher alone."""
RAISES = np.arange(0, 20.01, 0.1)
"""How much is added to the score of the digit that was left out."""


@dataclass(frozen=True)
class Design:
    """One experiment. teacher: its hidden layers and training; training: of all students; trials: what is tried, of
    students by labels and of those that are taught; omitted: the label that is left out."""

    teacher: Options
    hidden: Sequence[int]
    training: Options
    trials: Mapping[str, Sequence[Options]]
    trial_seed: int
    seeds: Sequence[int]
    omitted: int


MNIST = Design(
    teacher={
        "network": {"hidden": [500, 500]},
        "training": {
            "seed": 100, "epochs": 20, "batch": 128, "learning_rate": 1e-3, "warmup_epochs": 0.5,
            "augment": {"warp": 2.0},
        },
    },
    hidden=(64, 64),
    training={"epochs": 15, "batch": 256},
    trials={
        "labels": (
            {"learning_rate": 3e-3},
            {"learning_rate": 6e-3},
            {"learning_rate": 6e-3, "label_smoothing": 0.1},
        ),
        "taught": (
            {"learning_rate": 3e-3, "soft": 0.9, "hard": 0.1, "temperature": 4.0},
            {"learning_rate": 6e-3, "soft": 0.9, "hard": 0.1, "temperature": 4.0},
            {"learning_rate": 6e-3, "soft": 0.9, "hard": 0.1, "temperature": 8.0},
        ),
    },
    trial_seed=50,
    seeds=(0, 1, 2, 3, 4),
    omitted=3,
)  # fmt: skip


def distillation(only_kept: bool) -> dict[str, Any]:
    """All of it on MNIST."""
    return experiment(MNIST, mnist_splits(), partial(Kept, only=only_kept))


def experiment(design: Design, splits: Splits, keep: Callable[[dict[str, Any]], Kept]) -> dict[str, Any]:
    """Teacher, trials, students of each seed, and those that never saw a digit. keep: options -> `Kept`."""
    lessons = Lessons(design, splits, keep)
    taught = lessons.teach()
    assert splits.test is not None
    found: dict[str, Any] = {**asdict(design), "teacher": {**design.teacher, "found": taught}, "chosen": {}}
    found["digits"] = int((splits.test.y == design.omitted).sum())
    if taught is not None:
        found |= lessons.tried()
    chosen = found["chosen"]
    ready = len(chosen) == len(design.trials)
    found["students"] = [lessons.students(seed, chosen) for seed in design.seeds] if ready else None
    found["without the digit"] = [lessons.sheltered(seed, chosen) for seed in design.seeds] if ready else None
    return found


@dataclass(frozen=True)
class Lessons:
    """What is done, and kept: teacher and students of the same options each in a place of their own."""

    design: Design
    splits: Splits
    keep: Callable[[dict[str, Any]], Kept]

    @property
    def teacher(self) -> Kept:
        return self.keep({"teacher": self.design.teacher})

    def kept(self, options: Options) -> Kept:
        """Students of these options."""
        own = {name: getattr(self.design, name) for name in ("teacher", "hidden", "training")}
        return self.keep({**own, "options": options})

    def perceptron(self, hidden: Sequence[int], seed: int) -> Graph:
        """Of these hidden layers."""
        train = self.splits.train
        return zoo.make("mlp", input=train.x.shape[1:], outputs=train.outputs, hidden=hidden, seed=seed)

    def teach(self) -> dict[str, Any] | None:
        """The teacher's own training."""
        maker = partial(self.perceptron, self.design.teacher["network"]["hidden"])
        given = maker, self.splits, self.design.teacher["training"], self.teacher.model("teacher")
        return self.teacher.result("teacher", partial(trained, *given))

    def tried(self) -> dict[str, Any]:
        """Of each kind the trials with the validation's accuracies, and the best."""
        unseen = Splits(self.splits.train, self.splits.val, None)
        trials: dict[str, Any] = {}
        chosen: dict[str, Any] = {}
        for kind, options in self.design.trials.items():
            rows = []
            for given in options:
                run = partial(self._trial, given, unseen)
                rows.append({**given, "found": self.kept(given).result(f"trial-{self.design.trial_seed}", run)})
            trials[kind] = rows
            if all(row["found"] is not None for row in rows):
                best = max(rows, key=lambda row: row["found"]["val"])
                chosen[kind] = {name: value for name, value in best.items() if name != "found"}
        return {"trials": trials, "chosen": chosen}

    def _trial(self, options: Options, splits: Splits) -> dict[str, Any]:
        _, record = self.student(options, self.design.trial_seed, splits)
        val = record.run.val
        return {"val": val.accuracy, "val loss": val.loss, "best epoch": record.run.best_epoch}

    def student(self, options: Options, seed: int, splits: Splits) -> tuple[Graph, Any]:
        """The graph and the record: by labels, or by the teacher where options are those of a distillation."""
        given = {**self.design.training, **options, "threads": 1, "seed": seed}
        if "soft" not in options:
            made = lapel.train(partial(self.perceptron, self.design.hidden), splits, **given)
            return made.graph, made.record
        teacher = lapel.load(self.teacher.model("teacher"))
        network = {"network": "mlp", "network_options": {"hidden": list(self.design.hidden)}}
        small = compression.distill(teacher, splits, **network, **given)
        return small.graph, small.record

    def _saved(self, options: Options, seed: int, splits: Splits, model: Path) -> dict[str, Any]:
        graph, record = self.student(options, seed, splits)
        model.write_bytes(lapel.write_tflite(graph))
        return scores(record)

    def students(self, seed: int, chosen: Mapping[str, Options]) -> dict[str, Any]:
        """By labels, taught, and taught without labels: float, and int8 after training."""
        row: dict[str, Any] = {"seed": seed}
        for kind, options in {**chosen, "unlabelled": {**chosen["taught"], **UNLABELLED}}.items():
            kept, name = self.kept(options), f"student-{seed}"
            model = kept.model(name)
            row[kind] = kept.result(name, partial(self._saved, options, seed, self.splits, model))
            after = partial(after_training, model, self.splits, Quantization())
            row[f"{kind} int8"] = kept.result(f"{name}-int8", after)
        return row

    def sheltered(self, seed: int, chosen: Mapping[str, Options]) -> dict[str, Any]:
        """One that never saw the digit, taught without labels: how many of it are recognised."""
        splits, digit = self.splits, self.design.omitted
        assert splits.val is not None
        less = Splits(without(splits.train, digit), without(splits.val, digit), splits.test)
        name, options = f"without-{digit}-{seed}", {**chosen["taught"], **UNLABELLED}
        kept = self.kept(options)
        model = kept.model(name)
        made = kept.result(name, partial(self._saved, options, seed, less, model))
        known = kept.result(f"{name}-known", partial(self._recognised, model))
        return {"seed": seed, "training": made, "known": known}

    def _recognised(self, model: Path) -> dict[str, Any]:
        """Errors as it is, and with the digit's score raised by what is best for all of the validation samples."""
        graph, splits, digit = lapel.load(model), self.splits, self.design.omitted
        assert splits.val is not None and splits.test is not None
        judged = answers(graph, splits.val)
        right = [int((raised(judged, digit, by) == splits.val.y).sum()) for by in RAISES]
        by = float(RAISES[int(np.argmax(right))])
        said = answers(graph, splits.test)
        found: dict[str, Any] = {"raised by": round(by, 1)}
        for name, more in (("as it is", 0.0), ("raised", by)):
            wrong = raised(said, digit, more) != splits.test.y
            found[name] = {"errors": int(wrong.sum()), "of the digit": int(wrong[splits.test.y == digit].sum())}
        return found


def without(data: Dataset, digit: int) -> Dataset:
    """All but the samples of it."""
    return data.take(np.flatnonzero(data.y != digit))


def raised(logits: np.ndarray, digit: int, by: float) -> np.ndarray:
    """int64 (N,): what is decided for where that digit's score (N, outputs) is higher by so much."""
    return np.argmax(logits + by * (np.arange(logits.shape[1]) == digit), axis=1)

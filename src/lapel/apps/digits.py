"""Handwritten digits: scikit-learn's 1,797 real 8x8 images, a small perceptron, proven on emulated cores.

data --train--> Pipeline(StandardScaler, MLPClassifier) --quantize--> Graph --build, run--> Demo
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

import lapel
from lapel import arrays, doctor
from lapel.errors import MissingTool
from lapel.files import check_folder, write_folder
from lapel.ir import Graph
from lapel.proving.build import build_files
from lapel.records import MANIFEST, Record, Run
from lapel.targets import Target

NAME = "digits"
TARGETS = ("host", "cortex-m4", "arduino-uno")
HIDDEN = 32
TEST_SHARE = 0.3
SEED = 0

MODEL, IMAGES, LABELS, RECORD = "digits.tflite", "x_test.npy", "y_test.npy", "demo.json"
"""What is written beside the folders of the targets."""


@dataclass(frozen=True, eq=False)
class Digits:
    """A trained classifier and its data. images: float64 (N, 64), 0..16; labels: int64 (N,), 0..9."""

    classifier: Any
    train_images: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    float_accuracy: float


@dataclass(frozen=True, eq=False)
class Demo(Record):
    """What the demo found. float_accuracy: of scikit-learn's own model; int8_accuracy: of the reference."""

    ALSO: ClassVar = ("bit_exact",)

    model: str
    samples: int
    macs: int
    float_accuracy: float
    int8_accuracy: float
    runs: tuple[Run, ...]
    folder: str
    files: tuple[str, ...]
    seconds: float

    @property
    def bit_exact(self) -> bool:
        """Whether every output on every target equals the reference."""
        return all(r.bit_exact for r in self.runs)


def run_demo(
    targets: Sequence[Target],
    folder: Path,
    *,
    timeout_s: float = 600.0,
    progress: Callable[[str], None] = lambda stage: None,
) -> Demo:
    """Train, quantize, and build and run on each target; `folder` gets firmware, model and test data.

    timeout_s: host seconds that a compiler or an emulator may take. Raises OutputError if a file of the same name was
    written by others, MissingTool before any work is done.
    """
    started = time.perf_counter()
    doctor.require(targets)
    check_folder(folder, (MODEL, IMAGES, LABELS), RECORD)
    for target in targets:
        check_folder(folder / target.name, build_files(NAME), MANIFEST)
    progress("training")
    digits = train()
    progress("quantizing")
    graph = quantize(digits)
    runs = tuple(_prove(graph, target, digits, folder, timeout_s, progress) for target in targets)
    demo = Demo(
        model=graph.name,
        samples=len(digits.test_labels),
        macs=runs[0].macs,
        float_accuracy=digits.float_accuracy,
        int8_accuracy=runs[0].reference_accuracy or 0.0,
        runs=runs,
        folder=str(folder),
        files=(*(t.name for t in targets), MODEL, IMAGES, LABELS, RECORD),
        seconds=time.perf_counter() - started,
    )
    _write(graph, digits, demo, folder)
    return demo


def train() -> Digits:
    """Train on 70 % of the images; the seed makes it the same each time."""
    try:
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split
        from sklearn.neural_network import MLPClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError:
        raise MissingTool('scikit-learn is not installed: pip install "lapel[sklearn]"') from None
    images, labels = load_digits(return_X_y=True)
    x, x_test, y, y_test = train_test_split(images, labels, test_size=TEST_SHARE, random_state=SEED, stratify=labels)
    network = MLPClassifier((HIDDEN,), alpha=1e-2, learning_rate_init=3e-3, max_iter=400, random_state=SEED)
    classifier = make_pipeline(StandardScaler(), network).fit(x, y)
    return Digits(classifier, x, x_test, y_test, float(classifier.score(x_test, y_test)))


def quantize(digits: Digits) -> Graph:
    """The classifier as an int8 graph: raw pixels in, a score for each digit out."""
    from lapel.frontends.sklearn import from_sklearn

    return from_sklearn(digits.classifier, digits.train_images, name=NAME, output="logits")


def _prove(
    graph: Graph, target: Target, digits: Digits, folder: Path, timeout_s: float, progress: Callable[[str], None]
) -> Run:
    def on_target(stage: str) -> None:
        progress(f"{target.name}: {stage}")

    images, labels = digits.test_images, digits.test_labels
    lapel.build(graph, target, folder / target.name, sample=images, timeout_s=timeout_s, progress=on_target)
    return lapel.run(graph, target, images, labels=labels, timeout_s=timeout_s, progress=on_target)


def _write(graph: Graph, digits: Digits, demo: Demo, folder: Path) -> None:
    from lapel.frontends.tflite import write_tflite

    contents = {
        MODEL: write_tflite(graph),
        IMAGES: arrays.npy_bytes(digits.test_images),
        LABELS: arrays.npy_bytes(digits.test_labels),
    }
    write_folder(folder, contents, RECORD, demo.to_json())

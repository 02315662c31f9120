"""Faults in what is given with a model, planted in samples, labels and float models: a command names each in a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import lapel
from floatnets import Net, patterns
from lapel.cli.entry import main
from lapel.errors import InputError
from lapel.ir import Graph
from lapel.proving.labelorder import other_order
from lapel.quantization.comparison import results


@dataclass(frozen=True, eq=False)
class Task:
    """A classifier that meets its labels, and files of all that belongs to it."""

    folder: Path
    floats: Graph
    x: np.ndarray
    labels: np.ndarray

    def run(self, x: np.ndarray, labels: np.ndarray | None = None, *more: str) -> int:
        """`lapel run` on this computer."""
        return self._command("run", x, *(() if labels is None else self._labels(labels)), *more)

    def diff(self, *more: str) -> int:
        """`lapel diff` there, of two samples."""
        return self._command("diff", self.x[:2], *more)

    def _labels(self, labels: np.ndarray) -> tuple[str, str]:
        np.save(self.folder / "labels.npy", labels)
        return "--labels", str(self.folder / "labels.npy")

    def _command(self, command: str, x: np.ndarray, *more: str) -> int:
        np.save(self.folder / "x.npy", x)
        given = ["-t", "host", "-i", str(self.folder / "x.npy")]
        return main([command, str(self.folder / "net.tflite"), *given, *more])


def classifier(seed: int = 0) -> Graph:
    """Random features, and a last layer that is fitted to `patterns` by least squares."""
    b = Net("classifier", seed)
    y = b.conv(b.input("image", (1, 16, 16, 3)), "first", 16, 5, stride=(2, 2))
    y = b.node("mean", b.conv(y, "second", 32, 3), axes=(1, 2), keep_dims=False, name="features")
    data, labels = patterns(120, seed=100)
    rows = results(b.graph(y), {"image": data[:, None]})["features"]
    scaled = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
    fitted = np.linalg.solve(scaled.T @ scaled + 1e-3 * np.eye(scaled.shape[1]), scaled.T @ np.eye(4)[labels])
    w, bias = (b.constant(n, v.astype(np.float32)) for n, v in (("w", fitted[:-1].T), ("bias", fitted[-1])))
    return b.graph(b.node("dense", y, w, bias, activation="none", keep_dims=False, name="head"))


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    floats, folder = classifier(), tmp_path_factory.mktemp("task")
    x, labels = patterns(40)
    graph = lapel.quantize(floats, patterns(24, seed=7)[0]).graph
    for name, g in (("net", graph), ("float", floats), ("other", classifier(seed=5))):
        (folder / f"{name}.tflite").write_bytes(lapel.write_tflite(g))
    return Task(folder, floats, x, labels)


def test_right_data_has_no_warning(task: Task, capsys: pytest.CaptureFixture[str]) -> None:
    assert task.run(task.x, task.labels) == 0
    out = capsys.readouterr().out
    assert "warning" not in out and "accuracy" in out, out


def test_saturating_input(task: Task, capsys: pytest.CaptureFixture[str]) -> None:
    assert task.run(task.x * 3) == 0
    out = capsys.readouterr().out
    assert (
        "warning: input 'image': " in out and "of the values are beyond its range of 0..0.8875 and were clamped" in out
    )


def test_misscaled_data(task: Task, capsys: pytest.CaptureFixture[str]) -> None:
    assert task.run(task.x * 255, task.labels) == 0
    out = capsys.readouterr().out
    assert "warning: input 'image': as x / 255 it would meet " in out and "prepare samples as in training" in out, out


def test_wrong_label_order(task: Task, capsys: pytest.CaptureFixture[str]) -> None:
    order = np.array([1, 0, 2, 3])
    assert task.run(task.x, order[task.labels], "--classes", "up,down,left,right") == 0
    out = capsys.readouterr().out
    assert "warning: labels: " in out and "would be in another order of the classes" in out, out
    assert "('up' is called 'down', 'down' is called 'up'): number classes as in training" in out


def test_float_model_of_other_weights(task: Task, capsys: pytest.CaptureFixture[str]) -> None:
    assert task.diff("--float", str(task.folder / "float.tflite")) == 0
    assert "it is another training's model" not in capsys.readouterr().out
    assert task.diff("--float", str(task.folder / "other.tflite")) == 0
    out = capsys.readouterr().out
    assert "warning: the weights of " in out and " are none of other's: correlation 0." in out
    assert "it is another training's model, give the one that this was made from" in out


def test_nan_in_the_input(task: Task, capsys: pytest.CaptureFixture[str]) -> None:
    x = task.x.copy()
    x[7, 2, 3, 1] = np.nan
    assert task.run(x) == InputError.exit_code
    err = capsys.readouterr().err
    assert "input 'image' has NaN or infinite values, one, the first in sample 7 at [0, 2, 3, 1], nan: " in err, err


def test_an_order_is_only_said_where_it_is_sure() -> None:
    wanted = np.arange(60) % 3
    found = np.array([1, 2, 0])[wanted]
    assert "0 is called 1, 1 is called 2, 2 is called 0" in other_order(found, wanted, ())
    rng = np.random.default_rng(0)
    assert other_order(rng.integers(0, 3, 60), wanted, ()) == ""
    # Two classes that are called by one name have not changed places.
    assert other_order(np.where(wanted == 0, 1, wanted), wanted, ()) == ""
    assert other_order(found[:6], wanted[:6], ()) == "", "too few samples"

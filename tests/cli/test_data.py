"""Files of users on the command line: tables, labels in a column, names of classes, the float model's outputs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas
import pytest
from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier

import lapel
from lapel.cli import data, main
from lapel.errors import InputError, UsageError

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")

X, Y = load_iris(return_X_y=True)
NAMES = ["setosa", "versicolor", "virginica"]
COLUMNS = ["a", "b", "c", "d"]

Run = Callable[..., str]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """iris.tflite, iris.csv with a column of words in its middle, words.csv, floats.npy, labels.txt."""
    folder = tmp_path_factory.mktemp("iris")
    model = MLPClassifier((8,), max_iter=100, learning_rate_init=0.02, random_state=0).fit(X, Y)
    (folder / "iris.tflite").write_bytes(lapel.write_tflite(lapel.load(model, X)))
    words = np.array(NAMES)[Y]
    table = pandas.DataFrame(X, columns=COLUMNS)
    table.insert(2, "kind", words)
    table.to_csv(folder / "iris.csv")
    table.to_csv(folder / "iris;.csv", sep=";", index=False)
    pandas.Series(words, name="kind").to_csv(folder / "words.csv", index=False)
    np.save(folder / "x.npy", X)
    np.save(folder / "y.npy", Y)
    np.save(folder / "floats.npy", model.predict_proba(X))
    (folder / "labels.txt").write_text("".join(f"{k} {n}\n" for k, n in enumerate(NAMES)))
    return folder


@pytest.fixture
def run(files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Standard output of `lapel run iris.tflite -t host ARGUMENTS`, which must end well."""

    def call(*arguments: str) -> str:
        monkeypatch.chdir(files)
        assert main(["run", "iris.tflite", "-t", "host", *arguments]) == 0
        return capsys.readouterr().out

    return call


def test_a_table_with_its_labels(run: Run) -> None:
    plain = json.loads(run("-i", "x.npy", "-l", "y.npy", "--json"))
    for given in ("iris.csv", "iris;.csv"):
        out = run("-i", given, "-l", f"{given}:kind", "--classes", ",".join(NAMES), "--json")
        found = json.loads(out)
        assert found["accuracy"] == plain["accuracy"] > 0.9 and found["samples"] == 150
        assert found["classes"] == NAMES and found["inputs"] == plain["inputs"]
    other = json.loads(run("-i", "x.npy", "-l", "words.csv", "--classes", "labels.txt", "--json"))
    assert other["accuracy"] == plain["accuracy"]


def test_the_float_model_beside_ours(run: Run) -> None:
    out = run("-i", "x.npy", "-l", "y.npy", "--float-outputs", "floats.npy")
    assert "input features: numbers, x / 0.03098039 - 128; 0.00 % beyond its range\n" in out
    accuracy = out.partition("accuracy: ")[2].splitlines()[0]
    assert accuracy.endswith("% by the float model") and "on host" in accuracy and "by the reference" in accuracy
    assert "R² (RMSE) as the float model: " in run("-i", "x.npy", "--float-outputs", "floats.npy")


def test_a_warning_is_part_of_the_result(run: Run, files: Path) -> None:
    np.save(files / "large.npy", X * 3)
    out = run("-i", "large.npy")
    assert "\nwarning: input 'features': " in out and "% of the values are beyond its range of 0..7.9" in out
    assert json.loads(run("-i", "large.npy", "--json"))["warnings"][0].startswith("input 'features': ")
    assert "warning" not in run("-i", "x.npy")


def test_classes_stand_in_the_header(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    assert main(["build", "iris.tflite", "-t", "host", "-o", "out", "--classes", "labels.txt"]) == 0
    assert json.loads(Path("out/lapel.json").read_text())["classes"] == NAMES
    header = Path("out/iris.h").read_text()
    assert '#define IRIS_CLASSES { \\\n    "setosa", \\\n    "versicolor", \\\n    "virginica" }' in header


def test_the_file_of_a_recipe(run: Run, files: Path) -> None:
    """`x` and `y` are samples and labels where no input is called so; other labels take the place of `y`."""
    np.savez(files / "xy.npz", x=X, y=Y)
    np.savez(files / "x.npz", x=X)
    plain = run("-i", "x.npy", "-l", "y.npy")
    assert "accuracy" in plain
    assert run("-i", "xy.npz") == run("-i", "x.npz", "-l", "y.npy") == plain
    np.save(files / "zeros.npy", np.zeros_like(Y))
    assert run("-i", "xy.npz", "-l", "zeros.npy") == run("-i", "x.npy", "-l", "zeros.npy") != plain


def test_refused(files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(files)
    np.savez(files / "xz.npz", x=X, z=Y)
    for arguments, code, said in [
        (("-i", "iris.csv", "-l", "iris.csv"), 3, "iris.csv has 5 columns (a, b, kind, c, d): say --labels iris.csv:"),
        (("-i", "x.npy", "-l", "iris.csv"), 3, "iris.csv has 5 columns"),
        (("-i", "iris.csv", "-l", "iris.csv:sort"), 3, "iris.csv has no column 'sort', expected one of a, b,"),
        (("-i", "iris.csv"), 3, "iris.csv, column 'kind' holds words ('setosa' in row 1), expected numbers"),
        (("-i", "x.npy", "-l", "y.npy:kind"), 2, "only .csv files have columns"),
        (("-i", "x.npy", "-l", "words.csv"), 3, "labels are words ('setosa') and iris does not know its classes"),
        (("-i", "x.npy", "--classes", "a,,b"), 2, "has an empty name"),
        (
            ("-i", "x.npy", "--classes", "no.txt"),
            2,
            "--classes 'no.txt' is no file, and one name alone, expected names",
        ),
        (("-i", "x.npy", "--classes", "."), 2, "--classes '.' is a folder or device, expected names with commas"),
        (("-i", "x.npy", "--classes", "a,b"), 2, "2 classes were given, its output has 3"),
        (("-i", "xz.npz"), 3, "inputs are ['x', 'z'], expected ['features']: give each input by its name"),
        (("-i", "none.csv"), 3, "none.csv cannot be read: No such file"),
    ]:
        assert main(["run", "iris.tflite", "-t", "host", *arguments]) == code
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1


def test_names_of_classes(tmp_path: Path) -> None:
    assert data.read_classes(None) is None
    assert data.read_classes("no, yes") == ["no", "yes"]
    assert data.read_classes("10,20,35") == [10, 20, 35] and data.read_classes("0.5,1") == [0.5, 1.0]
    file = tmp_path / "labels.txt"
    for content, names in [
        ("0 background\n1 cat\n", ["background", "cat"]),
        ("3 men\n1 boat\n", ["3 men", "1 boat"]),
        ("-1\n1\n", [-1, 1]),
    ]:
        file.write_text(content)
        assert data.read_classes(str(file)) == names
    file.write_bytes(b"\xff\n")
    with pytest.raises(InputError, match=r"cannot be read: .*; give names a line"):
        data.read_classes(str(file))
    file.write_text("\n")
    with pytest.raises(InputError, match="is empty, expected a name a line"):
        data.read_classes(str(file))
    file.write_bytes(b"x" * (data.MAX_CLASSES_BYTES + 1))
    with pytest.raises(InputError, match="1048577 bytes, expected a name a line"):
        data.read_classes(str(file))


def test_a_colon_may_belong_to_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert data.split_column("a.csv:k") == (Path("a.csv"), "k") and data.split_column("a.csv") == (Path("a.csv"), None)
    Path("a.csv:k").write_text("k\n1\n")
    assert data.split_column("a.csv:k") == (Path("a.csv:k"), None)
    with pytest.raises(UsageError, match="files have columns"):
        data.read_samples(None, "y.npy:0")

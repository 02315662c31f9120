"""What users hold as models, `predict`, and short forms of what they get back."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import polars
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor

import lapel
from lapel.errors import InputError, Mismatch, UnsupportedModel, UsageError
from lapel.ir import Graph, Origin
from lapel.ops import evaluate
from lapel.planning import make_plan
from lapel.records import Build, Run
from nets import Net

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")

X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])


@pytest.fixture(scope="module")
def flowers() -> Any:
    return MLPClassifier((8,), max_iter=100, learning_rate_init=0.02, random_state=0).fit(X, NAMES[Y])


@pytest.fixture(scope="module")
def graph(flowers: Any) -> Graph:
    return lapel.load(flowers, X, name="iris")


def test_a_path_bytes_and_a_graph_are_models(graph: Graph, tmp_path: Path) -> None:
    content = lapel.write_tflite(graph)
    path = tmp_path / "iris.tflite"
    path.write_bytes(content)
    for model in (path, str(path), content, bytearray(content), memoryview(content), graph):
        loaded = lapel.load(model, name="iris")
        assert loaded.name == "iris" and loaded.digest() == graph.digest()
    assert lapel.load(content).name == "model" and lapel.load(graph) is graph
    built = lapel.build(str(path), "host", tmp_path / "o")
    assert (built.model, Path(built.files[0]).name) == ("iris", "iris.h")
    assert lapel.run(path, "host", X).bit_exact and lapel.diff(content, "host", X[:1]).equal
    assert (lapel.predict(path, X) == lapel.predict(graph, X, scores=True)).all()  # type: ignore[union-attr]


def test_an_estimator_comes_with_its_calibration(flowers: Any, graph: Graph) -> None:
    assert lapel.load(flowers, X).digest() == graph.digest()
    for calibration in (pandas.DataFrame(X), polars.DataFrame(X), X.tolist()):
        assert lapel.load(flowers, calibration).digest() == graph.digest()
    assert lapel.build(flowers, "host", calibration=X).digest == graph.digest()
    assert lapel.run(flowers, "host", X, labels=NAMES[Y], calibration=X).classes == tuple(NAMES)
    assert lapel.diff(flowers, "host", X[:1], calibration=X).equal
    assert (lapel.predict(flowers, X, calibration=X) == lapel.predict(graph, X)).all()  # type: ignore[union-attr]
    with pytest.raises(UsageError, match=r"MLPClassifier has no calibration data, which int8 needs: lapel\.load\("):
        lapel.build(flowers, "host")
    with pytest.raises(
        UnsupportedModel, match=r"is VotingClassifier, expected one of .*LinearRegression, .*MLPClassifier"
    ):
        lapel.load(VotingClassifier([]), X)


def test_the_best_of_a_search_is_taken() -> None:
    search = GridSearchCV(MLPClassifier(max_iter=5, random_state=0), {"hidden_layer_sizes": [(3,)]}, cv=2).fit(X, Y)
    assert lapel.load(search, X).digest() == lapel.load(search.best_estimator_, X).digest()


def test_features_are_known_by_name(flowers: Any) -> None:
    columns = ["a", "b", "c", "d"]
    frame = pandas.DataFrame(X, columns=columns)
    model = MLPClassifier((4,), max_iter=20, random_state=0).fit(frame, Y)
    graph = lapel.load(model, frame)
    assert graph.origin.features == tuple(columns)
    mixed = frame[["d", "a", "c", "b"]].assign(kind=NAMES[Y])
    assert (lapel.predict(graph, mixed) == lapel.predict(graph, X)).all()  # type: ignore[union-attr]
    with pytest.raises(InputError, match=r"data has columns d, a, c, b, kind, expected those.*: a, b, c, d"):
        lapel.load(model, mixed)
    with pytest.raises(InputError, match="expected the model's features, also d"):
        lapel.predict(graph, frame[["a", "b", "c"]])


@pytest.mark.parametrize(
    ("model", "options", "said"),
    [
        (3, {}, "found an object of type int, expected a path, a model file's content as bytes, a Graph, a fitted"),
        (MLPClassifier, {}, r"found the class sklearn\.\S+\.MLPClassifier, expected a path"),
        (
            "m.tflite",
            {"calibration": X},
            "found no such file, expected a model file",
        ),
        (b"what", {}, "model: found an unknown kind of file, expected one of: "),
    ],
)
def test_other_things_are_no_models(model: Any, options: Any, said: str) -> None:
    with pytest.raises((UsageError, InputError), match=said):
        lapel.load(model, **options)


def test_classes_are_given_or_refused(graph: Graph) -> None:
    bare = replace(graph, origin=Origin())
    named = lapel.load(bare, classes=("a", "b", "c"))
    assert named.classes == ("a", "b", "c") and named.digest() == bare.digest() and named == bare
    with pytest.raises(UsageError, match="2 classes were given, its output has 3"):
        lapel.load(bare, classes="ab")
    with pytest.raises(UsageError, match="class 'a' was given twice"):
        lapel.load(bare, classes="aba")
    regressor = MLPRegressor(hidden_layer_sizes=(2,), max_iter=5, random_state=0).fit(X, Y)
    with pytest.raises(UsageError, match="is a regressor, which has no classes: leave them out"):
        lapel.load(regressor, X, classes="abc")
    net = Net("two", (1, 4))
    with pytest.raises(UsageError, match="two has 2 outputs, classes need one"):
        lapel.load(net.graph(net.dense("x", 2), net.dense("x", 3)), classes="ab")


def test_predict_says_what_the_estimator_says(flowers: Any, graph: Graph) -> None:
    found = lapel.predict(graph, X)
    assert isinstance(found, np.ndarray) and found.shape == (150,)
    assert (found == flowers.predict(X)).mean() >= 0.99
    scores = lapel.predict(graph, X, scores=True)
    assert isinstance(scores, np.ndarray) and scores.shape == (150, 3) and scores.dtype == np.float64
    assert (NAMES[scores.argmax(axis=1)] == found).all()
    for target in ("host", "arduino-uno"):
        assert (lapel.predict(graph, X[:40], target=target, scores=True) == scores[:40]).all()  # type: ignore[union-attr]
    probabilities = lapel.predict(lapel.from_sklearn(flowers, X, output="probabilities"), X, scores=True)
    assert np.abs(probabilities - flowers.predict_proba(X)).mean() < 0.01  # type: ignore[operator]
    assert lapel.predict(graph, X[0]).tolist() == found[:1].tolist()  # type: ignore[union-attr]


def test_predict_of_several_outputs() -> None:
    net = Net("two", (1, 4), seed=2)
    model = net.graph(net.dense("x", 2), net.dense("x", 3))
    q = np.arange(8, dtype=np.int8).reshape(2, 4)
    found = lapel.predict(model, q)
    assert isinstance(found, dict) and list(found) == list(model.outputs)
    assert [y.shape for y in found.values()] == [(2, 2), (2, 3)]
    for name, y in found.items():
        t = model.tensors[name].type
        want = [evaluate(model, {"x": row[None]})[name][0] for row in q]
        assert np.allclose(y, (np.array(want, float) - t.zero) * t.scale)


def test_predict_does_not_hide_a_fault(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*arguments: Any, **options: Any) -> Run:
        return replace(lapel.run(*arguments, **options), mismatches=1)

    monkeypatch.setattr(sys.modules["lapel.proving.predict"], "run", wrong)
    with pytest.raises(Mismatch, match="iris on host differs from the reference: lapel diff says where"):
        lapel.predict(graph, X[:1], target="host")


def test_short_forms(graph: Graph) -> None:
    plan = make_plan(graph, lapel.load_target("cortex-m4"))
    result, built = lapel.run(graph, "cortex-m4", X, labels=NAMES[Y]), lapel.build(graph, "cortex-m4")
    assert isinstance(built, Build)
    assert repr(graph).startswith("<Graph 'iris': features int8[1,4] 0.0309804*(q+128) -> logits int8[1,3] ")
    assert repr(plan) == f"<Plan 'iris' for cortex-m4: 2 steps, 56 MACs, arena {plan.arena_bytes} bytes>"
    assert result.cycle_model is not None
    cycles = f"{result.cycle_model.inference.cycles:,} modelled cycles"
    accuracy = f"accuracy {result.accuracy:.4f} (float {result.float_accuracy:.4f})"
    assert repr(result).startswith(f"<Run 'iris' on cortex-m4: 150 samples, bit exact, {cycles}, {accuracy}")
    flash, ram = f"{built.memory.flash_bytes:,} bytes of flash", f"{built.memory.ram_bytes:,} of RAM"
    assert repr(built) == f"<Build 'iris' on cortex-m4: {flash}, {ram}, {cycles}, nothing written>"
    assert repr(lapel.diff(graph, "host", X[:2])) == "<Diff 'iris' on host: 2 tensors of 2 samples, all equal>"
    long = replace(graph, name="n" * 100_000)
    assert len(repr(long)) < 300 and "\n" not in repr(plan) + repr(result) + repr(long)

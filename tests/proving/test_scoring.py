"""Labels of every kind against models of every kind: the score of scikit-learn's own estimator, or one clear line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas
import polars
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.metrics import r2_score, root_mean_squared_error
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import lapel
from lapel.errors import InputError
from lapel.ir import Graph, Node, Origin, Quant, Tensor, Type
from lapel.proving import judge, scoring
from lapel.proving.inputs import take
from lapel.proving.run import reference_outputs
from lapel.records import Changed, Classes, share_lost

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer", "ignore:lbfgs failed")

X, Y = load_iris(return_X_y=True)


def classifier(labels: Any, x: np.ndarray = X, **options: Any) -> Any:
    network = MLPClassifier((8,), max_iter=80, learning_rate_init=0.02, random_state=0, **options)
    return make_pipeline(StandardScaler(), network).fit(x, labels)


@pytest.fixture(scope="module")
def flowers() -> Graph:
    """Iris as a file would have it: no classes, no task."""
    return replace(lapel.load(classifier(Y), X), origin=Origin())


def logit(outputs: int = 1, *, probability: bool = False) -> Graph:
    """x -> x, or its sigmoid: one score or several."""
    quant = Quant((0.1,), (5,))
    x = Tensor("x", Type((1, outputs), "int8", quant))
    y = Tensor("y", Type((1, outputs), "int8", Quant((1 / 256,), (-128,)) if probability else quant))
    attrs = {} if probability else {"shape": (1, outputs)}
    node = Node("logistic" if probability else "reshape", "n", ("x",), ("y",), attrs)
    return Graph("logit", (node,), {"x": x, "y": y}, ("x",), ("y",))


def scored(graph: Graph, x: Any, labels: Any) -> judge.Verdict:
    """What a run says of labels, by the reference alone."""
    given = take(graph, x)
    outputs = reference_outputs(graph, given.samples)
    case = judge.prepare(graph, given, labels, None, len(next(iter(given.samples.values()))))
    return judge.judge(case, outputs, outputs, reference_outputs)


NAMES = np.array(["setosa", "versicolor", "virginica"])


@pytest.mark.parametrize(
    "labels",
    [NAMES[Y], np.array([10, 20, 35])[Y], Y == 1, Y, NAMES[Y].astype(object)],
    ids=["words", "10 20 35", "booleans", "indexes", "objects"],
)
def test_classes_of_any_kind_are_kept_and_matched(labels: np.ndarray) -> None:
    model = classifier(labels)
    graph = lapel.load(model, X, name="iris")
    assert graph.classes == tuple(np.unique(labels).tolist())
    result = lapel.run(graph, "host", X, labels=labels)
    assert result.accuracy == result.reference_accuracy == (lapel.predict(graph, X) == labels).mean()
    assert result.float_accuracy == model.score(X, labels) and result.classes == graph.classes
    words = [] if labels.dtype.kind != "U" else [labels.astype("S"), pandas.Series(labels).astype("category")]
    for same in (pandas.Series(labels), labels.tolist(), *words):
        assert scored(graph, X, same).score == result.score


@pytest.mark.parametrize("output", ["logits", "probabilities"])
def test_two_classes_by_one_score(output: Any) -> None:
    x, y = load_breast_cancer(return_X_y=True)
    words = np.array(["benign", "malignant"])[1 - y]
    model = classifier(words, x)
    graph = lapel.from_sklearn(model, x, output=output)
    assert graph.tensors[graph.outputs[0]].type.size == 1 and graph.classes == ("benign", "malignant")
    assert scoring.threshold(graph) == (0.5 if output == "probabilities" else 0.0)
    result = scored(graph, x[:300], words[:300])
    assert result.float_score.accuracy == model.score(x[:300], words[:300])
    assert result.score.accuracy >= result.float_score.accuracy - 0.01
    agree = result.float_agreement
    assert agree is not None and agree.accuracy == (lapel.predict(graph, x[:300]) == model.predict(x[:300])).mean()


def test_one_score_is_decided_at_its_zero_point_or_a_half() -> None:
    q = np.array([[[-128]], [[4]], [[5]], [[6]], [[127]]], np.int8)
    for graph in (logit(), logit(probability=True)):
        result = scored(graph, q, [0, 0, 0, 1, 1])
        assert result.score.accuracy == 1.0
        named = lapel.load(graph, classes=["no", "yes"])
        assert lapel.predict(named, q).tolist() == ["no", "no", "no", "yes", "yes"]
        assert scored(named, q, ["no", "no", "no", "yes", "yes"]).score.accuracy == 1.0
        words = ["no", "no", "yes", "yes", "yes"]
        told = lapel.run(named, "host", q, labels=words, float_outputs=words)
        assert told.float_accuracy == 1.0 and told.accuracy == 0.8


def test_an_index_output_is_the_class() -> None:
    x = Tensor("x", Type((1, 4), "int8", Quant((1.0,), (0,))))
    y = Tensor("y", Type((1,), "int32"))
    node = Node("argmax", "n", ("x",), ("y",), {"axis": 1})
    graph = Graph("index", (node,), {"x": x, "y": y}, ("x",), ("y",))
    q = np.eye(4, dtype=np.int8)[[2, 0, 3]]
    assert scored(graph, q, [2, 0, 1]).score.accuracy == pytest.approx(2 / 3)
    assert lapel.predict(lapel.load(graph, classes="abcd"), q).tolist() == ["c", "a", "d"]


def test_several_labels_at_once() -> None:
    flags = np.stack([X[:, 0] > 5.8, X[:, 2] > 4, X[:, 3] > 1], axis=1).astype(int)
    model = classifier(flags)
    graph = lapel.load(model, X)
    assert graph.origin.task == "multilabel"
    result = scored(graph, X, flags)
    found = lapel.predict(graph, X)
    assert isinstance(found, np.ndarray) and found.shape == (150, 3)
    assert result.score.accuracy == (found == flags).all(axis=1).mean()
    assert result.float_score.accuracy == model.score(X, flags)
    with pytest.raises(InputError, match="expected 0 or 1 for each of 3 classes"):
        scored(graph, X, Y)


@pytest.mark.parametrize("several", [False, True])
def test_regressions_have_r2_and_rmse(several: bool) -> None:
    x, y = load_diabetes(return_X_y=True)
    y = np.stack([y, -y / 7], axis=1) if several else y
    network = MLPRegressor(hidden_layer_sizes=(16,), max_iter=60, random_state=0, solver="lbfgs")
    model = make_pipeline(StandardScaler(), network).fit(x, y)
    graph = lapel.load(model, x)
    result = lapel.run(graph, "host", x, labels=y)
    ours = lapel.predict(graph, x)
    assert isinstance(ours, np.ndarray) and ours.shape == y.shape
    assert result.score is not None and result.float_score is not None and result.accuracy is None
    assert result.score.r2 == pytest.approx(r2_score(y, ours))
    assert result.score.rmse == pytest.approx(np.sqrt(np.mean((y - ours) ** 2)))
    if not several:
        assert result.score.rmse == pytest.approx(root_mean_squared_error(y, ours))
    assert result.float_score.r2 == pytest.approx(model.score(x, y))
    assert result.loss == pytest.approx(model.score(x, y) - r2_score(y, ours)) and abs(result.loss) < 0.01
    for key in ("r2", "reference_r2", "float_r2", "rmse", "loss"):
        assert isinstance(result.to_json()[key], float)
    assert result.to_json()["accuracy"] is None
    columns = {"a": y[:, 0], "b": y[:, 1]} if several else {"y": y}
    for frame in (pandas.DataFrame(columns), polars.DataFrame(columns)):
        assert scored(graph, x, frame).score == result.score


def test_r2_is_not_made_up() -> None:
    graph = lapel.load(MLPRegressor(hidden_layer_sizes=(2,), max_iter=5, random_state=0).fit(X, Y), X)
    one = scored(graph, X[:1], [1.5])
    assert one.score is not None and one.score.r2 is None and one.score.rmse is not None
    assert share_lost(one.float_score, one.score) is None


def test_a_model_of_unknown_purpose_is_taken_by_its_labels(flowers: Graph) -> None:
    with_names = lapel.load(flowers, classes=NAMES.tolist())
    expected = scored(flowers, X, Y).score.accuracy
    assert expected is not None and expected > 0.8
    one_hot = np.eye(3)[Y]
    for graph, labels in [
        (flowers, one_hot), (flowers, Y.astype(float)), (flowers, Y[:, None]), (flowers, pandas.DataFrame(one_hot)),
        (with_names, NAMES[Y]), (with_names, Y), (with_names, one_hot),
        (lapel.load(flowers, classes=[10, 20, 35]), np.array([10, 20, 35])[Y].astype(str)),
    ]:  # fmt: skip
        assert scored(graph, X, labels).score.accuracy == expected
    q = np.arange(6, dtype=np.int8)[:, None]
    real = (q[:, 0] - 5) * 0.1
    assert scored(logit(), q, real).score.r2 == pytest.approx(1.0)
    assert scored(logit(), q, [0, 3, 7, 7, 7, 0]).score.accuracy is None
    pairs = np.array([[0, 1, 2]], np.int8)
    assert scored(logit(3), pairs, [[0.1, 0.2, 0.3]]).score.rmse is not None


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (NAMES[Y], r"labels are words \('setosa'\) and model does not know its classes: give their names"),
        (Y + 1, r"labels are in 1..3, the model has 3 classes: they count from 1, subtract it"),
        (Y * 5, r"labels are in 0..10, the model has 3 classes$"),
        (Y + 0.5, "labels are float64 with 0.5, expected a class for each sample"),
        (np.ones((150, 3), int), r"labels are int64\[150, 3\], expected \[150\], or a one in each row of 3 classes"),
        (np.zeros((150, 2, 2), int), r"expected \[150\], one for each sample"),
        ([None, *Y[1:]], "labels hold NoneType, int.*, expected numbers or words: fill in what is missing"),
    ],
)
def test_labels_that_do_not_fit(flowers: Graph, labels: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        scored(flowers, X, labels)


def test_labels_that_do_not_fit_what_is_known(flowers: Graph) -> None:
    named = lapel.load(flowers, classes=NAMES.tolist())
    with pytest.raises(InputError, match="labels rose are not among the model's classes: setosa, versicolor"):
        scored(named, X[:1], ["rose"])
    with pytest.raises(InputError, match=r"labels are -1, 1 and logit has one output: give the two.*classes=\[-1"):
        scored(logit(), np.zeros((2, 1), np.int8), [-1, 1])
    with pytest.raises(InputError, match="labels were given without samples, expected both"):
        lapel.run(flowers, "host", labels=[0])
    regressor = lapel.load(MLPRegressor(hidden_layer_sizes=(2,), max_iter=5, random_state=0).fit(X, Y), X)
    with pytest.raises(InputError, match=r"labels are words \('a'\), expected numbers: this is a regression"):
        scored(regressor, X[:1], ["a"])
    with pytest.raises(InputError, match=r"labels are \[2, 2\], expected \[2, 1\], a target an output"):
        scored(regressor, X[:2], np.zeros((2, 2)))
    with pytest.raises(InputError, match="labels have NaN or infinite values: fill them in"):
        scored(regressor, X[:1], [np.nan])


def test_samples_by_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted by label and class; samples that the float model takes for another class are named, the first of them."""
    graph, floats = logit(3), np.eye(3)[[0, 1, 2, 2]]
    q = np.array([[[9, 0, 0]], [[9, 0, 0]], [[0, 0, 9]], [[0, 9, 0]]], np.int8)
    given = take(graph, q)
    outputs = reference_outputs(graph, given.samples)
    case = judge.prepare(graph, given, [0, 0, 2, 2], floats, 4)
    found = judge.judge(case, outputs, outputs, reference_outputs).by_class
    assert found == Classes(((2, 0, 0), (0, 0, 0), (0, 1, 1)), 2, (Changed(1, 1, 0, 0), Changed(3, 2, 1, 2)))
    monkeypatch.setattr(judge, "MOST_CHANGED", 1)
    monkeypatch.setattr(judge, "MOST_CLASSES", 2)
    found = judge.judge(case, outputs, outputs, reference_outputs).by_class
    assert found == Classes((), 2, (Changed(1, 1, 0, 0),))


def test_what_has_no_classes_is_not_counted(flowers: Graph) -> None:
    assert scored(logit(), np.zeros((4, 1, 1), np.int8), [0.5, 1.5, 2.5, 3.5]).by_class is None
    assert scored(flowers, X, np.eye(3)[Y]).by_class is not None
    found = scored(flowers, X, Y).by_class
    assert found is not None and found.changed is None and found.examples == ()
    assert sum(map(sum, found.confusion)) == len(X) and [sum(row) for row in found.confusion] == [50, 50, 50]
